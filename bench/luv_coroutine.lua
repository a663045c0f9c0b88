-- luv with the usual coroutine wrapper: the callback resumes the coroutine that yielded.
local common = require "bench.common"
local uv = require "luv"

local running, yield, resume = coroutine.running, coroutine.yield, coroutine.resume

local function resumer()
  local co = running()
  return function(err, value)
    assert(resume(co, value, err))
  end
end

local function fs_open(path)
  uv.fs_open(path, "r", 438, resumer())
  return assert(yield())
end

local function fs_read(fd, offset, length)
  uv.fs_read(fd, length, offset, resumer())
  return assert(yield())
end

local function fs_close(fd)
  uv.fs_close(fd, resumer())
  return assert(yield())
end

local function fs_stat(path)
  uv.fs_stat(path, resumer())
  return assert(yield())
end

local function fs_write(fd, data, offset)
  uv.fs_write(fd, data, offset, resumer())
  return assert(yield())
end

local function fs_rename(from, to)
  uv.fs_rename(from, to, resumer())
  return assert(yield())
end

local function spawn(n, body)
  for _ = 1, n do
    assert(resume(coroutine.create(body)))
  end
end

local works = {}

function works.read(n, seconds, path)
  local fd = assert(uv.fs_open(path, "r", 438))
  local offset, more, rate = common.sequence(path), common.budget(seconds)
  spawn(n, function()
    while more() do
      assert(#fs_read(fd, offset(), 4096) == 4096)
    end
  end)
  uv.run()
  return rate()
end

function works.stat(n, seconds, path)
  local more, rate = common.budget(seconds)
  spawn(n, function()
    while more() do
      assert(fs_stat(path).size > 0)
    end
  end)
  uv.run()
  return rate()
end

function works.write(n, seconds, path)
  local written, data = common.written(path)
  local fd = assert(uv.fs_open(written, "r+", 384))
  local offset, more, rate = common.sequence(written), common.budget(seconds)
  spawn(n, function()
    while more() do
      assert(fs_write(fd, data, offset()) == 4096)
    end
  end)
  uv.run()
  return rate()
end

function works.rename(n, seconds, path)
  local more, rate = common.budget(seconds)
  local names = common.renamed(path, n)
  spawn(n, function()
    local from, to = names()
    while more() do
      fs_rename(from, to)
      from, to = to, from
    end
  end)
  uv.run()
  return rate()
end

function works.files(n, count, target)
  local paths, start = common.paths(target, count), common.clock()
  spawn(n, function()
    for path in paths do
      local fd = fs_open(path)
      assert(#fs_read(fd, 0, 4096) > 0)
      fs_close(fd)
    end
  end)
  uv.run()
  return count / (common.clock() - start)
end

function works.ticker(n, seconds, path)
  local fd = assert(uv.fs_open(path, "r", 438))
  local offset, more = common.sequence(path), common.budget(seconds)
  spawn(n, function()
    while more() do
      fs_read(fd, offset(), 4096)
      fs_stat(path)
    end
  end)
  local tick, longest = common.gaps()
  local timer, ticks = uv.new_timer(), 0
  timer:start(1, 1, function()
    tick()
    ticks = ticks + 1
    if not more() and ticks > 1 then timer:close() end
  end)
  uv.run()
  return longest()
end

common.main(works)
