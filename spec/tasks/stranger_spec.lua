-- Strangers: who resumes the coroutine of a task with coroutine.resume, which only coaio may do. The error is raised in
-- the coroutine; the task, and everybody who waits for it, goes on or ends.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

describe("a task whose coroutine a stranger resumes", function()
  local slow = 100000 -- seconds: nothing of this is waited for

  -- A task with this body, whose coroutine is resumed where it waits, and what that returned.
  local function resumed(body, ...)
    local co
    local task = coaio.async(function()
      co = coroutine.running()
      return body()
    end)
    coaio.cede()
    return task, table.pack(coroutine.resume(co, ...))
  end

  it("ends with the error that is raised where it waits", function()
    run(function()
      local task, got = resumed(function() coaio.sleep(slow) end, "gift")
      assert.same({ true, n = 1 }, got)
      assert.equal("failed", task:status())
      helper.raises("resumed while it waits for .-sleep", task.join, task)
    end)
  end)

  it("wakes who joins it", function()
    run(function()
      local co, joined
      local task = coaio.async(function()
        co = coroutine.running()
        coaio.aio_busy(slow)
      end)
      local joiner = coaio.async(function()
        joined = table.pack(pcall(task.join, task))
      end)
      coaio.cede()
      coroutine.resume(co)
      joiner:join()
      assert.is_false(joined[1])
      assert.truthy(joined[2]:find "aio_busy")
    end)
  end)

  it("ends with the results of its function where that catches the error", function()
    run(function()
      local task = resumed(function()
        assert(not pcall(coaio.sleep, slow))
        return "caught", nil, 3
      end)
      assert.equal("done", task:status())
      assert.same({ n = 3, "caught", nil, 3 }, table.pack(task:join()))
    end)
  end)

  it("may wait again, be joined and be cancelled as before", function()
    run(function()
      local task = resumed(function()
        assert(not pcall(coaio.sleep, slow))
        assert(coaio.self():status() == "running")
        assert(coaio.aio_busy(0))
        return coaio.aio_stat "/"
      end)
      assert.equal("waiting", task:status())
      assert.equal("directory", task:join().type)

      local cancelled = resumed(function()
        assert(not pcall(coaio.sleep, slow))
        coaio.sleep(slow)
      end)
      coaio.cede()
      cancelled:cancel()
      local ok, err = pcall(cancelled.join, cancelled)
      assert.is_false(ok)
      assert.is_true(err == coaio.cancelled)
      assert.equal("cancelled", cancelled:status())
    end)
  end)

  it("may be resumed by strangers again and again", function()
    run(function()
      local co
      local task = coaio.async(function()
        co = coroutine.running()
        for _ = 1, 3 do assert(not pcall(coaio.sleep, slow)) end
        return "tough"
      end)
      coaio.cede()
      for _ = 1, 3 do
        assert.is_true(coroutine.resume(co))
        coaio.cede()
      end
      assert.equal("dead", coroutine.status(co))
      assert.equal("tough", task:join())
    end)
  end)

  it("ends too when it waits in a generator", function()
    run(function()
      local task = resumed(function()
        return coaio.coroutine.wrap(function()
          coaio.sleep(slow)
        end)()
      end)
      helper.raises("resumed while it waits for .-sleep", task.join, task)
    end)
  end)

  it("ends too after a stranger resumed its generator, whose request ends once", function()
    run(function()
      local co, generator
      local task = coaio.async(function()
        co = coroutine.running()
        generator = coroutine.create(function() coaio.aio_busy(slow) end)
        return coaio.coroutine.resume(generator)
      end)
      coaio.cede()
      assert.is_false(coroutine.resume(generator))
      assert.is_true(coroutine.resume(co))
      assert.is_true(coaio.aio_busy(0)) -- takes the next waiter, which must not be one that is still in use
      local ok, message = task:join()
      assert.is_false(ok)
      assert.truthy(message:find "resumed by another coroutine")
    end)
  end)

  it("ends too when it had yielded by itself", function()
    run(function()
      local task, got = resumed(function() return coroutine.yield "mine" end, "theirs")
      assert.same({ true, n = 1 }, got)
      assert.equal("theirs", task:join())
    end)
  end)

  it("is reported when nobody joins it, and run ends", function()
    local errors, before = {}, coaio.onerror
    coaio.onerror = function(err, traceback) errors[#errors + 1] = { err, traceback } end
    local ok, err = pcall(run, function() resumed(function() coaio.sleep(slow) end) end)
    coaio.onerror = before
    assert(ok, err)
    assert.equal(1, #errors)
    assert.truthy(errors[1][1]:find "resumed while it waits for .-sleep")
    assert.truthy(errors[1][2]:find "stranger_spec")
  end)

  it("between two turns of a loop of one's own ends as well", function()
    local co
    local task = coaio.async(function()
      co = coroutine.running()
      coaio.sleep(slow)
    end)
    coaio.poll_cb()
    assert.is_true(coroutine.resume(co))
    helper.raises("resumed while it waits for .-sleep", task.join, task)
  end)

  it("after it was given up harms nobody", function()
    helper.works([[
      local coaio = require "coaio"
      local co, late
      local ok, err = pcall(coaio.run, function()
        coaio.async(function()
          co = coroutine.running()
          coroutine.yield()
          return "too", "late"
        end)
      end)
      assert(not ok and err:find "deadlock")
      for _ = 1, 3 do collectgarbage() end
      late = table.pack(coroutine.resume(co))
      assert(late[2] == "too" and late[3] == "late")
      coaio.run(coaio.aio_nop)
    ]])
  end)
end)

describe("a task that yields by itself, and is resumed by another", function()
  -- Runs `body` in a task up to its first plain yield.
  local function yielding(body)
    local co
    local task = coaio.async(function()
      co = coroutine.running()
      return body()
    end)
    coaio.cede()
    return task, co
  end

  it("is itself, before and after its next wait", function()
    run(function()
      local task, co = yielding(function()
        coroutine.yield()
        local before = coaio.self()
        coaio.sleep(0.001)
        return before, coaio.self()
      end)
      assert.is_true(coroutine.resume(co))
      assert.same({ task, task }, { task:join() })
    end)
  end)

  it("is the one that a cancel of it, or of the other, ends", function()
    run(function()
      local reached
      local task, co = yielding(function()
        coroutine.yield()
        coaio.sleep(1000)
      end)
      local other = coaio.async(function()
        coroutine.resume(co)
        coaio.sleep(1000)
        reached = true
      end)
      coaio.cede()
      task:cancel()
      assert.is_false((pcall(task.join, task)))
      assert.equal("cancelled", task:status())
      assert.equal("waiting", other:status())
      other:cancel()
      assert.is_false((pcall(other.join, other)))
      assert.is_nil(reached)
    end)
  end)

  it("makes semaphores of plain yields possible", function()
    run(function()
      local free, waiting, inside, most = 3, {}, 0, 0
      local tasks = {}
      for i = 1, 20 do
        tasks[i] = coaio.async(function()
          if free == 0 then
            waiting[#waiting + 1] = coroutine.running()
            coroutine.yield()
          else
            free = free - 1
          end
          inside = inside + 1
          most = math.max(most, inside)
          coaio.sleep(0.001)
          assert.equal(tasks[i], coaio.self())
          inside = inside - 1
          local next_one = table.remove(waiting, 1)
          if next_one then coroutine.resume(next_one) else free = free + 1 end
        end)
      end
      for _, task in ipairs(tasks) do task:join() end
      assert.same({ 3, 0, 3 }, { most, inside, free })
    end)
  end)
end)
