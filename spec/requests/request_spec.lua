-- Callback style: request objects, their methods, aio_wait. What must be outstanding is a read of an empty FIFO or a
-- sleep, never luck.

local coaio = require "coaio"
local request = require "coaio.request"
local helper = require "spec.helper"
local run, sh, reported = helper.run, helper.sh, helper.reported

describe("a request in callback style", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  it("calls back with what the coroutine call returns", function()
    run(function()
      local hit = helper.expect(4)
      request.aio_stat(path, function(...)
        assert.equal(1, select("#", ...))
        assert.equal(tonumber(sh("stat -c %%i %s", path)), (...).ino)
        hit()
      end)
      request.aio_stat(tmp "none", function(...)
        helper.failed("ENOENT", tmp "none", ...)
        hit()
      end)
      request.aio_open(path, "r", nil, function(fh)
        request.aio_read(fh, 0, 4, function(data)
          assert.equal("cont", data)
          fh:close()
          hit()
        end)
        hit()
      end)
    end)
  end)

  it("never calls back inside the call, nor before a turn of the loop", function()
    run(function()
      local called = false
      local req = request.aio_nop(function() called = true end)
      assert.is_false(called)
      coaio.aio_wait(req)
      assert.is_true(called)
    end)
  end)

  it("works without a callback", function()
    run(function()
      request.aio_mkdir(tmp "made")
      request.aio_busy(0)
    end)
    assert.equal("directory", sh("stat -c %%F %s", tmp "made"))
  end)

  it("is started and finished from the main chunk by polling", function()
    local hits = 0
    request.aio_stat(path, function() hits = hits + 1 end)
    assert.equal(1, coaio.nreqs())
    while coaio.nreqs() > 0 do coaio.poll() end
    assert.equal(1, hits)
  end)

  it("may wait inside its callback", function()
    run(function()
      local hit = helper.expect(10)
      for _ = 1, 10 do
        request.aio_open(path, "r", 0, function(fh)
          coaio.sleep(0.001)
          assert.equal("content", coaio.aio_read(fh, 0, 100))
          assert(coaio.aio_close(fh))
          assert.equal("content", coaio.aio_wait(request.aio_load(path)))
          hit()
        end)
      end
    end)
  end)

  it("raises what the coroutine call raises", function()
    run(function()
      helper.raises("aio_stat", request.aio_stat, {}, print)
      helper.raises("aio_open", request.aio_open, path, {}, 0, print)
      helper.raises("aio_read", request.aio_read, "no file", 0, 1, print)
    end)
  end)

  it("reports an error in its callback and goes on", function()
    local errors = reported(function()
      local req = request.aio_stat(path, function() error "oops" end)
      request.aio_stat(path, function() coaio.cede() error({}) end)
      assert.equal("file", coaio.aio_wait(req).type)
      assert(coaio.aio_stat(path))
    end)
    assert.equal(2, #errors)
    table.sort(errors, function(a) return type(a[1]) == "string" end)
    assert.truthy(errors[1][1]:find "oops")
    assert.truthy(errors[1][2]:find "request_spec")
    assert.equal("table", type(errors[2][1]))
  end)
end)

describe("aio_wait", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  it("returns the results, after the callback has ended", function()
    run(function()
      local ended = false
      local req = request.aio_load(path, function()
        coaio.sleep(0.002)
        ended = true
      end)
      assert.equal("content", coaio.aio_wait(req))
      assert.is_true(ended)
    end)
  end)

  it("returns them again for a finished request", function()
    run(function()
      local req = request.aio_load(tmp "none")
      helper.failed("ENOENT", tmp "none", select(1, table.unpack({ coaio.aio_wait(req) }, 1, 3)))
      collectgarbage()
      local stat = request.aio_stat(path)
      local first = coaio.aio_wait(stat)
      assert.is_true(first == coaio.aio_wait(stat))
    end)
  end)

  it("serves many who wait", function()
    run(function()
      local hit = helper.expect(5)
      local req = request.aio_sleep(0.005)
      for _ = 1, 5 do
        coaio.async(function()
          assert.is_true(coaio.aio_wait(req))
          hit()
        end)
      end
    end)
  end)

  it("raises for oneself, and for what is no request", function()
    local errors = reported(function()
      local req
      req = request.aio_nop(function() coaio.aio_wait(req) end)
      assert.is_true(coaio.aio_wait(req))
      helper.raises("aio_wait", coaio.aio_wait, 5)
      helper.raises("aio_wait", coaio.aio_wait)
    end)
    assert.equal(1, #errors)
    assert.truthy(tostring(errors[1][1]):find "wait for itself")
  end)

  it("works in the main chunk and in a plain coroutine", function()
    assert.equal("content", coaio.aio_wait(request.aio_load(path)))
    run(function()
      local hit = helper.expect(1)
      coroutine.wrap(function()
        assert.equal("content", coaio.aio_wait(request.aio_load(path)))
        hit()
      end)()
    end)
  end)
end)

describe("the method", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  it("cancel delivers ECANCELED, once", function()
    run(function()
      local hit = helper.expect(2)
      local fh = assert(coaio.aio_open(tmp:fifo "fifo", coaio.O_RDWR))
      for _, req in ipairs {
        request.aio_sleep(100000, function(...) helper.failed("ECANCELED", nil, ...) hit() end),
        request.aio_read(fh, nil, 1, function(...) helper.failed("ECANCELED", nil, ...) hit() end),
      } do
        assert.is_true(req:cancel())
        coaio.aio_wait(req)
        assert.is_false(req:cancel())
      end
      fh:close()
    end)
  end)

  it("cb replaces the callback and returns the one before", function()
    run(function()
      local hit = helper.expect(1)
      local function first() error "called" end
      local req = request.aio_stat(path, first)
      assert.is_true(req:cb(function() hit() end) == first)
      local silent = request.aio_stat(path, first)
      assert.is_true(silent:cb(nil) == first)
      local late = request.aio_stat(path)
      assert.is_nil(late:cb(nil))
    end)
  end)

  it("prio decides who is served first", function()
    run(function()
      local order, before = {}, coaio.max_parallel(1)
      local fifo = tmp:fifo "order"
      local reqs = { request.aio_busy(0.01) }
      for priority = -4, 4 do
        local req = request.aio_busy(0.001, function() order[#order + 1] = priority end)
        reqs[#reqs + 1] = req
        assert.is_true(req:prio(priority) == req)
      end
      for _, req in ipairs(reqs) do coaio.aio_wait(req) end
      coaio.max_parallel(before)
      assert.same({ 4, 3, 2, 1, 0, -1, -2, -3, -4 }, order)
      assert(coaio.aio_unlink(fifo))
    end)
  end)

  it("timeout delivers ETIMEDOUT, whatever the request is doing", function()
    run(function()
      local hit = helper.expect(4)
      local function late(...) helper.failed("ETIMEDOUT", nil, ...) hit() end
      local fh = assert(coaio.aio_open(tmp:fifo "late", coaio.O_RDWR))
      local member = request.aio_sleep(100000)
      local reqs = { request.aio_sleep(100000, late), request.aio_read(fh, nil, 1, late), request.aio_group(late) }
      reqs[3]:add(member)
      coaio.cede()
      for _, req in ipairs(reqs) do assert.is_true(req:timeout(0) == req) end
      for _, req in ipairs(reqs) do coaio.aio_wait(req) end
      helper.failed("ECANCELED", nil, coaio.aio_wait(member))
      local ended = false
      local open = coaio.aio_group(function(...) late(...) ended = true end)
      open:timeout(0.001)
      helper.until_true(function() return ended end)
      fh:close()
    end)
  end)

  it("timeout replaces the one before, and nil removes it", function()
    run(function()
      local fh = assert(coaio.aio_open(tmp:fifo "removed", coaio.O_RDWR))
      local req = request.aio_read(fh, nil, 10)
      req:timeout(100000):timeout(0):timeout(nil)
      for _ = 1, 3 do coaio.sleep(0.001) end
      helper.failed("EINPROGRESS", nil, req:outcome())
      assert.equal(4, coaio.aio_write(fh, nil, nil, "late"))
      assert.equal("late", coaio.aio_wait(req))
      local again = request.aio_read(fh, nil, 10)
      again:timeout(0):timeout():timeout(100000)
      coaio.sleep(0.001)
      helper.failed("EINPROGRESS", nil, again:outcome())
      again:timeout(0)
      helper.failed("ETIMEDOUT", nil, coaio.aio_wait(again))
      fh:close()
    end)
  end)

  it("timeout does nothing to what is finished, and to a close", function()
    run(function()
      local fh = assert(coaio.aio_open(path, "r"))
      local read = request.aio_read(fh, 0, 4)
      coaio.aio_wait(read)
      assert.equal("cont", coaio.aio_wait(read:timeout(0)))
      assert.is_true(coaio.aio_wait(request.aio_close(fh):timeout(0)))
    end)
  end)

  it("timeout wants seconds", function()
    local req = request.aio_nop()
    for _, bad in ipairs { -1, 0 / 0, -math.huge } do helper.raises("seconds expected", req.timeout, req, bad) end
    helper.raises("number expected", req.timeout, req, false)
    assert.is_true(coaio.aio_wait(req))
  end)

  it("outcome tells what became of the operation", function()
    run(function()
      local fh = assert(coaio.aio_open(path, "r"))
      local read = request.aio_read(fh, 0, 4)
      coaio.aio_wait(read)
      assert.equal(4, read:outcome())
      local stuck = request.aio_sleep(100000)
      helper.failed("EINPROGRESS", nil, stuck:outcome())
      stuck:cancel()
      coaio.aio_wait(stuck)
      helper.failed("ECANCELED", nil, stuck:outcome())
      fh:close()
    end)
  end)

  it("backend tells who served it", function()
    run(function()
      local fh = assert(coaio.aio_open(path, "r"))
      local req = request.aio_fsync(fh)
      coaio.aio_wait(req)
      assert.equal(coaio.backend(), req:backend())
      local copy = request.aio_copy(path, tmp "copy")
      coaio.aio_wait(copy)
      assert.equal("threads", copy:backend())
      fh:close()
    end)
  end)

  it("of no request raises", function()
    local req = request.aio_nop()
    for _, name in ipairs { "cancel", "cb", "prio", "timeout", "outcome", "backend" } do
      helper.raises("coaio.request", req[name], 5, 1)
    end
    coaio.aio_wait(req)
    assert.truthy(tostring(req):find "^coaio.request")
  end)
end)
