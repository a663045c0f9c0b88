-- Random operations on files, against an oracle so simple that it tells the truth: a Lua string. The seed is fixed and
-- printed with a failure.

local coaio = require "coaio"
local helper = require "spec.helper"

local Oracle = {}
Oracle.__index = Oracle

function Oracle:write(offset, data)
  local gap = ("\0"):rep(offset - #self.content)
  local before = self.content:sub(1, offset) .. gap
  self.content = before .. data .. self.content:sub(offset + #data + 1)
end

function Oracle:truncate(length)
  self.content = self.content:sub(1, length) .. ("\0"):rep(length - #self.content)
end

-- One random step on file and oracle; `random` is the task's own generator.
local steps = {
  function(fh, oracle, random)
    local offset, data = random(0, 50000), helper.bytes(random(0, 20000))
    assert(coaio.aio_write(fh, offset, nil, data) == #data)
    if #data > 0 then oracle:write(offset, data) end
  end,
  function(fh, oracle, random)
    local offset, length = random(0, 70000), random(0, 30000)
    assert(coaio.aio_read(fh, offset, length) == oracle.content:sub(offset + 1, offset + length))
  end,
  function(fh, oracle, random)
    local offset, length, buffer = random(0, 70000), random(0, 30000), coaio.buffer(0)
    local expected = oracle.content:sub(offset + 1, offset + length)
    assert(coaio.aio_read(fh, offset, length, buffer) == #expected)
    assert(tostring(buffer) == expected)
  end,
  function(fh, oracle, random)
    local length = random(0, 60000)
    assert(coaio.aio_truncate(fh, length))
    oracle:truncate(length)
  end,
  function(fh, oracle, random)
    local offset, length = random(0, 60000), random(1, 20000)
    assert(coaio.aio_seek(fh, offset) == offset)
    assert(coaio.aio_read(fh, nil, length) == oracle.content:sub(offset + 1, offset + length))
    assert(coaio.aio_seek(fh, 0, "end") == #oracle.content)
  end,
  function(fh, oracle, random)
    local data = coaio.buffer(helper.bytes(5000))
    local from = random(0, 4999)
    assert(coaio.aio_seek(fh, 0, "end"))
    local count = assert(coaio.aio_write(fh, nil, nil, data, from))
    oracle:write(#oracle.content, tostring(data):sub(from + 1, from + count))
  end,
  function(fh, oracle) assert(coaio.aio_stat(fh).size == #oracle.content) end,
}

-- A small generator, so that tasks that take turns do not share one.
local function generator(seed)
  return function(low, high)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return low + (seed >> 8) % (high - low + 1)
  end
end

describe("random operations", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("leave files as an oracle says", function()
    local oracles = {}
    helper.run(function()
      for seed = 1, 20 do
        oracles[seed] = setmetatable({ content = "" }, Oracle)
        coaio.async(function()
          local random = generator(seed)
          local fh <close> = assert(coaio.aio_open(tmp(seed), "w+"))
          for turn = 1, 100 do
            local step = random(1, #steps)
            local ok, err = pcall(steps[step], fh, oracles[seed], random)
            assert(ok, ("seed %d, turn %d, step %d: %s"):format(seed, turn, step, tostring(err)))
          end
        end)
      end
    end)
    for seed, oracle in ipairs(oracles) do assert.is_true(helper.slurp(tmp(seed)) == oracle.content) end
  end)
end)
