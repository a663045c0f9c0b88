--- du -sb in parallel: the apparent size of everything below some directories, hard links counted once.
--
-- lua5.4 examples/du.lua [directory...]

local coaio = require "coaio"

local PARALLEL = 64

local total, entries, failures = 0, 0, 0
local seen = {} -- files with several names, as device:inode

local function fail(message)
  failures = failures + 1
  io.stderr:write(message, "\n")
end

-- Whether it is a directory.
local function count(path)
  local stat, message = coaio.aio_lstat(path)
  if not stat then
    fail(message)
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

-- Each directory is a task.
local function walk(directory)
  local names, message = coaio.aio_readdir(directory)
  if not names then
    return fail(message)
  end
  local tasks = {}
  for _, name in ipairs(names) do
    local path = directory .. "/" .. name
    if count(path) then
      tasks[#tasks + 1] = coaio.async(walk, path)
    end
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
end

coaio.max_outstanding(PARALLEL)
coaio.run(function()
  for _, root in ipairs(arg[1] and arg or { "." }) do
    total, entries = 0, 0
    if count(root) then
      walk(root)
    end
    if entries > 0 then
      print(("%d\t%s"):format(total, root))
    end
  end
end)
os.exit(failures == 0, true)
