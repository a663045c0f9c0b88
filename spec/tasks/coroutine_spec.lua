-- Requests in coroutines that are no tasks: plain ones, generators, and strangers that resume what waits.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

describe("a plain coroutine", function()
  it("is resumed by the engine when its request is done", function()
    local result
    run(function()
      local co = coroutine.create(function()
        local stat = assert(coaio.aio_stat "/")
        assert(coaio.aio_busy(0))
        result = stat.type
      end)
      assert.is_true(coroutine.resume(co))
      while coroutine.status(co) ~= "dead" do coaio.aio_nop() end
    end)
    assert.equal("directory", result)
  end)

  it("gives something that is not nil to who resumes it while it waits", function()
    run(function()
      local co = coroutine.wrap(function() coaio.aio_busy(0.001) end)
      assert.not_nil(co())
    end)
  end)

  it("finds out that a stranger resumed it, and its request is cancelled", function()
    run(function()
      local err
      local co = coroutine.create(function()
        local ok
        ok, err = pcall(coaio.aio_busy, 100000)
        assert(not ok)
        return coaio.aio_nop()
      end)
      assert(coroutine.resume(co))
      assert(coroutine.resume(co, "intruder"))
      assert.truthy(tostring(err):find "aio_busy")
      while coroutine.status(co) ~= "dead" do coaio.aio_nop() end
    end)
  end)

  it("may be dropped or closed while it waits", function()
    run(function()
      for i = 1, 100 do
        local co = coroutine.create(function() coaio.aio_busy(i % 5 / 1000) end)
        assert(coroutine.resume(co))
        if i % 2 == 0 then coroutine.close(co) end
      end
      collectgarbage()
      collectgarbage()
    end)
  end)

  it("waits through pcall, metamethods, iterators and close variables", function()
    run(function()
      local function stat_type() return assert(coaio.aio_stat "/").type end
      assert.same({ true, "directory" }, { pcall(stat_type) })
      assert.same({ true, "directory" }, { xpcall(stat_type, debug.traceback) })
      local object = setmetatable({}, { __index = stat_type, __add = stat_type, __lt = stat_type, __call = stat_type,
        __concat = stat_type, __eq = stat_type })
      assert.equal("directory", object.x)
      assert.equal("directory", object + 1)
      assert.is_true(object < 1)
      assert.equal("directory", object())
      assert.equal("directory", object .. "x")
      local turns = 0
      for kind in function() return turns < 2 and stat_type() or nil end do
        assert.equal("directory", kind)
        turns = turns + 1
      end
      local closed
      do
        local _ <close> = setmetatable({}, { __close = function() closed = stat_type() end })
      end
      assert.equal("directory", closed)
    end)
  end)
end)

describe("coaio.coroutine", function()
  it("makes generators whose requests suspend the whole task", function()
    local co = coaio.coroutine or require "coaio.coroutine"
    run(function()
      local others = 0
      coaio.async(function() for _ = 1, 5 do
        coaio.cede()
        others = others + 1
      end end)
      local generator = co.wrap(function(...)
        assert(select("#", ...) == 2)
        for _, name in ipairs { "/", "/tmp", "/dev" } do
          assert(coaio.aio_busy(0.001))
          coroutine.yield(name, assert(coaio.aio_stat(name)).type)
        end
        return nil
      end)
      local seen = {}
      local name, kind = generator(1, 2)
      while name do
        seen[#seen + 1] = name .. " " .. kind
        name, kind = generator()
      end
      assert.same({ "/ directory", "/tmp directory", "/dev directory" }, seen)
      assert.is_true(others > 0)
    end)
  end)

  it("works at any depth", function()
    local co = coaio.coroutine or require "coaio.coroutine"
    run(function()
      local function nested(depth)
        if depth == 0 then return assert(coaio.aio_busy(0.001)) end
        for _ = 1, 2 do
          local inner = co.wrap(function()
            nested(depth - 1)
            coroutine.yield "between"
            return depth
          end)
          assert(inner() == "between")
          assert(inner() == depth)
        end
      end
      nested(4)
      local failing = co.create(function()
        coaio.aio_busy(0)
        error "inside"
      end)
      local ok, err = co.resume(failing)
      assert.is_false(ok)
      assert.truthy(err:find "inside")
    end)
  end)
end)
