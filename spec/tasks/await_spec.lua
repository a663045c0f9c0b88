-- coaio.await: a task that waits for a callback which is not coaio's.

local coaio = require "coaio"

-- A task that waits, and its `done`.
local function waiting(...)
  local done
  local task = coaio.async(function(...)
    return coaio.await(function(given) done = given end), ...
  end, ...)
  coaio.cede()
  return task, done
end

describe("coaio.await", function()
  it("returns at once what was given at once", function()
    coaio.run(function()
      assert.same({ n = 3, 1, nil, 3 }, table.pack(coaio.await(function(done) done(1, nil, 3) end)))
      assert.same({ n = 0 }, table.pack(coaio.await(function(done) done() end)))
    end)
  end)

  it("waits until it is given something, while others run", function()
    coaio.run(function()
      local task, done = waiting()
      assert.equal("waiting", task:status())
      assert.is_true(done "value")
      assert.equal("value", task:join())
    end)
  end)

  it("takes the first answer, and says so", function()
    coaio.run(function()
      local task, done = waiting()
      assert.is_true(done(1))
      assert.is_false(done(2))
      assert.equal(1, task:join())
      assert.is_false(done(3))
    end)
  end)

  it("is ended by a cancel and by a timeout, and an answer then comes too late", function()
    coaio.run(function()
      local task, done = waiting()
      task:cancel()
      assert.same({ false, coaio.cancelled }, { pcall(task.join, task) })
      assert.is_false(done "late")
      assert.same({ n = 3, nil, "timed out", coaio.errno.ETIMEDOUT },
        table.pack(coaio.timeout(0.001, coaio.await, function(given) done = given end)))
      assert.is_false(done "late")
    end)
  end)

  it("loses neither the answer nor the cancel when they come together", function()
    coaio.run(function()
      local answer, done, next_wait
      local task = coaio.async(function()
        answer = coaio.await(function(given) done = given end)
        next_wait = table.pack(pcall(coaio.cede))
      end)
      coaio.cede()
      task:cancel()
      assert.is_true(done "at the same time")
      pcall(task.join, task)
      assert.equal("at the same time", answer)
      assert.same({ n = 2, false, coaio.cancelled }, next_wait)
    end)
  end)

  it("raises an error of the function that starts, and refuses what is no function", function()
    coaio.run(function()
      assert.has_error(function() coaio.await(function() error("no start", 0) end) end, "no start")
      local ok, message = pcall(coaio.await, 1)
      assert.is_false(ok)
      assert.is_truthy(message:find("bad argument #1 to 'await' (function expected, got number)", 1, true), message)
    end)
  end)

  it("is a deadlock where nobody is left to answer", function()
    local ok, message = pcall(coaio.run, coaio.await, function() end)
    assert.is_false(ok)
    assert.is_truthy(message:find "^deadlock", message)
  end)

  it("works outside of tasks, where the main chunk waits", function()
    assert.equal("later", coaio.await(function(done)
      coaio.async(function()
        coaio.cede()
        done "later"
      end)
    end))
  end)

  it("holds nothing of ten thousand waits that are over", function()
    coaio.run(function()
      local function wait()
        coaio.await(function(done) coaio.async(done) end)
      end
      wait()
      collectgarbage() collectgarbage()
      local before = collectgarbage "count"
      for _ = 1, 10000 do wait() end
      collectgarbage() collectgarbage()
      assert.is_true(collectgarbage "count" - before < 100)
    end)
  end)
end)
