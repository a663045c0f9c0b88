--- The synopsis on real input: many coroutines read /etc/passwd and every file below a directory, while a ticker ticks.
--
-- lua5.4 examples/synopsis.lua [directory [readers]]

local coaio = require "coaio"
local aio_open, aio_read, aio_close, now = coaio.aio_open, coaio.aio_read, coaio.aio_close, coaio.now

local root = arg and arg[1] or "/usr/share/doc"
local readers = tonumber(arg and arg[2]) or 64
local CHUNK = 1 << 20

local files, bytes, errors = 0, 0, 0
local queue, scanning = {}, 0

local function read_file(path)
  local fh, message = aio_open(path, coaio.O_RDONLY, 0)
  if not fh then
    errors = errors + 1
    return io.stderr:write(message, "\n")
  end
  local offset = 0
  repeat
    local data = assert(aio_read(fh, offset, CHUNK))
    offset = offset + #data
  until #data == 0
  assert(aio_close(fh))
  files, bytes = files + 1, bytes + offset
end

-- Puts every file below a directory into the queue.
local function scan(directory)
  for _, entry in ipairs(coaio.aio_readdir(directory) or {}) do
    local path = directory .. "/" .. entry
    local stat = coaio.aio_lstat(path)
    if stat and stat.type == "directory" then
      scanning = scanning + 1
      coaio.async(scan, path)
    elseif stat and stat.type == "file" then
      queue[#queue + 1] = path
    end
  end
  scanning = scanning - 1
end

local function reader()
  while #queue > 0 or scanning > 0 do
    local path = table.remove(queue)
    if path then
      read_file(path)
    else
      coaio.sleep(0.001)
    end
  end
end

local ticks, longest, done = 0, 0, false

local function ticker()
  local last = now()
  while not done do
    coaio.sleep(0.001)
    local time = now()
    ticks, longest, last = ticks + 1, math.max(longest, time - last), time
  end
end

coaio.run(function()
  local start = now()
  coaio.async(ticker)
  read_file("/etc/passwd")
  scanning = 1
  coaio.async(scan, root)
  local tasks = {}
  for i = 1, readers do
    tasks[i] = coaio.async(reader)
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
  done = true
  local seconds = now() - start
  print(("%d files, %d bytes, %d errors in %.2f s with %d coroutines (%s)"):format(
    files, bytes, errors, seconds, readers, coaio.backend()))
end)
print(("%d ticks meanwhile, the longest gap between two of them %.1f ms"):format(ticks, longest * 1000))
