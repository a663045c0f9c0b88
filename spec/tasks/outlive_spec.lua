-- Nothing that coaio.timeout, first and map have started outlives them, whatever comes.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

local slow = 100000 -- seconds: nothing of this is waited for

describe("what was started has unwound when it returns", function()
  -- A child that takes its time to unwind, and what it told.
  local function child(log, gate)
    return function()
      local _ <close> = setmetatable({}, { __close = function()
        log[#log + 1] = "unwinding"
        pcall(gate.join, gate)
        coaio.aio_busy(0)
        log[#log + 1] = "unwound"
      end })
      coaio.sleep(slow)
    end
  end

  -- Cancels `fn(child)` while it runs, and again while the children unwind.
  local function outlives_nobody(fn)
    run(function()
      local log, gate = {}, coaio.async(coaio.sleep, slow)
      local task = coaio.async(function()
        local _ <close> = setmetatable({}, { __close = function() log[#log + 1] = "returned" end })
        fn(child(log, gate))
      end)
      repeat coaio.cede() until task:status() == "waiting"
      for _ = 1, 5 do coaio.cede() end
      task:cancel()
      repeat coaio.cede() until log[1] == "unwinding"
      for _ = 1, 5 do
        task:cancel()
        coaio.cede()
      end
      assert.equal("waiting", task:status())
      gate:cancel()
      assert.is_false((pcall(task.join, task)))
      assert.equal("cancelled", task:status())
      assert.equal("returned", log[#log])
      local _, unwound = table.concat(log, " "):gsub("unwound", "")
      local _, unwinding = table.concat(log, " "):gsub("unwinding", "")
      assert.equal(unwinding, unwound)
    end)
  end

  it("by coaio.timeout", function()
    outlives_nobody(function(fn) coaio.timeout(slow, fn) end)
  end)

  it("by coaio.first", function()
    outlives_nobody(function(fn) coaio.first { coaio.async(fn), coaio.async(fn) } end)
  end)

  it("by coaio.map", function()
    outlives_nobody(function(fn) coaio.map({ 1, 2, 3 }, 2, fn) end)
  end)

  it("when the cancel comes while it stops them by itself", function()
    for _, fn in ipairs {
      function(body) coaio.timeout(0.001, body) end,
      function(body)
        local task = coaio.async(body)
        coaio.cede()
        coaio.first { task, coaio.async(function() end) }
      end,
      function(body)
        pcall(coaio.map, { 1, 2 }, 2, function(i)
          if i == 1 then return body() end
          coaio.sleep(0.001)
          error "decisive"
        end)
      end,
    } do
      helper.reported(function() -- "decisive", when map has nobody to tell it
        local log, gate = {}, coaio.async(coaio.sleep, slow)
        local kept
        local task = coaio.async(function()
          fn(child(log, gate))
          log[#log + 1] = "returned"
          kept = not pcall(coaio.cede)
        end)
        helper.until_true(function() return log[1] == "unwinding" end)
        task:cancel()
        for _ = 1, 5 do coaio.cede() end
        assert.same({ "unwinding" }, log)
        gate:cancel()
        pcall(task.join, task)
        assert.equal("unwinding unwound", table.concat(log, " ", 1, 2))
        assert.is_true(kept ~= false)
      end)
    end
  end)

  it("when an outer timeout expires while an inner one unwinds", function()
    run(function()
      local log, gate = {}, coaio.async(coaio.sleep, 0.02)
      local _, message = coaio.timeout(0.01, function() return coaio.timeout(0.001, child(log, gate)) end)
      assert.same({ "unwinding", "unwound" }, log)
      assert.is_true(message == "timed out")
    end)
  end)
end)
