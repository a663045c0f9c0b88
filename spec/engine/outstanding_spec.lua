-- coaio.max_outstanding: calls in coroutine style wait for room, in order; nothing else does.

local coaio = require "coaio"
local request = require "coaio.request"
local helper = require "spec.helper"
local run = helper.run

describe("max_outstanding", function()
  local tmp = helper.tmpdir()
  local fifo = tmp:fifo "fifo"
  teardown(function()
    coaio.max_outstanding(0)
    tmp.remove()
  end)
  after_each(function() coaio.max_outstanding(0) end)

  it("has no limit at first, and tells the one before", function()
    assert.equal(0, coaio.max_outstanding())
    assert.equal(0, coaio.max_outstanding(5))
    assert.equal(5, coaio.max_outstanding(0))
    helper.raises("max_outstanding", coaio.max_outstanding, -1)
    helper.raises("max_outstanding", coaio.max_outstanding, "many")
  end)

  for _, limit in ipairs { 1, 3 } do
    it(("lets calls of coroutines wait, first come first served, %d at a time"):format(limit), function()
      run(function()
        local most, order = 0, {}
        coaio.max_outstanding(limit)
        for i = 1, 40 do
          coaio.async(function()
            assert(coaio.aio_busy(0.0002))
            most = math.max(most, coaio.nreqs())
            order[#order + 1] = i
          end)
        end
        coaio.cede()
        assert.equal(limit, coaio.nreqs())
        helper.until_true(function() return #order == 40 end)
        assert.is_true(most <= limit + 1, most) -- the sleep above is one more, and takes no room
        -- One that began before its turn would be too early; a worker may keep one for as long as it likes.
        for at, i in ipairs(order) do assert.is_true(i < at + limit, i) end
      end)
    end)
  end

  it("is not for callback style, nor for the main chunk", function()
    coaio.max_outstanding(1)
    local count = 0
    for _ = 1, 10 do request.aio_nop(function() count = count + 1 end) end
    assert.equal(10, coaio.nreqs())
    assert(coaio.aio_stat "/")
    while coaio.nreqs() > 0 do coaio.poll() end
    assert.equal(10, count)
  end)

  it("checks arguments before it waits", function()
    run(function()
      coaio.max_outstanding(1)
      local blocker = request.aio_sleep(0.005)
      helper.raises("aio_stat", coaio.aio_stat, {})
      coaio.aio_wait(blocker)
    end)
  end)

  it("lets a waiting call be cancelled, and the others go on", function()
    run(function()
      coaio.max_outstanding(1)
      local blocker = request.aio_busy(100000)
      local tasks, done = {}, 0
      for i = 1, 3 do
        tasks[i] = coaio.async(function()
          assert(coaio.aio_stat "/")
          done = done + 1
        end)
      end
      coaio.cede()
      tasks[2]:cancel()
      local ok, err = pcall(tasks[2].join, tasks[2])
      assert.is_true(not ok and err == coaio.cancelled)
      assert.equal(0, done)
      assert.is_true(blocker:cancel())
      tasks[1]:join()
      tasks[3]:join()
      assert.equal(2, done)
      coaio.max_outstanding(0)
    end)
  end)

  it("lets all go on when the limit goes", function()
    run(function()
      coaio.max_outstanding(1)
      local blocker = request.aio_busy(100000)
      local done = 0
      for _ = 1, 5 do coaio.async(function() assert(coaio.aio_stat "/") done = done + 1 end) end
      coaio.cede()
      assert.equal(0, done)
      coaio.max_outstanding(0)
      helper.until_true(function() return done == 5 end)
      blocker:cancel()
    end)
  end)

  it("does not hold for open groups", function()
    run(function()
      coaio.max_outstanding(1)
      local group = coaio.aio_group()
      assert(coaio.aio_stat "/")
      coaio.aio_wait(group)
    end)
  end)

  it("does not hold for timers", function()
    run(function()
      coaio.max_outstanding(4)
      local tasks = {}
      for i = 1, 4 do
        tasks[i] = coaio.async(coaio.timeout, 10, function()
          local fh <close> = assert(coaio.aio_open(tmp("out" .. i), "w"))
          assert(coaio.aio_write(fh, nil, nil, "x"))
          assert(coaio.aio_fsync(fh))
          return "written"
        end)
      end
      for i = 1, 4 do assert.equal("written", (tasks[i]:join())) end
      for _ = 1, 4 do request.aio_sleep(0.001) end
      assert(coaio.aio_stat "/")
    end)
  end)

  -- Each begins to wait for something that only a call brings about for which there would be no room.
  local waits = {
    ["reads of a pipe, and its writer"] = function()
      local reader, writer = coaio.pipe2()
      local reading = coaio.async(coaio.aio_read, reader, nil, 10)
      coaio.cede()
      assert.equal(4, coaio.aio_write(writer, nil, nil, "data"))
      assert.equal("data", reading:join())
    end,
    ["opens of a FIFO, and its writer"] = function()
      local opening = coaio.async(coaio.aio_open, fifo, "r")
      coaio.cede()
      assert(assert(coaio.aio_open(fifo, "w")):close())
      assert(assert(opening:join()):close())
    end,
    ["a lock, and its holder"] = function()
      local lock = { type = coaio.F_WRLCK, whence = coaio.SEEK_SET, start = 0, len = 0 }
      local path = tmp:file "locked"
      local holder, waiter = assert(coaio.aio_open(path, "r+")), assert(coaio.aio_open(path, "r+"))
      assert(coaio.aio_fcntl(holder, coaio.F_OFD_SETLK, lock))
      local locking = coaio.async(coaio.aio_fcntl, waiter, coaio.F_OFD_SETLKW, lock)
      coaio.cede()
      lock.type = coaio.F_UNLCK
      assert(coaio.aio_fcntl(holder, coaio.F_OFD_SETLK, lock))
      assert(locking:join())
      assert(holder:close() and waiter:close())
    end,
    ["a close of what is being read"] = function()
      local reader, writer = coaio.pipe2()
      local reading = coaio.async(coaio.aio_read, reader, nil, 10)
      coaio.cede()
      assert(reader:close())
      assert.equal(coaio.errno.ECANCELED, select(3, reading:join()))
      assert(writer:close())
    end,
    ["a feeder, and its group"] = function()
      local group, fed = coaio.aio_group(), 0
      group:limit(1)
      group:feed(function()
        fed = fed + 1
        if fed < 5 then group:add(request.aio_busy(0, function() assert(coaio.aio_stat "/") end)) end
      end)
      assert(coaio.aio_stat "/")
      assert(coaio.aio_wait(group))
    end,
    ["high priorities, and low ones"] = function()
      local low = coaio.async(coaio.aio_busy, 0)
      low:prio(-4)
      local high = coaio.async(coaio.aio_busy, 0)
      high:prio(4)
      assert(low:join() and high:join())
    end,
  }
  for what, wait in pairs(waits) do
    it("keeps nobody waiting whom others wait for: " .. what, function()
      run(function()
        coaio.max_outstanding(1)
        wait()
        coaio.max_outstanding(0)
      end)
    end)
  end

  it("lets a close go on while there is no room", function()
    run(function()
      local fh = assert(coaio.aio_open(tmp:file "open", "r+"))
      coaio.max_outstanding(1)
      local blocker = request.aio_busy(100000)
      assert(fh:close())
      assert.is_true(blocker:cancel())
      coaio.max_outstanding(0)
    end)
  end)

  it("counts as waiting what takes no room", function()
    run(function()
      local reader, writer = coaio.pipe2()
      local group, sleep = coaio.aio_group(), request.aio_sleep(100000)
      local reads = { request.aio_read(reader, nil, 1), request.aio_read(reader, nil, 1) }
      local busy = request.aio_busy(100000)
      coaio.cede()
      coaio.aio_nop()
      helper.until_true(function() return coaio.nwaiting() == 4 end)
      assert.equal(5, coaio.nreqs())
      for _, req in ipairs { sleep, busy, reads[1], reads[2] } do req:cancel() end
      coaio.aio_wait(group)
      assert(reader:close() and writer:close())
    end)
    assert.equal(0, coaio.nwaiting())
  end)
end)
