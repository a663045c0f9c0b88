-- Groups: aio_group, their life, members, results and feeders.

local coaio = require "coaio"
local request = require "coaio.request"
local helper = require "spec.helper"
local run, reported = helper.run, helper.reported

local function nap() return request.aio_sleep(0.001) end
local function forever() return request.aio_sleep(100000) end

describe("a group of request.aio_group", function()
  it("finishes at the next poll when it is empty, and counts until then", function()
    local called = 0
    request.aio_group(function(...)
      assert.same({ true }, { ... })
      called = called + 1
    end)
    assert.equal(1, coaio.nreqs())
    assert.equal(0, called)
    coaio.poll()
    assert.equal(1, called)
    assert.equal(0, coaio.nreqs())
  end)

  it("finishes after all its members", function()
    run(function()
      local ended, hit = 0, helper.expect(1)
      local group = request.aio_group(function()
        assert.equal(5, ended)
        hit()
      end)
      for _ = 1, 5 do group:add(request.aio_sleep(0.002, function() ended = ended + 1 end)) end
      assert.is_true(coaio.aio_wait(group))
    end)
  end)

  it("takes members in callbacks of members", function()
    run(function()
      local depth = 0
      local group = request.aio_group()
      local function deeper()
        depth = depth + 1
        if depth < 10 then group:add(request.aio_nop(deeper)) end
      end
      group:add(request.aio_nop(deeper))
      coaio.aio_wait(group)
      assert.equal(10, depth)
    end)
  end)

  it("waits for callbacks that wait, and takes members after that", function()
    run(function()
      local log = {}
      local group = request.aio_group(function() log[#log + 1] = "group" end)
      group:add(request.aio_nop(function()
        coaio.sleep(0.005)
        log[#log + 1] = "first"
        group:add(request.aio_nop(function()
          coaio.sleep(0.002)
          log[#log + 1] = "second"
        end))
      end))
      coaio.aio_wait(group)
      assert.same({ "first", "second", "group" }, log)
    end)
  end)

  it("is a member of another group", function()
    run(function()
      local log = {}
      local function note(name) return function() log[#log + 1] = name end end
      local outer, middle, inner = request.aio_group(note "outer"), request.aio_group(note "middle"),
        request.aio_group(note "inner")
      outer:add(middle)
      middle:add(inner)
      inner:add(request.aio_sleep(0.002, note "member"))
      coaio.aio_wait(outer)
      assert.same({ "member", "inner", "middle", "outer" }, log)
    end)
  end)

  it("works in the main chunk", function()
    local count = 0
    local group = request.aio_group()
    for _ = 1, 10 do group:add(request.aio_busy(0, function() count = count + 1 end)) end
    assert.is_true(coaio.aio_wait(group))
    assert.equal(10, count)
  end)
end)

describe("a group of coaio.aio_group", function()
  it("needs nobody to have loaded coaio.request", function()
    assert.equal("called true\ntrue\ntrue\n", (helper.works([[
      local coaio = require "coaio"
      coaio.run(function()
        print(coaio.aio_wait(coaio.aio_group(function(...) print("called", ...) end)))
        print(coaio.aio_wait(coaio.aio_group()))
      end)]]):gsub("\t", " ")))
  end)

  it("stays open until it is waited for", function()
    run(function()
      local group = coaio.aio_group()
      coaio.sleep(0.002)
      group:add((nap()))
      coaio.sleep(0.005)
      local late = false
      group:add(request.aio_nop(function() late = true end))
      assert.is_true(coaio.aio_wait(group))
      assert.is_true(late)
      helper.raises("finished", group.add, group, nap())
    end)
  end)

  it("or closed, or given a result", function()
    run(function()
      local hit = helper.expect(2)
      coaio.aio_group(hit):close()
      coaio.aio_group(function(...)
        assert.same({ "a", "b" }, { ... })
        hit()
      end):result("a", "b")
    end)
  end)

  it("that nobody closes is a deadlock for who waits for its member", function()
    local group
    helper.raises("deadlock", coaio.run, function()
      group = coaio.aio_group()
      local outer = request.aio_group()
      outer:add(group)
      coaio.aio_wait(outer)
    end)
    group:close()
    while coaio.nreqs() > 0 do coaio.poll_cb() end
  end)
end)

describe("the method", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("add returns its arguments", function()
    run(function()
      local group, a, b = request.aio_group(), nap(), nap()
      local x, y, z = group:add(a, b)
      assert.is_true(x == a and y == b and z == nil)
      assert.equal(0, select("#", group:add()))
      assert.is_true(group:add(a) == a) -- again
    end)
  end)

  it("add takes finished requests, and closes that wait", function()
    run(function()
      local done = request.aio_nop()
      coaio.aio_wait(done)
      local fh = assert(coaio.aio_open(tmp:fifo "fifo", coaio.O_RDWR))
      request.aio_read(fh, nil, 1)
      local group = request.aio_group()
      local closed = false
      group:add(done, request.aio_close(fh, function() closed = true end))
      coaio.aio_wait(group)
      assert.is_true(closed)
    end)
  end)

  it("cancel does not stop a close", function()
    run(function()
      local group = coaio.aio_group()
      local closes = {}
      for i = 1, 10 do
        closes[i] = request.aio_close(assert(coaio.aio_open("/etc/passwd", "r")))
        group:add(closes[i])
      end
      assert.is_true(group:cancel())
      helper.failed("ECANCELED", nil, coaio.aio_wait(group))
      for _, close in ipairs(closes) do assert.is_true(coaio.aio_wait(close)) end
    end) -- which finds descriptors that are left over
  end)

  it("add refuses what cannot be", function()
    run(function()
      local group, other, member = request.aio_group(), request.aio_group(), nap()
      group:add(member)
      helper.raises("another group", other.add, other, member)
      helper.raises("contain itself", group.add, group, group)
      group:add(other)
      helper.raises("contain itself", other.add, other, group)
      helper.raises("coaio.request", group.add, group, nil)
      helper.raises("coaio.request", group.add, group, member, 5)
      helper.raises("not a group", group.add, member, nap())
    end)
  end)

  it("cancel cancels the members, too", function()
    run(function()
      local hit = helper.expect(4)
      local function cancelled(...) helper.failed("ECANCELED", nil, ...) hit() end
      local outer, inner = request.aio_group(cancelled), request.aio_group(cancelled)
      outer:add(request.aio_sleep(100000, cancelled), inner)
      inner:add(request.aio_sleep(100000, cancelled))
      assert.is_true(outer:cancel())
      helper.failed("ECANCELED", nil, coaio.aio_wait(outer))
    end)
  end)

  it("cancel_subs spares the group", function()
    run(function()
      local hit = helper.expect(1)
      local group = request.aio_group(function(...) assert.same({ "early" }, { ... }) hit() end)
      group:add(forever(), forever(), forever())
      group:add(request.aio_nop(function() group:result "early" group:cancel_subs() end))
      assert.equal("early", coaio.aio_wait(group))
    end)
  end)

  it("result sets what the callback gets, the last one counts", function()
    run(function()
      local group = request.aio_group()
      group:result(1)
      group:result(nil, 2, nil)
      local results = table.pack(coaio.aio_wait(group))
      assert.equal(3, results.n)
      assert.same({ nil, 2, nil, n = 3 }, results)
      local none = request.aio_group()
      none:result()
      assert.equal(0, select("#", coaio.aio_wait(none)))
    end)
  end)

  it("errno makes it fail, and result or 0 undo that", function()
    run(function()
      local group = request.aio_group()
      group:errno(coaio.errno.EIO)
      helper.failed("EIO", nil, coaio.aio_wait(group))
      local undone = request.aio_group()
      undone:errno(coaio.errno.EIO)
      undone:errno(0)
      assert.is_true(coaio.aio_wait(undone))
      local results = request.aio_group()
      results:errno(coaio.errno.EIO)
      results:result "fine"
      assert.equal("fine", coaio.aio_wait(results))
      helper.raises("number of an error", request.aio_group().errno, request.aio_group(), -1)
    end)
  end)

  it("of a finished group raises where it would have no effect", function()
    run(function()
      local group = request.aio_group()
      coaio.aio_wait(group)
      for name, argument in pairs { add = nap(), result = 1, errno = 1, feed = print, limit = 1 } do
        helper.raises("finished", group[name], group, argument)
      end
      assert.is_true(group:close() == group)
      assert.is_true(group:cancel_subs() == group)
      assert.is_false(group:cancel())
      assert.truthy(tostring(group):find "^coaio.group")
    end)
  end)
end)

describe("a feeder", function()
  it("is called at once, and keeps the group at its limit", function()
    run(function()
      local left, running, most = 50, 0, 0
      local group = request.aio_group()
      group:limit(7)
      group:feed(function(self)
        assert.is_true(self == group)
        if left == 0 then return end
        left, running = left - 1, running + 1
        most = math.max(most, running)
        self:add(request.aio_busy(0.0001, function() running = running - 1 end))
      end)
      assert.equal(43, left)
      coaio.aio_wait(group)
      assert.same({ 0, 0, 7 }, { left, running, most })
    end)
  end)

  it("counts members whose callbacks wait", function()
    run(function()
      local left, running, most = 20, 0, 0
      local group = request.aio_group()
      group:limit(3)
      group:feed(function()
        if left == 0 then return end
        left, running = left - 1, running + 1
        most = math.max(most, running)
        group:add(request.aio_nop(function()
          coaio.sleep(0.001)
          running = running - 1
        end))
      end)
      coaio.aio_wait(group)
      assert.same({ 0, 0, 3 }, { left, running, most })
    end)
  end)

  it("may add many, and is dropped when it adds none", function()
    run(function()
      local calls = 0
      local group = request.aio_group()
      group:feed(function()
        calls = calls + 1
        if calls <= 2 then for _ = 1, 10 do group:add((nap())) end end
      end)
      coaio.aio_wait(group)
      assert.equal(3, calls)
    end)
  end)

  it("pauses at limit 0, and goes on", function()
    run(function()
      local left = 10
      local group = coaio.aio_group()
      group:limit(0)
      group:feed(function()
        if left > 0 then left = left - 1 group:add((nap())) end
      end)
      coaio.sleep(0.005)
      assert.equal(10, left)
      group:limit(4)
      assert.equal(6, left)
      coaio.aio_wait(group)
      assert.equal(0, left)
    end)
  end)

  it("is replaced, or taken away", function()
    run(function()
      local group = coaio.aio_group()
      group:add(forever())
      group:feed(function() group:add(forever()) end)
      group:feed(function() error "never called: the group is full" end)
      group:feed(nil)
      group:cancel_subs()
      coaio.aio_wait(group)
    end)
  end)

  it("that raises is reported and dropped", function()
    local calls = 0
    local errors = reported(function()
      local group = request.aio_group()
      group:limit(5)
      group:feed(function()
        calls = calls + 1
        group:add((nap()))
        if calls == 3 then error "oops" end
      end)
      assert.is_true(coaio.aio_wait(group))
    end)
    assert.equal(3, calls)
    assert.equal(1, #errors)
    assert.truthy(errors[1][1]:find "oops")
    assert.truthy(errors[1][2]:find "group_spec")
  end)

  it("may not yield, nor poll", function()
    local errors = reported(function()
      for _, fn in ipairs { coroutine.yield, coaio.poll, coaio.cede, function() coaio.async(print):join() end } do
        local group = request.aio_group()
        group:feed(function() fn() end)
        coaio.aio_wait(group)
      end
    end)
    assert.is_true(#errors >= 2, #errors .. " errors")
    for _, err in ipairs(errors) do assert.equal("string", type(err[1])) end
    assert.truthy(errors[1][1]:find "yield")
  end)

  it("may cancel its group", function()
    run(function()
      local group = request.aio_group()
      group:feed(function()
        group:add(forever())
        group:cancel()
      end)
      helper.failed("ECANCELED", nil, coaio.aio_wait(group))
    end)
  end)
end)
