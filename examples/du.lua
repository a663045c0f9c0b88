--- du -sb in parallel: the apparent size of everything below some directories, hard links counted once.
--
-- lua5.4 examples/du.lua [directory...]

local coaio = require "coaio"

local PARALLEL = 64

local total, entries, failures
local seen = {} -- files with several names, as device:inode

local function count(path)
  local stat, message = coaio.aio_lstat(path)
  if not stat then
    failures = failures + 1
    io.stderr:write(message, "\n")
    return false
  end
  local key = stat.nlink > 1 and stat.type ~= "directory" and stat.dev .. ":" .. stat.ino
  if not key or not seen[key] then
    total, entries = total + stat.size, entries + 1
  end
  if key then
    seen[key] = true
  end
  return stat.type == "directory"
end

-- Directories still to be read; workers take them from the end, so that the list stays short.
local function du(root)
  local queue, busy, idle = { root }, 0, {}

  local function wake()
    for i = #idle, 1, -1 do
      idle[i]:cancel()
      idle[i] = nil
    end
  end

  local function read(directory)
    local names, message = coaio.aio_readdir(directory)
    if not names then
      failures = failures + 1
      io.stderr:write(message, "\n")
    end
    for _, name in ipairs(names or {}) do
      local path = directory .. "/" .. name
      if count(path) then
        queue[#queue + 1] = path
        wake()
      end
    end
  end

  -- Sleeps until there is a directory to read, or until all are read.
  local function wait()
    local sleeper = coaio.async(coaio.sleep, 3600)
    idle[#idle + 1] = sleeper
    pcall(sleeper.join, sleeper)
  end

  local function worker()
    while #queue > 0 or busy > 0 do
      local directory = table.remove(queue)
      if directory then
        busy = busy + 1
        read(directory)
        busy = busy - 1
      else
        wait()
      end
    end
    wake()
  end

  local workers = {}
  for i = 1, PARALLEL do
    workers[i] = coaio.async(worker)
  end
  for _, task in ipairs(workers) do
    task:join()
  end
end

local roots = #arg > 0 and arg or { "." }
coaio.run(function()
  failures = 0
  for _, root in ipairs(roots) do
    total, entries = 0, 0
    if count(root) then
      du(root)
    end
    if entries > 0 then
      print(("%d\t%s"):format(total, root))
    end
  end
end)
os.exit(failures == 0 and 0 or 1, true)
