-- The collector as an enemy: it runs all the time, in both of its modes, while requests are under way.

local coaio = require "coaio"
local request = require "coaio.request"
local helper = require "spec.helper"
local run = helper.run

describe("with a collector that never rests", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(200000)
  local path = tmp:file("content", content)
  teardown(tmp.remove)

  local function work(n)
    local hit = helper.expect(n, "worker")
    for i = 1, n do
      coaio.async(function()
        local fh <close> = assert(coaio.aio_open(path, "r"))
        local offset = i * 997
        assert(coaio.aio_read(fh, offset, 5000) == content:sub(offset + 1, offset + 5000))
        local buffer = coaio.buffer(0)
        assert(coaio.aio_read(fh, offset, 300, buffer) == 300)
        assert(tostring(buffer) == content:sub(offset + 1, offset + 300))
        assert(coaio.aio_stat(fh).size == #content)
        local out <close> = assert(coaio.aio_open(tmp("out" .. i), "w"))
        assert(coaio.aio_write(out, 0, nil, content:sub(1, 70000 + i)) == 70000 + i)
        assert(#coaio.aio_readdir("/") > 0)
        assert(not coaio.aio_stat "/nope")
        coaio.cede()
        hit()
      end)
    end
  end

  -- What makes and drops objects of all kinds: request objects, groups, tasks that are cancelled, generators.
  local function other_work(n)
    local hit = helper.expect(n, "worker")
    local function one()
      local group, called = coaio.aio_group(), 0
      for _ = 1, 3 do
        group:add(request.aio_stat(path, function(stat)
          coaio.cede()
          called = called + stat.size
        end))
      end
      coaio.aio_wait(group)
      assert(called == 3 * #content)
      assert(select(3, coaio.timeout(0.001, coaio.sleep, 100000)) == coaio.errno.ETIMEDOUT)
      local sleeper = coaio.async(function()
        local _ <close> = setmetatable({}, { __close = function() assert(coaio.aio_busy(0)) end })
        coaio.sleep(100000)
      end)
      coaio.cede()
      assert(sleeper:cancel())
      assert(not pcall(sleeper.join, sleeper))
      local next_name = coaio.coroutine.wrap(function()
        for _, name in ipairs(coaio.aio_readdir "/") do coaio.coroutine.yield(name) end
      end)
      assert(coaio.aio_lstat("/" .. next_name()))
      request.aio_open(path, "r") -- nobody gets it
      local results = coaio.map({ 1, 2, 3 }, 2, function(i) return coaio.aio_read(coaio.aio_open(path), i, 5) end)
      assert(results[3] == content:sub(4, 8))
    end
    for _ = 1, n do
      coaio.async(function()
        one()
        hit()
      end)
    end
  end

  local modes = {
    ["a round at every allocation"] = function() collectgarbage("incremental", 1, 1000, 24) end,
    generational = function() collectgarbage("generational", 1, 1) end,
    ["full at every call"] = function()
      debug.sethook(function() collectgarbage() end, "", 5000)
    end,
  }

  for name, set in pairs(modes) do
    it("in mode " .. name .. " everything is as without", function()
      set()
      local ok, err = pcall(run, work, 40)
      local others_ok, others_err = pcall(run, other_work, 20)
      debug.sethook()
      collectgarbage("incremental", 200, 100, 13)
      assert(ok, err)
      assert(others_ok, others_err)
      for i = 1, 40 do
        helper.sh("head -c %s %s | cmp - %s", 70000 + i, path, tmp("out" .. i))
      end
    end)
  end

  it("nothing that a request needs is collected, and everything after it", function()
    run(function()
      local alive = setmetatable({}, { __mode = "k" })
      for _ = 1, 20 do
        coaio.async(function()
          local fh = assert(coaio.aio_open(path, "r"))
          local buffer = coaio.buffer(1000)
          alive[fh], alive[buffer] = true, true
          assert(coaio.aio_read(fh, 0, 1000, buffer) == 1000)
          collectgarbage()
          assert(alive[fh] and alive[buffer])
          assert(fh:close())
        end)
      end
      coaio.sleep(0.001)
      helper.until_true(function()
        collectgarbage()
        return next(alive) == nil
      end)
    end)
  end)

  it("memory does not grow with the number of requests", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r"))
      local function round()
        for _ = 1, 2000 do
          assert(coaio.aio_read(fh, 0, 10))
          assert(coaio.aio_nop())
          assert(coaio.aio_stat "/")
          coaio.async(coaio.cede):join()
        end
        collectgarbage()
        collectgarbage()
        return collectgarbage "count"
      end
      round()
      local before = round()
      round()
      local after = round()
      assert.is_true(after - before < 64, ("%.1f KiB more"):format(after - before))
    end)
  end)

  it("a suspended coroutine that nobody holds is collected or finishes", function()
    run(function()
      for _ = 1, 200 do
        coroutine.wrap(function()
          local fh <close> = assert(coaio.aio_open(path, "r"))
          coaio.aio_read(fh, 0, 100)
        end)()
        collectgarbage "step"
      end
    end)
  end)
end)

-- Calls fn, while the collector makes a whole round at each allocation: the finalizer runs at the first one.
local function with_finalizer_inside(finalizer, fn, ...)
  local calling, ran_inside = true, false
  local function plant()
    setmetatable({}, { __gc = function()
      ran_inside = calling
      finalizer()
    end })
  end
  collectgarbage("incremental", 1, 1000, 24)
  collectgarbage "step"
  plant()
  local results = table.pack(pcall(fn, ...))
  calling = false
  collectgarbage("incremental", 200, 100, 13)
  assert(ran_inside, "the finalizer did not run inside the call")
  return table.unpack(results, 1, results.n)
end

describe("a finalizer that runs inside a call", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("content", helper.bytes(3000))
  local fifo = tmp:fifo "fifo"
  teardown(tmp.remove)

  it("and closes the file makes a call in callback style raise", function()
    run(function()
      local fh = assert(coaio.aio_open(path, "r"))
      local ok, err = with_finalizer_inside(function() fh:close() end, request.aio_read, fh, 0, 10)
      assert.is_false(ok)
      assert.truthy(err:find "bad argument #1 to 'aio_read' %(attempt to use a closed file%)")
    end)
  end)

  it("and resizes the buffer moves what is read along with it", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r"))
      local buffer = coaio.buffer "begin"
      local function move() buffer:resize(1 << 22):resize(7) end
      local ok, req = with_finalizer_inside(move, request.aio_read, fh, 0, 100, buffer, -2)
      assert(ok, req)
      assert.equal(100, coaio.aio_wait(req))
      assert.equal("begin" .. helper.slurp(path):sub(1, 100), tostring(buffer))
    end)
  end)

  -- In a process of its own, where no waiters are left over: some of the calls have to make new ones.
  it("and makes a request there takes no waiter from others", function()
    helper.works([[
      local coaio = require "coaio"
      local alive, started, inside = setmetatable({}, { __mode = "k" }), 0, false
      local function read_from_fifo(read)
        local file = assert(io.open(arg[1], "r+"))
        alive[file] = true
        started = started + 1
        read(file, nil, 1)
      end
      local function read_with_finalizer_inside(...)
        collectgarbage("incremental", 1, 1000, 24)
        collectgarbage "step"
        setmetatable({}, { __gc = function()
          if inside then coroutine.wrap(read_from_fifo)(coaio.aio_read) end
        end })
        inside = true
        coaio.aio_read(...)
      end
      for _ = 1, 100 do
        coroutine.wrap(read_from_fifo)(read_with_finalizer_inside)
        inside = false
      end
      assert(started > 100, "no finalizer ran inside a call")
      collectgarbage() -- runs finalizers
      collectgarbage() -- clears the table
      for _ in pairs(alive) do started = started - 1 end
      assert(started == 0, "a coroutine was collected that waits")
    ]], { args = { fifo } })
  end)
end)

describe("a buffer", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("content", "content")
  teardown(tmp.remove)

  it("keeps its length when a call for it is refused after waiting for room", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r"))
      local buffer = coaio.buffer "begin"
      coaio.max_outstanding(1)
      local first = coaio.async(coaio.aio_busy, 0.01)
      local second = coaio.async(coaio.aio_read, fh, 0, 4, buffer, -2)
      coaio.cede()
      assert.equal("begin", tostring(buffer))
      first:join()
      assert.equal(4, second:join())
      coaio.max_outstanding(0)
      assert.equal("begcont", tostring(buffer))
    end)
  end)
end)

describe("memory that runs out in Lua", function()
  it("raises in the coroutine and leaves the engine working", function()
    local script = [[
      local coaio = require "coaio"
      coaio.run(function()
        local zero = assert(coaio.aio_open("/dev/zero", "r"))
        local ok, err = pcall(coaio.aio_read, zero, 0, 1 << 28)
        if not ok then assert(tostring(err):find "memory", err) end
        assert(coaio.aio_stat("/").type == "directory")
        assert(coaio.aio_read(zero, 0, 3) == "\0\0\0")
      end)
      print "alive"
    ]]
    local wrap = "sh -c 'ulimit -v 400000; exec \"$0\" \"$@\"'"
    if (os.getenv "COAIO_SAN" or "") ~= "" then wrap = nil end -- sanitizers reserve address space without end
    assert.equal("alive\n", helper.works(script, { wrap = wrap }))
  end)
end)
