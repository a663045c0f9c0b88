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

  it("lets calls of coroutines wait, first come first served", function()
    run(function()
      local most, order = 0, {}
      coaio.max_outstanding(3)
      for i = 1, 40 do
        coaio.async(function()
          assert(coaio.aio_busy(0.0002))
          most = math.max(most, coaio.nreqs())
          order[#order + 1] = i
        end)
      end
      coaio.cede()
      assert.equal(3, coaio.nreqs())
      helper.until_true(function() return #order == 40 end)
      assert.is_true(most <= 4, most) -- the sleep above is the fourth
      assert.is_true(order[40] > 30 and order[1] < 10)
    end)
  end)

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
      local fh = assert(coaio.aio_open(fifo, coaio.O_RDWR))
      local blocker = request.aio_read(fh, nil, 1)
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
      fh:close()
    end)
  end)

  it("lets all go on when the limit goes", function()
    run(function()
      coaio.max_outstanding(1)
      local blocker = request.aio_sleep(100000)
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
end)
