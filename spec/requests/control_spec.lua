-- Requests about descriptors and memory: aio_fcntl, aio_ioctl, aio_fiemap, aio_msync, aio_mtouch, aio_mlock,
-- aio_mlockall. Witnesses are /proc, flock(1) through /proc/locks, and filefrag(8) where it is there.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

-- A child that runs `source` as a coaio program and prints what it returns.
local function child(source, options)
  return helper.works("local coaio = require 'coaio'\nio.write(tostring(coaio.run(function()\n" .. source
    .. "\nend)))", options)
end

local function field(name)
  return tonumber(helper.slurp("/proc/" .. helper.pid .. "/status"):match(name .. ":%s*(%d+)"))
end

describe("aio_fcntl", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  it("gets and sets flags", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r+"))
      assert.equal(coaio.O_RDWR, coaio.aio_fcntl(fh, coaio.F_GETFL) & 3)
      assert.equal(1, coaio.aio_fcntl(fh, coaio.F_GETFD))
      assert.equal(0, coaio.aio_fcntl(fh, coaio.F_SETFL, coaio.O_APPEND))
      local fdinfo = helper.slurp(("/proc/self/fdinfo/%d"):format(fh:fileno()))
      assert.equal(coaio.O_APPEND, tonumber(fdinfo:match "flags:%s*(%d+)", 8) & coaio.O_APPEND)
    end)
  end)

  it("closes a duplicate that nobody takes", function()
    run(function() -- which looks for descriptors that are left
      local fh <close> = assert(coaio.aio_open(path, "r"))
      for _, command in ipairs { coaio.F_DUPFD, coaio.F_DUPFD_CLOEXEC } do
        local co = coroutine.create(function() coaio.aio_fcntl(fh, command, 0) end)
        assert(coroutine.resume(co))
        assert(coroutine.close(co))
      end
    end)
  end)

  it("takes a lock described by a table, and another process sees it", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r+"))
      local lock = { type = coaio.F_WRLCK, whence = coaio.SEEK_SET, start = 2, len = 3 }
      assert.equal(0, assert(coaio.aio_fcntl(fh, coaio.F_SETLK, lock)))
      local inode = sh("stat -c %%i %s", path)
      assert.truthy(helper.slurp("/proc/locks"):find("POSIX%s+ADVISORY%s+WRITE %d+ %x+:%x+:" .. inode .. " 2 4"))
      local seen = child([[
        local fh = assert(coaio.aio_open(arg[1], "r+"))
        local lock = { type = coaio.F_WRLCK, start = 0, len = 0 }
        assert(coaio.aio_fcntl(fh, coaio.F_GETLK, lock))
        local _, _, code = coaio.aio_fcntl(fh, coaio.F_SETLK, { type = coaio.F_WRLCK })
        local same = lock.type == coaio.F_WRLCK
        return ("%s %d %d %d %s"):format(same, lock.start, lock.len, lock.pid, coaio.errname(code))
      ]], { args = { path } })
      assert.truthy(seen:find("^true 2 3 " .. helper.pid .. " EA"), seen)
    end)
  end)

  it("waits for a lock, and a cancel ends the waiting", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r+"))
      assert(coaio.aio_fcntl(fh, coaio.F_SETLK, { type = coaio.F_WRLCK }))
      local seen = child([[
        local fh = assert(coaio.aio_open(arg[1], "r+"))
        return (select(2, coaio.timeout(0.05, coaio.aio_fcntl, fh, coaio.F_SETLKW, { type = coaio.F_WRLCK })))
      ]], { args = { path } })
      assert.equal("timed out", seen)
    end)
  end)

  it("fails as fcntl(2) does, and refuses what is no argument", function()
    run(function()
      helper.failed("EBADF", nil, coaio.aio_fcntl(9999, coaio.F_GETFL))
      helper.failed("EINVAL", nil, coaio.aio_fcntl(0, 987654))
      helper.raises("aio_fcntl", coaio.aio_fcntl, 0, coaio.F_SETLK, { type = "write" })
      helper.raises("field 'type'", coaio.aio_fcntl, 0, coaio.F_SETLK, { typ = coaio.F_WRLCK })
      helper.raises("aio_fcntl", coaio.aio_fcntl, 0, "F_GETFL")
      helper.raises("aio_fcntl", coaio.aio_fcntl, 0, coaio.F_SETFL, print)
    end)
  end)
end)

describe("aio_ioctl", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  local FIONREAD = 0x541B
  teardown(tmp.remove)

  it("hands the bytes of a buffer or string back", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r"))
      local result, bytes = coaio.aio_ioctl(fh, FIONREAD, ("\0"):rep(4))
      assert.equal("0 7", result .. " " .. string.unpack("i4", bytes))
      local buffer = coaio.buffer(4)
      assert.equal(0, coaio.aio_ioctl(fh, FIONREAD, buffer))
      assert.equal(7, (string.unpack("i4", tostring(buffer))))
    end)
  end)

  it("fails as ioctl(2) does", function()
    run(function()
      helper.failed("EBADF", nil, coaio.aio_ioctl(9999, FIONREAD, ("\0"):rep(4)))
      helper.failed("ENOTTY", nil, coaio.aio_ioctl(assert(io.open "/dev/null"), 0x5401, ("\0"):rep(64)))
    end)
  end)
end)

describe("aio_fiemap", function()
  local tmp = helper.tmpdir()
  local path = tmp "file"
  sh("dd if=/dev/zero of=%s bs=64k count=1 status=none", path)
  sh("dd if=/dev/zero of=%s bs=64k count=1 seek=2 conv=notrunc status=none", path)
  sh("sync %s", path)
  teardown(tmp.remove)

  it("lists extents, or counts them", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r"))
      local extents, _, code = coaio.aio_fiemap(fh, 0, nil, coaio.FIEMAP_FLAG_SYNC)
      if not extents then
        assert.is_true(code == coaio.errno.EOPNOTSUPP or code == coaio.errno.ENOTTY) -- tmpfs, overlay
        return
      end
      local bytes = 0
      for _, extent in ipairs(extents) do
        bytes = bytes + extent.length
        assert.equal("integer", math.type(extent.logical))
        assert.equal("integer", math.type(extent.physical))
        assert.same({ extent.logical, extent.physical, extent.length, extent.flags }, { table.unpack(extent) })
        assert.equal("integer", math.type(extent.flags))
      end
      assert.equal(131072, bytes)
      assert.equal(#extents, coaio.aio_fiemap(fh, 0, nil, 0, 0))
      assert.equal(#extents, coaio.aio_fiemap(fh, 0, nil, 0, 0.0))
      assert.equal(1, #assert(coaio.aio_fiemap(fh, 0, nil, 0, 1)))
      assert.equal(131072, assert(coaio.aio_fiemap(fh, 70000, nil, 0))[1].logical)
    end)
  end)

  it("fails where there are no extents", function()
    run(function()
      helper.failed("EBADF", nil, coaio.aio_fiemap(9999))
      assert.is_nil(coaio.aio_fiemap(assert(io.open "/dev/null")))
    end)
  end)
end)

describe("requests on memory", function()
  local size = 1 << 16

  it("touch it: aio_mtouch", function()
    run(function()
      local buffer = coaio.buffer(size, 4096)
      buffer:set(5, "content")
      assert.is_true(coaio.aio_mtouch(buffer))
      assert.is_true(coaio.aio_mtouch(buffer, 4096, 8192))
      assert.is_true(coaio.aio_mtouch(buffer, 0, nil, coaio.MT_MODIFY))
      assert.equal("content", buffer:sub(6, 12))
    end)
  end)

  it("keep it in memory: aio_mlock", function()
    if (os.getenv "COAIO_SAN" or "") ~= "" then return pending "sanitizers make mlock(2) do nothing" end
    run(function()
      local buffer = coaio.buffer(size, 4096)
      local before = field "VmLck"
      local ok, _, code = coaio.aio_mlock(buffer)
      if not ok then
        assert.is_true(code == coaio.errno.ENOMEM or code == coaio.errno.EPERM)
        return
      end
      assert.is_true(field "VmLck" >= before + size // 1024)
    end)
  end)

  it("write it out: aio_msync, which wants mapped memory and whole pages", function()
    run(function()
      local buffer = coaio.buffer(size, 4096)
      assert.is_true(coaio.aio_msync(buffer, 0, nil, coaio.MS_SYNC))
      helper.failed("EINVAL", nil, coaio.aio_msync(buffer, 0, nil, coaio.MS_SYNC | coaio.MS_ASYNC))
      helper.failed("EINVAL", nil, coaio.aio_msync(buffer, 0, nil, 1 << 20))
    end)
  end)

  it("take only buffers, and ranges in them", function()
    run(function()
      for _, name in ipairs { "aio_msync", "aio_mtouch", "aio_mlock" } do
        local buffer = coaio.buffer(100)
        helper.raises(name, coaio[name], "a string")
        helper.raises(name, coaio[name])
        helper.raises(name, coaio[name], buffer, 101)
        helper.raises(name, coaio[name], buffer, 50, 51)
        helper.raises(name, coaio[name], buffer, -101)
      end
    end)
  end)

  it("keep all of the process: aio_mlockall", function()
    if (os.getenv "COAIO_SAN" or "") ~= "" then return pending "sanitizers make mlockall(2) do nothing" end
    helper.failed("EINVAL", nil, run(coaio.aio_mlockall, 0))
    local seen = child [[
      local ok, message, code = coaio.aio_mlockall(coaio.MCL_CURRENT)
      if not ok then return coaio.errname(code) end
      for line in io.lines "/proc/self/status" do
        local locked = line:match "VmLck:%s*(%d+)"
        if locked then return tonumber(locked) > 0 end
      end
    ]]
    assert.is_true(seen == "true" or seen == "ENOMEM" or seen == "EPERM", seen)
  end)
end)
