-- The collector as an enemy: it runs all the time, in both of its modes, while requests are under way.

local coaio = require "coaio"
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

  local modes = {
    incremental = function() collectgarbage("incremental", 1, 10000, 0) end,
    generational = function() collectgarbage("generational", 1, 1) end,
    ["full at every call"] = function()
      debug.sethook(function() collectgarbage() end, "", 5000)
    end,
  }

  for name, set in pairs(modes) do
    it("in mode " .. name .. " everything is as without", function()
      set()
      local ok, err = pcall(run, work, 40)
      debug.sethook()
      collectgarbage("incremental", 200, 100, 13)
      assert(ok, err)
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
