--- tail -F for many logs at once, with cqueues: files are read by coaio; the clock and the loop are cqueues'.
-- A file that was renamed away and made again, or cut short, is read from its beginning.
--
-- lua5.4 examples/tail_cqueues.lua [-n lines] file...       with -n it ends after that many lines

local coaio = require "coaio"
local cqueues = require "cqueues"

local INTERVAL = 0.05
local CHUNK = 1 << 16

local limit = math.huge
if arg[1] == "-n" then
  limit = tonumber(arg[2] or "")
  table.move(arg, 3, #arg + 2, 1)
end
if not limit or not arg[1] then
  io.stderr:write "usage: tail_cqueues.lua [-n lines] file...\n"
  os.exit(2)
end

local function show(path, line)
  if limit > 0 then
    limit = limit - 1
    print(path .. ": " .. line)
    io.stdout:flush()
  end
end

-- Shows the whole lines of what goes on with `rest`; what remains.
local function show_lines(path, rest, data)
  local at, newline = 1, data:find("\n", 1, true)
  while newline do
    show(path, rest .. data:sub(at, newline - 1))
    rest, at = "", newline + 1
    newline = data:find("\n", at, true)
  end
  return rest .. data:sub(at)
end

-- One file of this name, until another one takes its place. A message where it cannot be read.
local function follow_one(path, from_end)
  local file <close> = coaio.aio_open(path, coaio.O_RDONLY | coaio.O_NONBLOCK) -- waits for no writer of a FIFO
  if not file then
    return cqueues.sleep(INTERVAL)
  end
  local own = assert(coaio.aio_stat(file))
  local offset, rest = from_end and own.size or 0, ""
  repeat
    local now = coaio.aio_stat(path) -- before the file is read to its end, for what it gets last
    local replaced = not now or now.ino ~= own.ino or now.dev ~= own.dev
    if now and not replaced and now.size < offset then
      offset, rest = 0, ""
    end
    local data, message
    repeat
      data, message = coaio.aio_read(file, offset, CHUNK)
      if not data then
        return path .. ": " .. message
      end
      offset, rest = offset + #data, show_lines(path, rest, data)
    until data == ""
    cqueues.sleep(replaced and 0 or INTERVAL)
  until replaced or limit <= 0
end

local function follow(path)
  local trouble = follow_one(path, true)
  while limit > 0 and not trouble do
    trouble = follow_one(path, false)
  end
  if trouble then
    io.stderr:write(trouble, "\n")
  end
end

local loop = cqueues.new()
coaio.attach("cqueues", loop)
for _, path in ipairs(arg) do
  loop:wrap(follow, path)
end
assert(loop:loop())
