-- Tasks: run, async, join, cede, self, sleep, and what becomes of their errors.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

describe("coaio.run", function()
  it("passes arguments and returns results", function()
    assert.same({ n = 3, "a", nil, 3 }, table.pack(run(function(...)
      assert(select("#", ...) == 3)
      local a, b, c = ...
      coaio.aio_nop()
      return a, b, c
    end, "a", nil, 3)))
    assert.equal(0, select("#", run(function() end)))
  end)

  it("waits for tasks and for requests that nobody waits for", function()
    local log = {}
    run(function()
      coaio.async(function()
        for i = 1, 5 do
          coaio.cede()
          coaio.aio_nop()
          log[#log + 1] = i
        end
        coaio.async(function() log[#log + 1] = "grandchild" end)
      end)
      coroutine.wrap(function()
        coaio.aio_busy(0.01)
        log[#log + 1] = "plain"
      end)()
    end)
    table.sort(log, function(a, b) return tostring(a) < tostring(b) end)
    assert.same({ 1, 2, 3, 4, 5, "grandchild", "plain" }, log)
  end)

  it("raises what its function raises, the very value", function()
    local value = {}
    for _, wait in ipairs { false, true } do
      local ok, err = pcall(coaio.run, function()
        if wait then coaio.aio_busy(0) end
        error(value)
      end)
      assert.is_false(ok)
      assert.is_true(err == value)
      ok, err = pcall(coaio.run, function() error() end)
      assert.is_false(ok)
      assert.is_nil(err)
      ok, err = pcall(coaio.run, function() error "with a place" end)
      assert.is_false(ok)
      assert.truthy(err:find "task_spec.lua:%d+: with a place")
    end
    assert.equal(1, run(function() return 1 end))
  end)

  it("cancels and unwinds its tasks when its function raises", function()
    local closed = {}
    local ok, err = pcall(helper.run, function()
      for i = 1, 5 do
        coaio.async(function()
          local _ <close> = setmetatable({}, { __close = function()
            pcall(coaio.aio_nop)
            closed[#closed + 1] = i
          end })
          coaio.sleep(100000)
        end)
      end
      local never = coaio.async(function() closed[#closed + 1] = "never" end)
      never:prio(-4)
      coaio.aio_busy(0)
      error "the reason"
    end)
    assert.is_false(ok)
    assert.truthy(err:find "the reason")
    local numbers = {}
    for _, value in ipairs(closed) do if value ~= "never" then numbers[#numbers + 1] = value end end
    table.sort(numbers)
    assert.same({ 1, 2, 3, 4, 5 }, numbers)
    assert.equal(0, coaio.nreqs())
    run(coaio.aio_nop)
  end)

  it("cancels and unwinds its tasks when its function is cancelled, and raises that", function()
    local closed = {}
    local ok, err = pcall(helper.run, function()
      local main = coaio.self()
      coaio.async(function()
        local _ <close> = setmetatable({}, { __close = function()
          coaio.aio_nop()
          closed[#closed + 1] = "other"
        end })
        coaio.sleep(100000)
      end)
      coaio.async(function() main:cancel() end)
      local _ <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "main" end })
      coaio.sleep(100000)
    end)
    assert.is_false(ok)
    assert.is_true(err == coaio.cancelled)
    assert.same({ "main", "other" }, closed)
    assert.equal(0, coaio.nreqs())
    assert.equal("still here", run(function()
      coaio.self():cancel()
      pcall(coaio.cede)
      return "still here"
    end))
  end)

  it("is not nested", function()
    run(function()
      helper.raises("run", coaio.run, function() end)
      coaio.async(function() helper.raises("run", coaio.run, function() end) end):join()
      assert(coaio.aio_nop())
    end)
  end)

  it("wants a function", function()
    for _, bad in ipairs { 1, "x", {}, true } do helper.raises("run", coaio.run, bad) end
    helper.raises("run", coaio.run)
    helper.raises("async", coaio.async)
    helper.raises("async", coaio.async, 5)
  end)

  it("says deadlock when nothing can wake what is left, and where each waits", function()
    local err = helper.raises("deadlock", coaio.run, function()
      local a, b
      a = coaio.async(function() b:join() end)
      b = coaio.async(function() a:join() end)
      a:join()
    end)
    local _, places = tostring(err):gsub("task_spec.lua:%d+", "")
    assert.is_true(places >= 2, tostring(err))
    run(coaio.aio_nop)
  end)

  it("takes no timer for a deadlock", function()
    run(function()
      local sleeper = coaio.async(coaio.sleep, 0.01)
      coaio.async(function() sleeper:join() end):join()
    end)
  end)
end)

describe("a task", function()
  it("never starts at once, and starts in order", function()
    local log = {}
    run(function()
      for i = 1, 5 do coaio.async(function(...) log[#log + 1] = i .. ... end, "!") end
      assert.same({}, log)
      coaio.cede()
    end)
    assert.same({ "1!", "2!", "3!", "4!", "5!" }, log)
  end)

  it("is joined by any number of others, at any time", function()
    run(function()
      local task = coaio.async(function()
        coaio.aio_busy(0.01)
        return 1, nil, 3, nil
      end)
      local joiners = {}
      for i = 1, 10 do joiners[i] = coaio.async(function() return task:join() end) end
      for _, joiner in ipairs(joiners) do assert.same({ n = 4, 1, nil, 3, nil }, table.pack(joiner:join())) end
      assert.same({ n = 4, 1, nil, 3, nil }, table.pack(task:join()))
    end)
  end)

  it("raises its error in whoever joins it", function()
    local reported = 0
    local old = coaio.onerror
    coaio.onerror = function() reported = reported + 1 end
    run(function()
      local value = setmetatable({}, { __tostring = function() return "value" end })
      local task = coaio.async(function()
        coaio.aio_nop()
        error(value)
      end)
      for _ = 1, 2 do
        local ok, err = pcall(task.join, task)
        assert.is_false(ok)
        assert.is_true(err == value)
      end
    end)
    coaio.onerror = old
    assert.equal(0, reported)
  end)

  it("cannot wait for itself", function()
    run(function()
      local task
      task = coaio.async(function() helper.raises("itself", task.join, task) end)
      task:join()
    end)
  end)

  it("tells its status", function()
    run(function()
      local inside
      local task = coaio.async(function()
        inside = coaio.self():status()
        coaio.aio_busy(0.001)
      end)
      local before = task:status()
      task:join()
      local after = task:status()
      for _, status in ipairs { before, inside, after } do assert.equal("string", type(status)) end
      assert.is_true(before ~= after and inside ~= after and before ~= inside)
    end)
  end)

  it("knows itself", function()
    assert.is_nil(coaio.self())
    run(function()
      local main = coaio.self()
      assert.truthy(main)
      local seen
      local task = coaio.async(function()
        seen = coaio.self()
        coaio.aio_busy(0)
        assert(coaio.self() == seen)
        pcall(function()
          coaio.cede()
          assert(coaio.self() == seen)
        end)
      end)
      task:join()
      assert.is_true(seen == task)
      assert.is_true(coaio.self() == main and main ~= task)
    end)
    assert.is_nil(coaio.self())
  end)

  it("takes turns with cede", function()
    local log = {}
    run(function()
      for _, name in ipairs { "a", "b", "c" } do
        coaio.async(function()
          for _ = 1, 3 do
            log[#log + 1] = name
            coaio.cede()
          end
        end)
      end
    end)
    assert.equal("abcabcabc", table.concat(log))
  end)

  it("that only cedes starves neither requests nor timers", function()
    run(function()
      local stop = false
      coaio.async(function() while not stop do coaio.cede() end end)
      assert(coaio.aio_busy(0.01))
      assert(coaio.sleep(0.01))
      assert(coaio.aio_stat ".")
      stop = true
    end)
  end)

  it("reads files beside ten thousand others", function()
    run(function()
      local hit = helper.expect(10000, "task")
      for _ = 1, 10000 do
        coaio.async(function()
          assert(coaio.aio_stat("/").type == "directory")
          hit()
        end)
      end
    end)
  end)

  it("passes its priority on to its requests", function()
    local order = {}
    run(function()
      coaio.max_parallel(0)
      for _, prio in ipairs { 0, -4, 3, 1, -2, 4, -1, 2, -3 } do
        coaio.async(function()
          assert(coaio.aio_busy(0))
          order[#order + 1] = prio
        end):prio(prio)
      end
      helper.until_true(function() return coaio.nready() >= 9 end)
      assert.same({}, order)
      coaio.max_parallel(1)
    end)
    coaio.max_parallel(8)
    assert.same({ 4, 3, 2, 1, 0, -1, -2, -3, -4 }, order)
  end)
end)

describe("coaio.onerror", function()
  it("gets the error of a task that nobody joins, with a traceback, and all goes on", function()
    local errors = {}
    local old = coaio.onerror
    coaio.onerror = function(...) errors[#errors + 1] = table.pack(...) end
    local ok, err = pcall(run, function()
      local function inner() error "unjoined" end
      coaio.async(function()
        coaio.aio_nop()
        inner()
      end)
      coaio.aio_busy(0.01)
      assert.equal(1, #errors)
      coaio.async(error, { "a table" })
      coroutine.wrap(function()
        coaio.aio_busy(0)
        error "in a plain coroutine"
      end)()
      coaio.aio_busy(0.01)
      assert(coaio.aio_stat ".")
    end)
    coaio.onerror = old
    assert(ok, err)
    assert.equal(3, #errors)
    assert.truthy(tostring(errors[1][1]):find "unjoined")
    local text = ""
    for i = 1, errors[1].n do text = text .. tostring(errors[1][i]) end
    assert.truthy(text:find "task_spec.lua:%d+.*stack traceback")
    assert.truthy(text:find "inner")
  end)

  it("writes a traceback to stderr when nobody set it", function()
    local output, errors, code = helper.child [[
      local coaio = require "coaio"
      coaio.run(function()
        coaio.async(function()
          coaio.aio_nop()
          error "lost and found"
        end)
        coaio.aio_busy(0.01)
        print "still here"
      end)
    ]]
    assert.equal(0, code)
    assert.equal("still here\n", output)
    assert.truthy(errors:find "lost and found.*stack traceback")
  end)

  it("may itself fail without stopping anything", function()
    local output, _, code = helper.child [[
      local coaio = require "coaio"
      coaio.onerror = function() error "worse" end
      coaio.run(function()
        for _ = 1, 3 do coaio.async(error, "bad") end
        coaio.aio_busy(0.01)
        print "still here"
      end)
    ]]
    assert.equal(0, code)
    assert.equal("still here\n", output)
  end)

  it("can run again after an interrupt, whichever instruction of run that met", function()
    for k = 1, 150 do
      local interrupted = false
      pcall(function()
        debug.sethook(function()
          debug.sethook()
          interrupted = true
          error("interrupted", 0)
        end, "", k)
        coaio.run(function() return "first" end)
        debug.sethook()
      end)
      local _, result = pcall(coaio.run, function() return "again" end)
      assert.equal("again", result, k)
      if not interrupted then break end
    end
  end)
end)
