-- Closing values of cancelled tasks, and what gives something back: neither is skipped or cut off, whatever error is in
-- flight; and others run beside a task that does not want to end.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

local slow = 100000 -- seconds: nothing of this is waited for

describe("in a cancelled task", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  local function left() return helper.sh("ls %s", tmp.path) end

  -- A temporary file that goes with its variable, by requests that wait.
  local function temporary(name)
    local path = tmp:file(name, "x")
    return setmetatable({}, { __close = function()
      coaio.sleep(0.001)
      local fh = assert(coaio.aio_open(path, "a"))
      assert(fh:close())
      assert(coaio.aio_unlink(path))
    end })
  end

  -- Runs fn in a task, cancels that where it waits, and sees that it waits no more and that no file is left.
  local function cancelled_in(fn)
    run(function()
      local raised
      local task = coaio.async(function()
        fn()
        raised = not pcall(coaio.cede)
        if raised then coaio.cede() end
      end)
      coaio.sleep(0.001)
      task:cancel()
      pcall(task.join, task)
      assert.is_true(raised ~= false)
    end)
    assert.equal("", left())
  end

  local ways = {
    ["an error that wraps it"] = function()
      local _ <close> = temporary "a"
      local _ <close> = temporary "b"
      local _, err = pcall(coaio.sleep, slow)
      error("step: " .. tostring(err))
    end,
    ["an error that wraps it, twice, with closing values in between"] = function()
      local _ <close> = temporary "a"
      local ok, err = pcall(function()
        local _ <close> = temporary "b"
        local _, err = pcall(function()
          local _ <close> = temporary "c"
          coaio.sleep(slow)
        end)
        error { "wrapped", err }
      end)
      error({ ok, err }, 0)
    end,
    ["an error without a value"] = function()
      local _ <close> = temporary "a"
      pcall(coaio.sleep, slow)
      error()
    end,
    ["an error that the handler of xpcall makes"] = function()
      local ok, err = xpcall(function()
        local _ <close> = temporary "a"
        coaio.sleep(slow)
      end, function() return "something else" end)
      assert.same({ false, "something else" }, { ok, err })
      local _ <close> = temporary "b"
    end,
    ["an error of a closing value before"] = function()
      local _ <close> = temporary "a"
      local _ <close> = setmetatable({}, { __close = function() error "in closing" end })
      local _ <close> = temporary "b"
      coaio.sleep(slow)
    end,
    ["an error in a generator"] = function()
      local _ <close> = temporary "a"
      local _, err = pcall(coaio.coroutine.wrap(function()
        pcall(coaio.sleep, slow)
        error "in a generator"
      end))
      error("outside: " .. err)
    end,
    ["the end of a block"] = function()
      do
        local _ <close> = temporary "a"
        pcall(coaio.sleep, slow)
      end
      for _ in next, {}, nil, temporary "b" do error "empty" end
      (function()
        local _ <close> = temporary "c"
        return 1, 2, 3
      end)()
      for i = 1, 2 do
        local _ <close> = temporary "d"
        if i == 2 then break end
      end
    end,
    ["the end of a block, in a generator"] = function()
      coaio.coroutine.wrap(function()
        local _ <close> = temporary "a"
        pcall(coaio.sleep, slow)
      end)()
    end,
  }

  for how, fn in pairs(ways) do
    it("closing values wait to their end on the way of " .. how, function() cancelled_in(fn) end)
  end

  it("closing values may end in calls, and be objects", function()
    local function closing(close) return setmetatable({}, { __close = close }) end
    local function remove(path)
      coaio.sleep(0.001)
      return coaio.aio_unlink(path)
    end
    cancelled_in(function()
      tmp:file("lua", "")
      tmp:file("c", "")
      tmp:file("called", "")
      local _ <close> = closing(function() return remove(tmp "lua") end)
      local _ <close> = closing(function() return coaio.aio_unlink(tmp "c") end)
      local _ <close> = closing(setmetatable({}, { __call = function() remove(tmp "called") end }))
      pcall(coaio.sleep, slow)
      error "another"
    end)
  end)

  it("closing values wait in coroutines that are closed, each for itself", function()
    cancelled_in(function()
      pcall(coaio.sleep, slow)
      local suspended = coroutine.create(function()
        local _ <close> = temporary "a"
        coroutine.yield()
      end)
      assert(coroutine.resume(suspended))
      assert(coroutine.close(suspended))
      pcall(coroutine.wrap(function()
        local _ <close> = temporary "b"
        error "plain"
      end))
    end)
  end)

  it("a cancel that comes while a closing value is at work is kept until that is through", function()
    run(function()
      local reached, cancelled = false, false
      local gate = coaio.async(coaio.sleep, slow)
      local task = coaio.async(function()
        do
          local _ <close> = temporary "a"
          local _ <close> = setmetatable({}, { __close = function() pcall(gate.join, gate) end })
        end
        reached = left() == ""
        cancelled = not pcall(coaio.aio_nop)
      end)
      coaio.cede()
      task:cancel()
      for _ = 1, 3 do coaio.cede() end
      assert.equal("waiting", task:status())
      gate:cancel()
      task:join()
      assert.same({ true, true }, { reached, cancelled })
    end)
  end)

  it("a value that could be closed does not keep the error away", function()
    run(function()
      local task = coaio.async(function()
        local a <close> = setmetatable({}, { __close = function() end })
        local b, c = nil, nil -- luacheck: ignore
        local function wait() return (coaio.sleep(slow)) end
        local function tail() return wait() end
        assert(not pcall(tail))
        assert(not pcall(tail), "again")
        assert(not pcall(getmetatable(a).__close and tail))
        table.sort({ a, a }, function() assert(not pcall(tail)) return false end)
      end)
      coaio.cede()
      task:cancel()
      task:join()
    end)
  end)

  it("the error finds its way out of a deep recursion", function()
    run(function()
      local function deep(n)
        if n == 0 then return coaio.sleep(slow) end
        return 1 + deep(n - 1)
      end
      local task = coaio.async(deep, 150000)
      coaio.cede()
      helper.cancel_all { task }
    end)
  end)

  local function in_cancelled(fn)
    run(function()
      local finished
      local task = coaio.async(function()
        pcall(coaio.sleep, slow)
        fn()
        finished = true
      end)
      coaio.cede()
      task:cancel()
      task:join()
      assert.is_true(finished)
    end)
  end

  -- The call raises, after it did what it does.
  local function raises(fn, ...)
    local ok, err = pcall(fn, ...)
    assert(not ok and err == coaio.cancelled, tostring(err))
  end

  it("files are closed, and then the error is raised", function()
    in_cancelled(function()
      local pipe = assert(io.popen("exec cat", "w"))
      local fds = helper.fds()
      local function open() return coaio.memfd_create "x" end
      local a, b, c = open(), open(), open()
      raises(a.close, a)
      raises(coaio.aio_close, b)
      raises(function() pcall(coaio.cede) return c:close() end)
      helper.raises("closed file", a.close, a)
      helper.raises("closed file", coaio.aio_close, b)
      for _ = 1, 100 do
        collectgarbage()
        if helper.fds() == fds then break end
        pcall(coaio.cede)
      end
      assert.equal(fds, helper.fds())
      pipe:close()
    end)
  end)

  it("a close waits for no room", function()
    run(function()
      local fh = coaio.memfd_create "x"
      local limit = coaio.max_outstanding(1)
      local gate = coaio.async(coaio.aio_open, tmp:fifo "fifo", "r")
      coaio.cede()
      local task = coaio.async(function()
        pcall(coaio.sleep, slow)
        raises(fh.close, fh)
        return tostring(fh)
      end)
      coaio.cede()
      task:cancel()
      assert.truthy(task:join():find "closed")
      coaio.max_outstanding(limit)
      helper.cancel_all { gate }
    end)
    os.remove(tmp "fifo")
  end)

  it("a close does not wait for others that use the file", function()
    run(function()
      local output, input = coaio.pipe2()
      local writer = coaio.async(coaio.aio_write, input, nil, nil, ("x"):rep(1 << 20)) -- more than a pipe takes
      local task = coaio.async(function()
        pcall(coaio.sleep, slow)
        raises(input.close, input)
        return tostring(input)
      end)
      coaio.cede()
      task:cancel()
      assert.truthy(task:join():find "closed")
      assert.equal("waiting", writer:status())
      assert(output:close()) -- now the write fails, and the file closes
      pcall(writer.join, writer)
    end)
  end)

  it("a close that has begun is not cut off, neither where nothing can yield", function()
    in_cancelled(function()
      local fds = helper.fds()
      local fh = coaio.memfd_create "x"
      local _, err = pcall(string.gsub, "x", "x", function() fh:close() end)
      assert.is_true(err == coaio.cancelled)
      assert.equal(fds, helper.fds())
    end)
  end)

  it("locks are given back", function()
    local path = tmp:file("locked", "x")
    in_cancelled(function()
      local fh <close> = assert(io.open(path, "r+"))
      local inode = helper.sh("stat -c %%i %s", path)
      local function locked() return helper.slurp("/proc/locks"):find(":" .. inode .. " ", 1, true) ~= nil end
      -- The lock is taken by a callback, which is a task of its own.
      require "coaio.request".aio_fcntl(fh, coaio.F_SETLK, { type = coaio.F_WRLCK })
      repeat pcall(coaio.cede) until locked()
      raises(coaio.aio_fcntl, fh, coaio.F_SETLK, { type = coaio.F_UNLCK })
      assert.is_false(locked())
      raises(coaio.aio_fcntl, fh, coaio.F_SETLK, { type = coaio.F_WRLCK })
      assert.is_false(locked())
    end)
    os.remove(path)
  end)

  it("maps, timers and groups are given back without a wait", function()
    in_cancelled(function()
      local map = assert(coaio.mmap(4096, coaio.PROT_READ, coaio.MAP_PRIVATE | coaio.MAP_ANONYMOUS))
      assert.is_true(coaio.munmap(map))
      local timer <close> = assert(coaio.timerfd_create(coaio.CLOCK_MONOTONIC))
      assert(coaio.timerfd_settime(timer, 0, 0, slow))
      assert(coaio.timerfd_settime(timer, 0, 0, 0))
      local group, closed = coaio.aio_group(), nil
      group:cb(function() closed = true end)
      raises(coaio.aio_wait, group)
      repeat pcall(coaio.cede) until closed
      local child = coaio.async(coaio.sleep, slow)
      assert.is_true(child:cancel())
      repeat pcall(coaio.cede) until child:status() == "cancelled"
    end)
  end)

  -- Beside a task that runs fn(stopped) and does not want to end others run all the same.
  local function others_run_beside(fn)
    run(function()
      local stop = false
      local function stopped() return stop end
      local stubborn = coaio.async(fn, stopped)
      coaio.cede()
      stubborn:cancel()
      assert(coaio.aio_busy(0.001))
      assert(coaio.sleep(0.001))
      stop = true
      pcall(stubborn.join, stubborn)
    end)
  end

  it("a loop that catches everything lets others run", function()
    for _, wait in ipairs { function() coaio.sleep(1) end, coaio.cede, coaio.flush, coaio.aio_nop, "join" } do
      others_run_beside(function(stopped)
        local other = coaio.async(coaio.sleep, slow)
        while not stopped() do pcall(wait == "join" and other.join or wait, other) end
        other:cancel()
      end)
    end
  end)

  it("so does one in a generator, and one in a coroutine of its own", function()
    for _, wrap in ipairs { coaio.coroutine.wrap, coroutine.wrap } do
      others_run_beside(function(stopped)
        wrap(function() while not stopped() do pcall(coaio.sleep, 0.001) end end)()
        while not stopped() do pcall(coaio.cede) end
      end)
    end
  end)
end)
