-- The trees of the coaio contender, each directory in a coroutine of its own. Each work returns files per second.
local coaio = require "coaio"
local common = require "bench.common"

local aio_copy, aio_mkdir, aio_rmdir = coaio.aio_copy, coaio.aio_mkdir, coaio.aio_rmdir
local aio_rmtree, aio_scandir = coaio.aio_rmtree, coaio.aio_scandir

-- visit(name) in a coroutine for each name.
local function each(names, visit)
  local tasks = {}
  for i, name in ipairs(names) do tasks[i] = coaio.async(visit, name) end
  for _, task in ipairs(tasks) do task:join() end
end

local function timed(work)
  return function(_, count, target)
    local start = common.clock()
    work(target, count)
    return count / (common.clock() - start)
  end
end

local trees = {}

-- Writes the path of every file, as find does.
trees.scan = timed(function(target, count)
  local sink, found = assert(io.open("/dev/null", "w")), 0
  local function visit(directory)
    local directories, files = assert(aio_scandir(directory))
    local prefix = directory .. "/"
    if #files > 0 then sink:write(prefix, table.concat(files, "\n" .. prefix), "\n") end
    found = found + #files
    each(directories, function(name) visit(prefix .. name) end)
  end
  visit(target)
  assert(found == count, found)
end)

-- A request for all.
trees.rmtree = timed(function(target)
  assert(aio_rmtree(target))
end)

-- A request for each subtree.
trees.remove = timed(function(target)
  local directories = assert(aio_scandir(target))
  each(directories, function(name) assert(aio_rmtree(target .. "/" .. name)) end)
  assert(aio_rmdir(target))
end)

-- A request for each file.
trees.copy = timed(function(target)
  local function visit(from, to)
    local directories, files = assert(aio_scandir(from))
    assert(aio_mkdir(to, "0777"))
    each(directories, function(name) visit(from .. "/" .. name, to .. "/" .. name) end)
    for _, name in ipairs(files) do assert(aio_copy(from .. "/" .. name, to .. "/" .. name)) end
  end
  visit(target, target .. ".copy")
end)

return trees
