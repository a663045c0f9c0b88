-- aio_nop, aio_busy and aio_sleep: requests that touch no file.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

describe("aio_nop", function()
  it("succeeds, once each", function()
    run(function()
      assert.is_true(coaio.aio_nop())
      local hit = helper.expect(1000, "nop")
      local tasks = {}
      for i = 1, 1000 do
        tasks[i] = coaio.async(function()
          assert(coaio.aio_nop() == true)
          hit()
        end)
      end
      for _, task in ipairs(tasks) do task:join() end
    end)
  end)
end)

describe("aio_busy", function()
  it("keeps a worker, not the caller", function()
    run(function()
      local done = false
      local busy = coaio.async(function()
        assert(coaio.aio_busy(0.05) == true)
        done = true
      end)
      coaio.cede()
      assert(coaio.aio_nop())
      assert.is_false(done)
      busy:join()
      assert.is_true(done)
      assert.is_true(coaio.aio_busy(0))
    end)
  end)

  it("is cancelled with its task", function()
    run(function()
      local task = coaio.async(coaio.aio_busy, 100000)
      coaio.cede()
      assert.is_true(coaio.nreqs() >= 1)
      task:cancel()
      helper.raises("cancelled", task.join, task)
    end)
  end)
end)

describe("aio_sleep", function()
  it("wakes sleepers in the order of their times", function()
    local order = {}
    run(function()
      local tasks = {}
      for i, seconds in ipairs { 0.06, 0.02, 0.04, 0 } do
        tasks[i] = coaio.async(function()
          assert((i % 2 == 0 and coaio.sleep or coaio.aio_sleep)(seconds))
          order[#order + 1] = seconds
        end)
      end
      for _, task in ipairs(tasks) do task:join() end
    end)
    assert.same({ 0, 0.02, 0.04, 0.06 }, order)
  end)

  it("lasts at least as long as asked", function()
    run(function()
      local function now() return tonumber(helper.slurp("/proc/uptime"):match "%S+") end
      local before = now()
      assert(coaio.sleep(0.05))
      assert.is_true(now() - before >= 0.04)
    end)
  end)

  it("uses nobody: ten thousand sleepers need no thread", function()
    run(function()
      local before = coaio.nthreads()
      local hit = helper.expect(10000, "sleeper")
      for i = 1, 10000 do
        coaio.async(function()
          coaio.sleep(i % 10 / 1000)
          hit()
        end)
      end
      coaio.sleep(0.02)
      assert.is_true(coaio.nthreads() <= before)
    end)
  end)
end)
