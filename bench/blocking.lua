-- Plain Lua, one file at a time: io.read after a seek, without the C library's buffer.
local common = require "bench.common"

local works = {}

function works.read(_, seconds, path)
  local offset, more, rate = common.sequence(path), common.budget(seconds)
  local file = assert(io.open(path, "rb"))
  file:setvbuf("no")
  while more() do
    file:seek("set", offset())
    assert(#file:read(4096) == 4096)
  end
  file:close()
  return rate()
end

function works.write(_, seconds, path)
  local written, data = common.written(path)
  local offset, more, rate = common.sequence(written), common.budget(seconds)
  local file = assert(io.open(written, "r+b"))
  file:setvbuf("no")
  while more() do
    file:seek("set", offset())
    assert(file:write(data))
  end
  file:close()
  return rate()
end

function works.rename(n, seconds, path)
  local more, rate = common.budget(seconds)
  local from, to = common.renamed(path, n)()
  while more() do
    assert(os.rename(from, to))
    from, to = to, from
  end
  return rate()
end

function works.files(_, count, target)
  local start = common.clock()
  for path in common.paths(target, count) do
    local file = assert(io.open(path, "rb"))
    assert(#file:read(4096) > 0)
    file:close()
  end
  return count / (common.clock() - start)
end

common.main(works)
