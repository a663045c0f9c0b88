-- coaio from Lua coroutines; COAIO_BACKEND chooses the executor.
local common = require "bench.common"
local coaio = require "coaio"
local trees = require "bench.coaio_trees"

local aio_open, aio_read, aio_close, aio_stat = coaio.aio_open, coaio.aio_read, coaio.aio_close, coaio.aio_stat
local aio_write, aio_rename = coaio.aio_write, coaio.aio_rename

-- Run `body` in n coroutines at once and wait for all of them.
local function spawn(n, body)
  local tasks = {}
  for i = 1, n do tasks[i] = coaio.async(body) end
  for i = 1, n do tasks[i]:join() end
end

local works = {}

function works.read(n, seconds, path)
  local fh = assert(aio_open(path, coaio.O_RDONLY, 0))
  local offset, more, rate = common.sequence(path), common.budget(seconds)
  spawn(n, function()
    while more() do
      assert(#aio_read(fh, offset(), 4096) == 4096)
    end
  end)
  return rate()
end

local function read_into(n, seconds, path, flags)
  local fh = assert(aio_open(path, coaio.O_RDONLY | flags, 0))
  local offset, more, rate = common.sequence(path), common.budget(seconds)
  spawn(n, function()
    local buffer = coaio.buffer(4096, 4096)
    while more() do
      assert(aio_read(fh, offset(), 4096, buffer, 0) == 4096)
    end
  end)
  return rate()
end

function works.read_into(n, seconds, path)
  return read_into(n, seconds, path, 0)
end

function works.direct(n, seconds, path)
  return read_into(n, seconds, path, coaio.O_DIRECT)
end

function works.write(n, seconds, path)
  local written, data = common.written(path)
  local fh = assert(aio_open(written, coaio.O_RDWR | coaio.O_CREAT, "0600"))
  local offset, more, rate = common.sequence(written), common.budget(seconds)
  spawn(n, function()
    while more() do
      assert(aio_write(fh, offset(), nil, data) == 4096)
    end
  end)
  return rate()
end

-- Each coroutine gives a file of its own another name, and back.
function works.rename(n, seconds, path)
  local more, rate = common.budget(seconds)
  local names = common.renamed(path, n)
  spawn(n, function()
    local from, to = names()
    while more() do
      assert(aio_rename(from, to))
      from, to = to, from
    end
  end)
  return rate()
end

function works.stat(n, seconds, path)
  local more, rate = common.budget(seconds)
  spawn(n, function()
    while more() do
      assert(aio_stat(path).size > 0)
    end
  end)
  return rate()
end

function works.nop(n, seconds)
  local aio_nop = coaio.aio_nop
  local more, rate = common.budget(seconds)
  spawn(n, function()
    while more() do aio_nop() end
  end)
  return rate()
end

function works.files(n, count, target)
  local paths, start = common.paths(target, count), common.clock()
  spawn(n, function()
    for path in paths do
      local fh = assert(aio_open(path, coaio.O_RDONLY, 0))
      assert(#aio_read(fh, 0, 4096) > 0)
      assert(aio_close(fh))
    end
  end)
  return count / (common.clock() - start)
end

-- Bytes per coroutine that waits for a request: nothing executes, so that all of them wait at once.
function works.memory(n, _, path)
  assert(aio_stat(path))
  coaio.max_parallel(0)
  collectgarbage()
  local before, started = common.resident(), 0
  for _ = 1, n do
    coaio.async(function()
      started = started + 1
      aio_stat(path)
    end)
  end
  while started < n do coaio.cede() end
  collectgarbage()
  local bytes = (common.resident() - before) / n
  coaio.max_parallel(8)
  return bytes
end

function works.ticker(n, seconds, path)
  local fh = assert(aio_open(path, coaio.O_RDONLY, 0))
  local offset, more = common.sequence(path), common.budget(seconds)
  local tick, longest
  local ticker = coaio.async(function()
    tick, longest = common.gaps() -- from here on: to make 10,000 coroutines is no request's doing
    while more() do
      coaio.sleep(0.001)
      tick()
    end
  end)
  spawn(n, function()
    while more() do
      aio_read(fh, offset(), 4096)
      aio_stat(path)
    end
  end)
  ticker:join()
  return longest()
end

for name, work in pairs(trees) do works[name] = work end
for name, work in pairs(works) do
  works[name] = function(...) return coaio.run(work, ...) end
end

common.main(works)
