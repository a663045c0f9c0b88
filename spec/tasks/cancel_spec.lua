-- Cancelling: once delivered, always delivered, and nothing remains.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

-- A task that is cancelled while it waits in `fn`; returns what pcall saw inside it.
local function cancelled_in(fn, ...)
  local seen
  local args = table.pack(...)
  local task = coaio.async(function()
    seen = table.pack(pcall(fn, table.unpack(args, 1, args.n)))
    error(seen[2], 0)
  end)
  for _ = 1, 3 do coaio.cede() end
  task:cancel()
  local ok, err = pcall(task.join, task)
  assert(not ok and err == coaio.cancelled, tostring(err))
  return seen
end

describe("cancelling a task", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("raises coaio.cancelled at its suspension point", function()
    run(function()
      local fifo = tmp:fifo "read"
      local fh = assert(coaio.aio_open(fifo, coaio.O_RDWR))
      local forever = coaio.async(coaio.sleep, 100000)
      for _, case in ipairs {
        { coaio.aio_busy, 100000 }, { coaio.sleep, 100000 }, { coaio.aio_read, fh, nil, 10 },
        { coaio.aio_open, tmp:fifo "open", "r" }, { forever.join, forever },
        { function() while true do coaio.cede() end end },
      } do
        local seen = cancelled_in(table.unpack(case))
        assert.is_false(seen[1])
        assert.is_true(seen[2] == coaio.cancelled)
      end
      forever:cancel()
      assert(fh:close())
    end)
  end)

  it("raises again at each later suspension point", function()
    run(function()
      local count = 0
      local task = coaio.async(function()
        for _ = 1, 5 do
          local ok, err = pcall(coaio.sleep, 100000)
          assert(not ok and err == coaio.cancelled)
          count = count + 1
        end
      end)
      coaio.cede()
      task:cancel()
      task:join()
      assert.equal(5, count)
    end)
  end)

  it("lets close variables run, and wait", function()
    run(function()
      local path = tmp "cleaned"
      local task = coaio.async(function()
        local _ <close> = setmetatable({}, { __close = function()
          local ok = pcall(function()
            local fh <close> = assert(coaio.aio_open(path, "w"))
            coaio.aio_write(fh, 0, nil, "cleaned up")
          end)
          assert(ok ~= nil)
        end })
        coaio.sleep(100000)
      end)
      coaio.cede()
      task:cancel()
      assert.is_false(pcall(task.join, task))
    end)
  end)

  -- Cancels fn where it waits; how the wait of `guard`, a close variable in it, ended.
  local function closed_by_cancel(fn)
    local waited
    local guard = setmetatable({}, { __close = function() waited = pcall(coaio.aio_nop) end })
    run(function()
      local task = coaio.async(function()
        local _, err = pcall(fn, guard)
        assert.is_true(err == coaio.cancelled)
        assert.is_false(pcall(coaio.aio_nop), "outside, the cancel goes on")
      end)
      for _ = 1, 3 do coaio.cede() end
      task:cancel()
      task:join()
    end)
    return waited
  end

  for name, fn in pairs {
    ["a pcall that raises the error again"] = function(guard)
      local _ <close> = guard
      local _, err = pcall(coaio.sleep, 100000)
      error(err, 0)
    end,
    ["a generator whose error is raised again"] = function(guard)
      local _ <close> = guard
      local _, err = coaio.coroutine.resume(coroutine.create(function() coaio.sleep(100000) end))
      error(err, 0)
    end,
    ["a coroutine that asks once more"] = function(guard)
      local _ <close> = guard
      pcall(coaio.sleep, 100000)
      coroutine.wrap(coaio.aio_nop)()
    end,
    ["an xpcall"] = function(guard)
      local _, err = xpcall(function()
        local _ <close> = guard
        coaio.sleep(100000)
      end, function(err) return err end)
      error(err, 0)
    end,
  } do
    it("lets close variables wait that are closed because of " .. name, function()
      assert.is_true(closed_by_cancel(fn))
    end)
  end

  it("lets close variables wait in a generator of theirs", function()
    assert.is_true(closed_by_cancel(function(guard)
      local _ <close> = setmetatable({}, { __close = coaio.coroutine.wrap(function() local _ <close> = guard end) })
      coaio.sleep(100000)
    end))
  end)

  it("is not of concern to finalizers that run meanwhile", function()
    run(function()
      local seen
      local task = coaio.async(function()
        coaio.self():cancel()
        local inner = table.pack(pcall(function()
          setmetatable({}, { __gc = function() seen = table.pack(pcall(coaio.aio_nop)) end })
          collectgarbage()
          return "result"
        end))
        assert.same({ true, "result", n = 2 }, inner)
        coaio.aio_nop()
        error "not reached"
      end)
      assert.is_false(pcall(task.join, task))
      assert.equal("cancelled", task:status())
      assert.same({ true, true, n = 2 }, seen)
    end)
  end)

  it("keeps one from starting", function()
    run(function()
      local started = false
      local task = coaio.async(function() started = true end)
      task:cancel()
      assert.is_false(pcall(task.join, task))
      coaio.cede()
      assert.is_false(started)
    end)
  end)

  it("changes nothing for one that is done", function()
    run(function()
      local task = coaio.async(function() return "result" end)
      assert.equal("result", task:join())
      task:cancel()
      assert.equal("result", task:join())
    end)
  end)

  it("reports to nobody when nobody joins", function()
    local reported = 0
    local old = coaio.onerror
    coaio.onerror = function() reported = reported + 1 end
    run(function()
      coaio.async(coaio.sleep, 100000):cancel()
      local task = coaio.async(coaio.sleep, 100000)
      coaio.cede()
      task:cancel()
    end)
    coaio.onerror = old
    assert.equal(0, reported)
  end)

  it("may be done by itself", function()
    run(function()
      local task = coaio.async(function()
        coaio.self():cancel()
        coaio.aio_nop()
        error "not reached"
      end)
      local ok, err = pcall(task.join, task)
      assert.is_false(ok)
      assert.is_true(err == coaio.cancelled)
    end)
  end)

  it("leaks no descriptor of an open that arrives too late", function()
    local path = tmp:file("opened", "")
    run(function()
      local tasks = {}
      for i = 1, 500 do
        tasks[i] = coaio.async(function() return coaio.aio_open(path, "r") end)
        if i % 10 == 0 then coaio.cede() end
        if i % 3 == 0 then tasks[i - 1]:cancel() end
      end
      for _, task in ipairs(tasks) do
        local ok, fh = pcall(task.join, task)
        if ok then assert(fh:close()) else assert(fh == coaio.cancelled) end
      end
    end)
  end)

  it("of ten thousand opens of FIFOs leaves descriptors, threads and memory as they were", function()
    local fifo = tmp:fifo "unopened"
    local function threads() return tonumber(helper.sh("ls /proc/%s/task | wc -l", helper.pid)) end

    -- In waves, so that each open executes, and all at once. The bytes that Lua has in use after that.
    local function open_and_cancel()
      run(function()
        for wave = 1, 51 do
          local tasks = {}
          for i = 1, wave <= 50 and 200 or 10000 do tasks[i] = coaio.async(coaio.aio_open, fifo, "r") end
          helper.until_true(function() return wave > 50 or (coaio.nreqs() >= 200 and coaio.nready() == 0) end)
          helper.cancel_all(tasks)
        end
        assert(coaio.aio_stat(fifo))
        helper.until_true(function() return coaio.nthreads() == 0 end)
      end)
      collectgarbage()
      collectgarbage()
      return collectgarbage "count" * 1024
    end

    local max_idle, idle_timeout = coaio.max_idle(0), coaio.idle_timeout(0.001)
    local bytes = open_and_cancel()
    local before = threads()
    assert.is_true(math.abs(open_and_cancel() - bytes) < 100000)
    helper.until_true(function() return threads() <= before end)
    coaio.max_idle(max_idle)
    coaio.idle_timeout(idle_timeout)
  end)

  it("while its buffer is being filled completes only when nobody can fill it any more", function()
    run(function()
      local fh = assert(coaio.aio_open(tmp:fifo "filled", coaio.O_RDWR))
      local buffer = coaio.buffer(4096, 4096)
      for _ = 1, 20 do
        local task = coaio.async(coaio.aio_read, fh, nil, 4096, buffer)
        coaio.cede()
        task:cancel()
        assert.is_false(pcall(task.join, task))
        buffer:set(0, ("k"):rep(4096))
        assert.equal(3, coaio.aio_write(fh, nil, nil, "new"))
        assert.equal("new", coaio.aio_read(fh, nil, 100))
        assert.equal(("k"):rep(4096), tostring(buffer))
      end
      assert(fh:close())
    end)
  end)
end)
