-- What a task leaves: its coroutine is dead, its results stay, and its error is told to somebody, once.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, reported = helper.run, helper.reported

local slow = 100000 -- seconds: nothing of this is waited for

-- A value for a <close> variable that raises, after a wait.
local function failing(message)
  return setmetatable({}, { __close = function()
    coaio.aio_busy(0)
    error(message, 0)
  end })
end

-- A task that raises `message` as soon as `release` is called.
local function fails_later(message)
  local gate = coaio.async(coaio.sleep, slow)
  local task = coaio.async(function()
    pcall(gate.join, gate)
    error(message)
  end)
  return task, function() gate:cancel() end
end

describe("the coroutine of a task that has ended", function()
  -- Ends tasks in every way; calls check(task, coroutine, how) for each.
  local function each(check)
    local function never() error "called" end
    local ways = {
      done = function() return never, "b" end,
      single = function() return never end,
      nothing = function() end,
      many = function() return table.unpack({ never }, 1, 1000) end,
      failed = function() error(never) end,
      cancelled = function() coaio.sleep(slow) end,
      adopted = function() pcall(coaio.sleep, slow) return never, "b" end,
      yielded = function() coroutine.yield() error(never) end,
    }
    for how, fn in pairs(ways) do
      local co
      local task = coaio.async(function()
        co = coroutine.running()
        return fn()
      end)
      coaio.cede()
      if how == "cancelled" then task:cancel() end
      if how == "adopted" or how == "yielded" then assert(coroutine.resume(co)) end
      pcall(task.join, task)
      check(task, co, how, never)
    end
  end

  it("is dead, and to resume it changes nothing", function()
    run(function()
      each(function(task, co, how, never)
        local before = table.pack(pcall(task.join, task))
        assert.equal("dead", coroutine.status(co), how)
        assert.same({ false, "cannot resume dead coroutine", n = 2 }, table.pack(coroutine.resume(co)))
        assert.is_true(coroutine.close(co))
        local after = table.pack(pcall(task.join, task))
        assert.same(before, after)
        local wanted = ({ nothing = 1, many = 1001, single = 2, failed = 2, cancelled = 2, yielded = 2 })[how] or 3
        assert.equal(wanted, after.n, how)
        if how ~= "nothing" and how ~= "cancelled" then assert.equal(never, after[2], how) end
      end)
    end)
  end)

  it("is not kept by the task", function()
    run(function()
      local tasks, coroutines = {}, setmetatable({}, { __mode = "k" })
      each(function(task, co)
        tasks[#tasks + 1] = task
        coroutines[co] = true
      end)
      coaio.aio_busy(0)
      collectgarbage()
      collectgarbage()
      assert.is_nil(next(coroutines))
      for _, task in ipairs(tasks) do
        assert.truthy(coaio.traceback(task):find "^stack traceback:")
      end
    end)
  end)

  it("is dead too in callback style", function()
    run(function()
      local co
      local req = require "coaio.request".aio_stat("/nope", function() co = coroutine.running() end)
      local wanted = table.pack(coaio.aio_stat "/nope")
      assert.same(wanted, table.pack(coaio.aio_wait(req)))
      assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
      assert.same(wanted, table.pack(coaio.aio_wait(req)))
    end)
  end)
end)

describe("an error that nobody takes is reported", function()
  -- Exactly these messages, in any order, each with a traceback of here.
  local function told(wanted, fn)
    local errors, messages = reported(fn), {}
    for i, entry in ipairs(errors) do
      messages[i] = tostring(entry[1]):gsub("^.-:%d+: ", "")
      assert.truthy(tostring(entry[2]):find "stack traceback:.*outcome_spec.lua", messages[i])
    end
    table.sort(messages)
    assert.same(wanted, messages)
  end

  it("where a join was given up", function()
    told({ "after a timeout" }, function()
      local task, release = fails_later "after a timeout"
      assert.equal("timed out", (select(2, coaio.timeout(0.001, task.join, task))))
      release()
      coaio.aio_busy(0)
    end)
    told({ "after a cancel" }, function()
      local task, release = fails_later "after a cancel"
      local joiner = coaio.async(task.join, task)
      coaio.cede()
      joiner:cancel()
      pcall(joiner.join, joiner)
      release()
    end)
    told({ "after a close" }, function()
      local task, release = fails_later "after a close"
      local co = coroutine.create(function() task:join() end)
      coroutine.resume(co)
      assert(coroutine.close(co))
      release()
    end)
    told({ "after a stranger" }, function()
      local task, release = fails_later "after a stranger"
      local co = coroutine.create(function() task:join() end)
      coroutine.resume(co)
      assert.is_false(coroutine.resume(co))
      release()
    end)
  end)

  it("where the one who was to have it is cancelled when it is there already", function()
    told({ "too late" }, function()
      local task, release = fails_later "too late"
      local joiner = coaio.async(task.join, task)
      coaio.cede()
      release()
      repeat coaio.cede() until task:status() == "failed"
      joiner:cancel()
      local _, err = pcall(joiner.join, joiner)
      if err ~= coaio.cancelled then error("too late", 0) end -- it had gone on already
    end)
  end)

  it("but not where somebody else takes it", function()
    told({}, function()
      local task, release = fails_later "taken"
      local joiner, other = coaio.async(task.join, task), coaio.async(pcall, task.join, task)
      coaio.cede()
      joiner:cancel()
      release()
      local _, err = select(2, other:join())
      assert.is_nil(err)
      assert.truthy(select(3, other:join()) == nil)
    end)
  end)

  it("of what a cancelled task raises on its way out", function()
    told({ "closing" }, function()
      local task = coaio.async(function()
        local _ <close> = failing "closing"
        coaio.sleep(slow)
      end)
      coaio.cede()
      task:cancel()
    end)
  end)

  it("of a loser of coaio.first", function()
    told({ "a loser", "another" }, function()
      local function loser(message)
        local _ <close> = failing(message)
        coaio.sleep(slow)
      end
      local tasks = { coaio.async(loser, "a loser"), coaio.async(loser, "another") }
      coaio.cede()
      tasks[3] = coaio.async(function() return "won" end)
      assert.equal("won", coaio.first(tasks))
    end)
  end)

  it("of all but the first that fails in coaio.first", function()
    told({ "second" }, function()
      local tasks = { coaio.async(error, "first", 0), coaio.async(function() error "second" end) }
      helper.raises("first", coaio.first, tasks)
    end)
  end)

  it("of a task that coaio.first had, when that was cancelled", function()
    told({ "unheard" }, function()
      local waiter = coaio.async(coaio.first, { coaio.async(function()
        local _ <close> = failing "unheard"
        coaio.sleep(slow)
      end) })
      for _ = 1, 3 do coaio.cede() end
      waiter:cancel()
    end)
  end)

  it("of what is stopped by coaio.map", function()
    told({ "worker 2", "worker 3" }, function()
      helper.raises("decisive", coaio.map, { 1, 2, 3 }, 3, function(i)
        local _ <close> = i > 1 and failing("worker " .. i) or nil
        coaio.sleep(i == 1 and 0.001 or slow)
        error "decisive"
      end)
    end)
    told({ "worker 1", "worker 2" }, function()
      local map = coaio.async(coaio.map, { 1, 2 }, 2, function(i)
        local _ <close> = failing("worker " .. i)
        coaio.sleep(slow)
      end)
      for _ = 1, 4 do coaio.cede() end
      map:cancel()
    end)
  end)

  it("of what is late for coaio.timeout", function()
    told({ "late" }, function()
      assert.same({ nil, "timed out", coaio.errno.ETIMEDOUT }, { coaio.timeout(0.001, function()
        local _ <close> = failing "late"
        coaio.sleep(slow)
      end) })
    end)
    told({ "unheard" }, function()
      local task = coaio.async(coaio.timeout, slow, function()
        local _ <close> = failing "unheard"
        coaio.sleep(slow)
      end)
      for _ = 1, 3 do coaio.cede() end
      task:cancel()
    end)
  end)

  it("of the function of run, where that raises something else", function()
    local output, errors, code = helper.child [[
      local coaio = require "coaio"
      coaio.onerror = function(err, traceback) print(err, traceback:find "stack traceback:.+%.lua:4" ~= nil) end
      print(pcall(coaio.run, function()
        local _ <close> = setmetatable({}, { __close = function() error("unheard", 0) end })
        local self = coaio.self()
        coaio.async(self.join, self):join()
      end))
    ]]
    assert.equal(0, code, errors)
    assert.truthy(output:find "^unheard\ttrue\nfalse\tdeadlock", output)
  end)
end)
