-- aio_flock: who excludes whom is what flock(1) says.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

describe("aio_flock", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "")
  teardown(tmp.remove)

  -- What flock(1), another process, can have of the file at once.
  local function others_can(mode)
    return helper.sh("flock -n --%s %s true && echo yes || echo no", mode, path) == "yes"
  end

  it("locks, shared or alone, and unlocks", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path))
      assert.is_true(coaio.aio_flock(fh, coaio.LOCK_SH))
      assert.same({ true, false }, { others_can "shared", others_can "exclusive" })
      assert.is_true(coaio.aio_flock(fh, coaio.LOCK_EX))
      assert.same({ false, false }, { others_can "shared", others_can "exclusive" })
      assert.is_true(coaio.aio_flock(fh, coaio.LOCK_UN))
      assert.same({ true, true }, { others_can "shared", others_can "exclusive" })
    end)
  end)

  it("waits for another open of the same file, while others run, or does not", function()
    run(function()
      local a, b = assert(coaio.aio_open(path)), assert(coaio.aio_open(path))
      assert(coaio.aio_flock(a, coaio.LOCK_EX))
      helper.failed("EAGAIN", nil, coaio.aio_flock(b, coaio.LOCK_EX | coaio.LOCK_NB))
      local waits = coaio.async(coaio.aio_flock, b, coaio.LOCK_EX)
      coaio.cede()
      assert.equal("directory", coaio.aio_stat("/").type)
      assert(coaio.aio_flock(a, coaio.LOCK_UN))
      assert.is_true(waits:join())
      assert.is_false(others_can "shared")
      assert(a:close() and b:close())
      assert.is_true(others_can "exclusive")
    end)
  end)

  it("can be cancelled, and then has no lock", function()
    run(function()
      local a <close>, b <const> = assert(coaio.aio_open(path)), assert(coaio.aio_open(path))
      assert(coaio.aio_flock(a, coaio.LOCK_EX))
      assert.equal("timed out", select(2, coaio.timeout(0.01, coaio.aio_flock, b, coaio.LOCK_EX)))
      assert(coaio.aio_flock(a, coaio.LOCK_UN))
      assert.is_true(others_can "exclusive")
      assert(b:close())
    end)
  end)

  it("unlocks, and asks, where as many wait as the slow lane has workers", function()
    local before = coaio.max_slow(2)
    run(function()
      local lock = { type = coaio.F_WRLCK, whence = coaio.SEEK_SET, start = 0, len = 0 }
      local holder = assert(coaio.aio_open(path, "r+"))
      assert(coaio.aio_flock(holder, coaio.LOCK_EX))
      assert(coaio.aio_fcntl(holder, coaio.F_OFD_SETLK, lock))
      local tasks = {}
      for i = 1, 4 do
        tasks[i] = coaio.async(function()
          local fh <close> = assert(coaio.aio_open(path, "r+"))
          if i % 2 == 0 then
            assert(coaio.aio_flock(fh, coaio.LOCK_EX))
            assert(coaio.aio_flock(fh, coaio.LOCK_UN))
          else
            assert(coaio.aio_fcntl(fh, coaio.F_OFD_SETLKW, lock))
          end
          return i
        end)
      end
      helper.until_true(function() return #coaio.stuck(true) == 2 end)
      assert.is_truthy(coaio.aio_fcntl(holder, coaio.F_GETFL))
      lock.type = coaio.F_UNLCK
      assert(coaio.aio_fcntl(holder, coaio.F_OFD_SETLK, lock))
      assert(coaio.aio_flock(holder, coaio.LOCK_UN))
      lock.type = coaio.F_WRLCK
      for i, task in ipairs(tasks) do assert.equal(i, task:join()) end
      assert(holder:close())
    end)
    coaio.max_slow(before)
  end)

  it("unlocks in a cancelled task as well", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path))
      local locked
      local task = coaio.async(function()
        locked = assert(coaio.aio_flock(fh, coaio.LOCK_EX))
        pcall(coaio.sleep, 1000)
        coaio.aio_flock(fh, coaio.LOCK_UN)
      end)
      helper.until_true(function() return locked end)
      assert.is_false(others_can "shared")
      task:cancel()
      pcall(task.join, task)
      assert.is_true(others_can "exclusive")
    end)
  end)

  it("refuses what is no operation", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path))
      helper.failed("EINVAL", nil, coaio.aio_flock(fh, 0))
      helper.failed("EBADF", nil, coaio.aio_flock(1000000, coaio.LOCK_SH))
    end)
  end)
end)
