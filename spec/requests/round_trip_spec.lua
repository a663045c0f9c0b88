-- What coaio hands out it takes: times to the nanosecond and of any year, modes, ids, device numbers, owners, settings.
-- Witnesses are stat(1) and touch(1).

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh, raises = helper.run, helper.sh, helper.raises

describe("times", function()
  -- As touch -d takes them: years that nanoseconds in 64 bits do not reach, and the edges of seconds.
  local times = {
    "2400-02-29 12:34:56.123456789", "2262-04-12 00:00:00.000000001", "1969-12-31 23:59:59.999999999",
    "2026-11-30 21:35:50.999999999", "1901-12-14 00:00:00.5", "2106-02-07 06:28:16", "1970-01-01 00:00:00.1",
  }
  local far = { "1600-01-01 00:00:00.25", "9999-12-31 23:59:59.999999999", "1677-09-21 00:12:43.000000001" }

  local tmp = helper.tmpdir()
  local memory = sh "mktemp -d /dev/shm/coaio-spec.XXXXXX" -- on tmpfs no year is too far
  teardown(function()
    tmp.remove()
    sh("rm -rf %s", memory)
  end)

  local function of(path)
    return sh("stat -c '%%.9X %%.9Y' %s", path)
  end

  -- As stat(1) writes it.
  local function decimal(sec, nsec)
    if sec >= 0 or nsec == 0 then return ("%d.%09d"):format(sec, nsec) end
    return ("-%d.%09d"):format(-(sec + 1), 1000000000 - nsec)
  end

  -- Files with these times, where the file system can have them.
  local function each(fn)
    local function try(directory, list)
      for _, time in ipairs(list) do
        local from, to = directory .. "/from", directory .. "/to"
        sh("touch -d '2001-02-03 04:05:06.777777777 UTC' %s && touch -m -d %s %s && touch %s", from, time .. " UTC",
          from, to)
        fn(from, to)
      end
    end
    run(function()
      try(tmp.path, times)
      try(memory, times)
      try(memory, far)
    end)
  end

  it("of a stat object are those of the file, exactly", function()
    each(function(from, to)
      local stat = assert(coaio.aio_stat(from))
      assert.is_true(coaio.aio_utime(to, stat, stat))
      assert.equal(of(from), of(to))
      local fh <close> = assert(coaio.aio_open(to, "r+"))
      assert.is_true(coaio.aio_utime(fh, 0, 0))
      assert.is_true(coaio.aio_utime(fh, stat, stat))
      assert.equal(of(from), of(to))
    end)
  end)

  it("of a stat object are seconds and nanoseconds, exactly", function()
    each(function(from, to)
      local st = assert(coaio.aio_stat(from))
      assert.equal(of(from), decimal(st.atimesec, st.atimensec) .. " " .. decimal(st.mtimesec, st.mtimensec))
      assert.is_true(coaio.aio_utime(to, { st.atimesec, st.atimensec }, { st.mtimesec, st.mtimensec }))
      assert.equal(of(from), of(to))
    end)
  end)

  it("of a stat object come back as the same floats", function()
    each(function(from, to)
      local st = assert(coaio.aio_stat(from))
      assert.is_true(coaio.aio_utime(to, st.atime, st.mtime))
      local got = assert(coaio.aio_stat(to))
      assert.equal(st.atime, got.atime)
      assert.equal(st.mtime, got.mtime)
    end)
  end)

  it("are left as they are, or become now", function()
    local path = tmp:file("kept")
    run(function()
      assert.is_true(coaio.aio_utime(path, 1, { 2, 3 }))
      assert.is_true(coaio.aio_utime(path, coaio.TIME_OMIT, 5))
      assert.equal("1.000000000 5.000000000", of(path))
      assert.is_true(coaio.aio_utime(path, 7, coaio.TIME_OMIT))
      assert.equal("7.000000000 5.000000000", of(path))
      assert.is_true(coaio.aio_utime(path, coaio.TIME_NOW, coaio.TIME_OMIT))
      assert.is_true(sh("stat -c %%X %s", path) + 0 > 1e9)
    end)
  end)

  it("that are none are refused", function()
    local wrong = "#2 to 'aio_utime'"
    for _, time in ipairs { 0 / 0, math.huge, -math.huge, 2.0 ^ 63, {}, { 1 }, { 1, -1 }, { 1, 1000000000 }, { 1.5, 0 },
      { "1", 0 }, { 1, 0.5 }, "1", true, io.stdout, setmetatable({ 1, 2 }, {}) } do
      raises(wrong, coaio.aio_utime, "/nope", time, 0)
    end
    for _, time in ipairs { -2.0 ^ 63, 2.0 ^ 62, math.maxinteger, math.mininteger + 2, { math.maxinteger, 0 } } do
      helper.failed("ENOENT", "/nope", run(coaio.aio_utime, "/nope", time, 0))
    end
  end)
end)

describe("the mode of a stat object", function()
  it("is taken for the permissions of another", function()
    local tmp = helper.tmpdir()
    sh("touch %s && chmod 2640 %s && mkdir -m 1750 %s", tmp "file", tmp "file", tmp "dir")
    run(function()
      local file, dir = assert(coaio.aio_stat(tmp "file")), assert(coaio.aio_stat(tmp "dir"))
      assert(coaio.aio_close(assert(coaio.aio_open(tmp "file2", "w", file.mode))))
      assert(coaio.aio_mkdir(tmp "dir2", dir.mode))
      local wd = assert(coaio.aio_wd(tmp.path, { beneath = true }))
      assert(coaio.aio_close(assert(coaio.aio_open({ wd, "file3" }, "w", file.mode))))
      assert(coaio.aio_mkdir({ wd, "dir3" }, dir.mode))
      for i = 2, 3 do
        assert.is_true(coaio.aio_chmod(tmp("file" .. i), file.mode))
        assert.is_true(coaio.aio_chmod(tmp("dir" .. i), dir.mode))
        assert.equal("2640", sh("stat -c %%a %s", tmp("file" .. i)))
        assert.equal("1750", sh("stat -c %%a %s", tmp("dir" .. i)))
      end
      helper.failed("EINVAL", tmp "file", coaio.aio_chmod(tmp "file", file.mode | 1 << 16))
    end)
    tmp.remove()
  end)

  it("and its device number make the same device", function()
    local tmp = helper.tmpdir()
    run(function()
      local null = assert(coaio.aio_stat "/dev/null")
      local ok, message, code = coaio.aio_mknod(tmp "null", null.mode, null.rdev)
      if not ok then return assert.equal(coaio.errno.EPERM, code, message) end
      assert.equal(sh("stat -c '%%F %%t %%T' /dev/null"), sh("stat -c '%%F %%t %%T' %s", tmp "null"))
    end)
    tmp.remove()
  end)
end)

describe("numbers that are handed out", function()
  it("as owners change nothing", function()
    local tmp = helper.tmpdir()
    run(function()
      local st = assert(coaio.aio_stat(tmp.path))
      assert.is_true(coaio.aio_chown(tmp.path, st.uid, st.gid))
      if helper.root then
        assert.is_true(coaio.aio_chown(tmp.path, 4294967294, 4294967294))
        st = assert(coaio.aio_stat(tmp.path))
        assert.is_true(coaio.aio_chown(tmp.path, st.uid, st.gid))
        assert.equal("4294967294 4294967294", sh("stat -c '%%u %%g' %s", tmp.path))
      end
    end)
    tmp.remove()
  end)

  it("as device numbers are put together and taken apart", function()
    for _, parts in ipairs { { 0, 0 }, { 8, 1 }, { 4095, 1048575 }, { 4294967295, 4294967295 }, { 2147483648, 7 } } do
      local dev = coaio.makedev(parts[1], parts[2])
      assert.same(parts, { coaio.major(dev), coaio.minor(dev) })
      -- Linux takes 32 bits of them, and says so itself.
      helper.failed("ENOENT", "/nope/x", run(coaio.aio_mknod, "/nope/x", coaio.S_IFIFO, 0))
      local ok, _, code = run(coaio.aio_mknod, "/nope/x", coaio.S_IFCHR, dev)
      assert.is_nil(ok)
      assert.is_true(code == coaio.errno.ENOENT or code == coaio.errno.EINVAL)
    end
  end)

  it("as settings are what they were", function()
    for _, name in ipairs { "idle_timeout", "max_poll_time" } do
      local before = coaio[name]()
      for _, seconds in ipairs { 1e-10, 1e-9, 0.25, 3600, math.huge } do
        coaio[name](seconds)
        local got = coaio[name]()
        assert.is_true(got > 0, "more than nothing is not nothing, which means no limit")
        coaio[name](got)
        assert.equal(got, coaio[name]())
      end
      coaio[name](before)
      assert.equal(before, coaio[name]())
    end
  end)

  it("as the owner of a descriptor are taken back, or refused with a reason", function()
    run(function()
      local r, w = coaio.pipe2()
      assert.equal(0, coaio.aio_fcntl(r, coaio.F_SETOWN, helper.pid))
      assert.equal(helper.pid, coaio.aio_fcntl(r, coaio.F_GETOWN))
      local group = tonumber(helper.slurp "/proc/self/stat":match "%) %u %d+ (%d+)")
      assert.equal(0, coaio.aio_fcntl(r, coaio.F_SETOWN, -group))
      helper.failed("ERANGE", nil, coaio.aio_fcntl(r, coaio.F_GETOWN))
      local _, owner = assert(coaio.aio_fcntl(r, coaio.F_GETOWN_EX, ("\0"):rep(8)))
      assert.same({ coaio.F_OWNER_PGRP, group, 9 }, { string.unpack("=i4i4", owner) })
      assert.equal(0, coaio.aio_fcntl(w, coaio.F_SETOWN_EX, owner))
      helper.failed("ERANGE", nil, coaio.aio_fcntl(w, coaio.F_GETOWN))
      coaio.aio_close(r)
      coaio.aio_close(w)
    end)
  end)

  it("as seconds may be for ever", function()
    run(function()
      local request = require "coaio.request"
      local sleeps = request.aio_sleep(math.huge)
      sleeps:timeout(math.huge)
      sleeps:timeout(0)
      helper.failed("ETIMEDOUT", nil, coaio.aio_wait(sleeps))
      assert.equal("done", coaio.timeout(math.huge, function() return "done" end))
    end)
  end)
end)

describe("a timer", function()
  it("of less than a nanosecond goes off, and is not disarmed", function()
    run(function()
      local timer <close> = coaio.timerfd_create(coaio.CLOCK_MONOTONIC)
      for _, seconds in ipairs { 1e-10, 4e-10, 5e-324, 1e-9 } do
        assert(coaio.timerfd_settime(timer, 0, 0, seconds))
        assert.equal(1, (string.unpack("=I8", coaio.aio_read(timer, nil, 8))))
        assert(coaio.timerfd_settime(timer, 0, seconds, 1000))
        assert.equal(1e-9, (coaio.timerfd_gettime(timer)))
      end
    end)
  end)

  it("takes the times that it gives, however long", function()
    local timer <close> = coaio.timerfd_create(coaio.CLOCK_MONOTONIC)
    for _, seconds in ipairs { 0.000000001, 1.5, 9223372036, 1e12 } do
      assert(coaio.timerfd_settime(timer, 0, seconds, seconds))
      local interval, value = coaio.timerfd_gettime(timer)
      assert(coaio.timerfd_settime(timer, 0, interval, value))
      assert.equal(interval, (coaio.timerfd_gettime(timer)))
    end
  end)
end)
