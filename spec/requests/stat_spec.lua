-- aio_stat, aio_lstat, aio_fstat, aio_statvfs, aio_utime, aio_chown, aio_chmod, compared with stat(1).

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

-- The fields of a stat object as stat(1) prints them.
local witness_format = "%s %f %i %d %h %u %g %o %b %X %Y %Z %t %T"
local function witness(path, follow)
  local text = sh("stat " .. (follow and "-L " or "") .. "-c %s %s", witness_format, path)
  local values = {}
  for word in text:gmatch "%S+" do values[#values + 1] = word end
  local function hex(i) return tonumber(values[i], 16) end
  local function int(i) return math.tointeger(tonumber(values[i])) end
  return {
    size = int(1), mode = hex(2), ino = int(3), dev = int(4), nlink = int(5), uid = int(6), gid = int(7),
    blksize = int(8), blocks = int(9), atime = int(10), mtime = int(11), ctime = int(12),
    major = hex(13), minor = hex(14),
  }
end

-- A device number as makedev(3) makes it.
local function makedev(major, minor)
  return (major & ~0xfff) << 32 | (major & 0xfff) << 8 | (minor & ~0xff) << 12 | (minor & 0xff)
end

local function same(path, follow, stat)
  local expected = witness(path, follow)
  for _, field in ipairs { "size", "mode", "ino", "dev", "nlink", "uid", "gid", "blksize", "blocks" } do
    assert.equal(expected[field], stat[field], path .. ": " .. field)
    assert.equal("integer", math.type(stat[field]), field)
  end
  for _, field in ipairs { "atime", "mtime", "ctime" } do
    assert.equal(expected[field], math.floor(stat[field]), path .. ": " .. field)
  end
  if expected.mode & 0xb000 == 0x2000 then assert.equal(makedev(expected.major, expected.minor), stat.rdev) end
end

-- Inside a run: fn(target) for the path and for every kind of handle of its file.
local function for_every_target(path, fn)
  run(function()
    local io_file <close> = assert(io.open(path))
    local fh <close> = assert(coaio.aio_open(path, "r"))
    for _, target in ipairs { path, fh, fh:fileno(), io_file } do fn(target) end
  end)
end

describe("aio_stat, aio_lstat, aio_fstat", function()
  local tmp = helper.tmpdir()
  tmp:file("file", ("x"):rep(12345))
  tmp:fifo "fifo"
  sh("mkdir %s && chmod 2751 %s && ln -s file %s && ln -s nowhere %s", tmp "dir", tmp "dir", tmp "link", tmp "dangling")
  sh("ln %s %s && truncate -s 3G %s", tmp "file", tmp "hard", tmp "sparse")
  local paths = { tmp "file", tmp "dir", tmp "fifo", tmp "hard", tmp "sparse", "/dev/null", "/", "." }
  teardown(tmp.remove)

  it("agree with stat(1)", function()
    run(function()
      for _, path in ipairs(paths) do
        same(path, true, assert(coaio.aio_stat(path)))
        same(path, false, assert(coaio.aio_lstat(path)))
      end
      same(tmp "link", true, assert(coaio.aio_stat(tmp "link")))
      same(tmp "link", false, assert(coaio.aio_lstat(tmp "link")))
      same(tmp "dangling", false, assert(coaio.aio_lstat(tmp "dangling")))
      helper.failed("ENOENT", tmp "dangling", coaio.aio_stat(tmp "dangling"))
    end)
  end)

  it("take every kind of handle", function()
    for_every_target(tmp "file", function(target)
      same(tmp "file", false, assert(coaio.aio_stat(target)))
      if target ~= tmp "file" then same(tmp "file", false, assert(coaio.aio_fstat(target))) end
    end)
    run(function()
      local pipe <close> = assert(coaio.aio_open(tmp "fifo", coaio.O_RDWR))
      same(tmp "fifo", false, assert(coaio.aio_fstat(pipe)))
    end)
  end)

  it("name the type", function()
    run(function()
      local expected = { file = "file", dir = "directory", fifo = "fifo", link = "link", dangling = "link" }
      for name, kind in pairs(expected) do assert.equal(kind, coaio.aio_lstat(tmp(name)).type) end
      assert.equal("file", coaio.aio_stat(tmp "link").type)
      assert.equal("char", coaio.aio_stat("/dev/null").type)
      assert(coaio.aio_mknod(tmp "socket", 0xC000 | 420))
      assert.equal("socket", sh("stat -c %%F %s", tmp "socket"))
      assert.equal("socket", coaio.aio_stat(tmp "socket").type)
      local _, code = helper.try("mknod %s b 7 200", tmp "block")
      if code == 0 then
        local stat = coaio.aio_stat(tmp "block")
        assert.equal("block", stat.type)
        same(tmp "block", true, stat)
      end
    end)
  end)

  it("keep nanoseconds", function()
    local path = tmp:file("nano", "")
    sh("touch -a -d '2001-02-03 04:05:06.123456789 UTC' %s && touch -m -d '1969-12-31 23:59:58.25 UTC' %s", path, path)
    run(function()
      local stat = coaio.aio_stat(path)
      assert.equal(981173106, math.floor(stat.atime))
      assert.equal(123456789, stat.atimensec)
      assert.equal(-1.75, stat.mtime)
      assert.equal(250000000, stat.mtimensec)
      assert.is_true(math.abs(stat.atime - 981173106.123456789) < 1e-6)
      local seconds, fraction = sh("stat -c %%.9Z %s", path):match "(%d+)%.(%d+)"
      assert.equal(tonumber(seconds), math.floor(stat.ctime))
      assert.equal(tonumber(fraction), stat.ctimensec)
    end)
  end)

  it("know the time of birth where the file system does", function()
    local path = tmp:file("born", "")
    local birth = sh("stat -c %%.9W %s", path)
    run(function()
      local stat = coaio.aio_stat(path)
      if birth:find "^0" or birth == "-" then return end
      local seconds, fraction = birth:match "(%d+)%.(%d+)"
      assert.equal(tonumber(seconds), math.floor(stat.btime))
      assert.equal(tonumber(fraction), stat.btimensec)
    end)
  end)

  it("give an object that stays as it was, with no other fields", function()
    local path = tmp:file("first", "1")
    run(function()
      local first = assert(coaio.aio_stat(path))
      tmp:file("first", "22")
      local second = assert(coaio.aio_stat(path))
      assert.equal(1, first.size)
      assert.equal(2, second.size)
      assert.is_nil(first.sise)
      assert.is_nil(first[1])
      assert.is_false(pcall(function() first.size = 3 end))
      assert.equal(1, first.size)
      assert.truthy(tostring(first))
    end)
  end)

  it("report errors", function()
    run(function()
      helper.failed("ENOENT", "/nope", coaio.aio_stat("/nope"))
      helper.failed("ENOENT", "/nope", coaio.aio_lstat("/nope"))
      helper.failed("ENOTDIR", tmp "file/x", coaio.aio_stat(tmp "file/x"))
      helper.failed("EBADF", nil, coaio.aio_stat(54321))
      helper.failed("EBADF", nil, coaio.aio_fstat(54321))
      helper.failed("ELOOP", tmp "loop", select(2, sh("ln -s loop %s", tmp "loop"), coaio.aio_stat(tmp "loop")))
    end)
  end)

  it("serve many at a time", function()
    run(function()
      local hit = helper.expect(500, "stat")
      for i = 1, 500 do
        coaio.async(function()
          local path = paths[i % #paths + 1]
          assert.equal(helper.root and 0 or coaio.aio_stat(path).uid, assert(coaio.aio_stat(path)).uid)
          hit()
        end)
      end
    end)
  end)
end)

describe("aio_statvfs", function()
  it("agrees with stat -f by path and by handle", function()
    run(function()
      local dir <close> = assert(coaio.aio_open("/", coaio.O_RDONLY))
      for _, target in ipairs { "/", "/proc", "/dev", dir, dir:fileno() } do
        local path = type(target) == "string" and target or "/"
        local vfs = assert(coaio.aio_statvfs(target))
        local text = sh("stat -f -c '%%s %%S %%b %%c %%l' %s", path)
        local names = { "bsize", "frsize", "blocks", "files", "namemax" }
        for word in text:gmatch "%d+" do
          assert.equal(tonumber(word), vfs[names[1]], path .. ": " .. names[1])
          table.remove(names, 1)
        end
        assert.is_true(vfs.bfree <= vfs.blocks and vfs.bavail <= vfs.bfree)
        assert.is_true(vfs.ffree <= vfs.files)
        assert.equal("integer", math.type(vfs.flag))
      end
      helper.failed("ENOENT", "/nope", coaio.aio_statvfs("/nope"))
      helper.failed("EBADF", nil, coaio.aio_statvfs(54321))
    end)
  end)
end)

describe("aio_utime", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("timed", "")
  teardown(tmp.remove)

  it("sets both times by path and by every kind of handle", function()
    local cases = { { 1000000000, 2000000000 }, { 1234567890.5, 0 }, { -1000.25, 4000000000.125 }, { 0.0, -1 } }
    for_every_target(path, function(target)
      for _, times in ipairs(cases) do
        assert.is_true(coaio.aio_utime(target, times[1], times[2]))
        assert.equal(("%.9f %.9f"):format(times[1], times[2]), sh("stat -c '%%.9X %%.9Y' %s", path))
      end
    end)
  end)

  it("takes a missing time for now", function()
    local before, after = tmp "before", tmp "after"
    run(function()
      for _, times in ipairs { { n = 0 }, { 1000, n = 1 }, { nil, 1000, n = 2 } } do
        assert.is_true(coaio.aio_utime(path, 5, 5))
        sh("touch %s", before)
        assert.is_true(coaio.aio_utime(path, table.unpack(times, 1, times.n)))
        sh("touch %s", after)
        local from, to = sh("stat -c %%.9Y %s", before), sh("stat -c %%.9Y %s", after)
        local atime, mtime = sh("stat -c '%%.9X %%.9Y' %s", path):match "(%S+) (%S+)"
        for i, time in ipairs { atime, mtime } do
          if times[i] then
            assert.equal("1000.000000000", time)
          else
            assert.is_true(from <= time and time <= to, ("%s <= %s <= %s"):format(from, time, to))
          end
        end
      end
    end)
  end)

  it("fails as utimensat(2) does", function()
    run(function()
      helper.failed("ENOENT", "/nope", coaio.aio_utime("/nope", 1, 1))
      helper.failed("EBADF", nil, coaio.aio_utime(54321, 1, 1))
    end)
  end)
end)

describe("aio_chmod", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("modes", "")
  local modes = { { 420, "644" }, { "0600", "600" }, { "4711", "4711" }, { 0, "0" }, { "07777", "7777" } }
  teardown(tmp.remove)

  it("sets modes, as integers and as octal strings", function()
    for_every_target(path, function(target)
      for _, case in ipairs(modes) do
        assert.is_true(coaio.aio_chmod(target, case[1]))
        assert.equal(case[2], sh("stat -c %%a %s", path))
      end
    end)
    run(function()
      helper.failed("ENOENT", "/nope", coaio.aio_chmod("/nope", 0))
      helper.failed("EBADF", nil, coaio.aio_chmod(54321, 0))
    end)
  end)
end)

describe("aio_chown", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("owned", "")
  teardown(tmp.remove)

  it("sets the owner, and leaves what is not given", function()
    local before = sh("stat -c %%u:%%g %s", path)
    for_every_target(path, function(target)
      local function sets(owner, ...)
        assert.is_true(coaio.aio_chown(target, ...))
        assert.equal(owner, sh("stat -c %%u:%%g %s", path))
      end
      sets(before)
      sets(before, -1, -1)
      if helper.root then
        sets("1234:5678", 1234, 5678)
        sets("1234:1", nil, 1)
        sets("4294967294:1", 4294967294, nil)
        sets("0:0", 0, 0)
      else
        helper.failed("EPERM", target == path and path or nil, coaio.aio_chown(target, 0, 0))
      end
    end)
    run(function()
      helper.failed("ENOENT", "/nope", coaio.aio_chown("/nope", 1, 1))
      helper.failed("EBADF", nil, coaio.aio_chown(54321, 1, 1))
    end)
  end)
end)

describe("statx", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  helper.sh("ln -s file %s", tmp "link")
  teardown(tmp.remove)

  -- What stat(1) says of the same.
  local function compare(file, stx)
    local expected = sh("stat -c '%%s %%f %%i %%h %%u %%g %%b %%o %%Hd %%Ld %%.9X %%.9Y %%.9Z' %s", file)
    assert.equal(expected, ("%d %x %d %d %d %d %d %d %d %d %d.%09d %d.%09d %d.%09d"):format(stx.size, stx.mode, stx.ino,
      stx.nlink, stx.uid, stx.gid, stx.blocks, stx.blksize, stx.dev_major, stx.dev_minor, stx.atimesec, stx.atimensec,
      stx.mtimesec, stx.mtimensec, stx.ctimesec, stx.ctimensec))
    assert.equal(coaio.STATX_BASIC_STATS, stx.mask & coaio.STATX_BASIC_STATS)
  end

  it("tells what stat(1) tells", function()
    for_every_target(path, function(target) compare(path, assert(coaio.aio_statx(target))) end)
    compare(path, assert(coaio.statx(path)))
    compare(path, assert(coaio.statx(tmp "link", 0, coaio.STATX_BASIC_STATS)))
    run(function()
      compare(tmp "link", assert(coaio.aio_statx(tmp "link", coaio.AT_SYMLINK_NOFOLLOW)))
      local wd = assert(coaio.aio_wd(tmp.path, { beneath = true }))
      compare(path, assert(coaio.aio_statx { wd, "link" }))
      compare(tmp "link", assert(coaio.aio_statx({ wd, "link" }, coaio.AT_SYMLINK_NOFOLLOW)))
      compare(tmp.path, assert(coaio.aio_statx(wd)))
      local null = assert(coaio.aio_statx "/dev/null")
      assert.equal(sh "stat -c '%%t %%T' /dev/null", ("%x %x"):format(null.rdev_major, null.rdev_minor))
    end)
  end)

  it("tells what it was asked for, and which attributes count", function()
    run(function()
      local stx = assert(coaio.aio_statx(path, 0, coaio.STATX_BASIC_STATS))
      assert.equal(stx.attributes, stx.attributes & stx.attributes_mask)
      assert.is_nil(stx.mask & coaio.STATX_BTIME == 0 and stx.btime or nil)
      local utime = { stx.mtimesec, stx.mtimensec }
      assert(coaio.aio_utime(path, utime, utime))
      for _, name in ipairs { "btime", "btimesec", "btimensec" } do
        local born = assert(coaio.aio_statx(path, 0, coaio.STATX_BTIME))
        assert.equal(born.mask & coaio.STATX_BTIME ~= 0, born[name] ~= nil)
      end
    end)
  end)

  it("fails as statx(2) does", function()
    run(function()
      helper.failed("ENOENT", "/nope", coaio.aio_statx "/nope")
      helper.failed("ENOENT", "/nope", coaio.statx "/nope")
      helper.failed("EBADF", nil, coaio.aio_statx(54321))
      helper.failed("EINVAL", path, coaio.aio_statx(path, coaio.AT_STATX_SYNC_TYPE))
      helper.failed("EINVAL", path, coaio.aio_statx(path, 0, 1 << 31))
      helper.raises("#2 to 'statx'", coaio.statx, path, "x")
    end)
  end)
end)
