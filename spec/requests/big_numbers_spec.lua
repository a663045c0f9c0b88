-- Numbers of more than 32 bits, on any machine: none is cut off. Lua's are integers of 64 bits, and where a size or a
-- long has fewer what does not fit is refused, or, where it means "at most", is as much as there can be. Witnesses are
-- dd(1), stat(1), touch(1), /proc/locks, and what Lua says of the machine: string.packsize.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh, failed, raises = helper.run, helper.sh, helper.failed, helper.raises

local FOUR_GB = 1 << 32
local narrow = string.packsize "T" == 4 -- the bytes of a size_t

describe("a number of more than 32 bits", function()
  local tmp = helper.tmpdir()
  local small = tmp:file("small", "0123456789")
  local huge = tmp "huge" -- 4 GB of nothing, and a word
  sh("printf word | dd of=%s bs=4096 seek=1048576 status=none", huge)
  teardown(tmp.remove)

  it("is no place in a buffer", function()
    local fixed = coaio.buffer(4096, 4096)
    for _, at in ipairs { FOUR_GB, FOUR_GB + 1, FOUR_GB * 4096, -FOUR_GB, 1 - FOUR_GB } do
      raises("too short", fixed.set, fixed, math.abs(at), "x")
      raises("out of range", fixed.set, fixed, -math.abs(at), "x")
    end
    assert.equal(("\0"):rep(4096), tostring(fixed))
    assert.equal("", fixed:sub(FOUR_GB + 1))
    assert.equal("\0", fixed:sub(-FOUR_GB, -4096))
    run(function()
      local fh <close> = assert(coaio.aio_open(small, "r+"))
      for _, at in ipairs { FOUR_GB, FOUR_GB + 2 } do
        raises("out of range", coaio.aio_read, fh, 0, 1, fixed, at)
        raises("too short", coaio.aio_read, fh, 0, at, fixed)
        raises("out of range", coaio.aio_write, fh, 0, 1, "abc", at)
        raises("out of range", coaio.aio_write, fh, 0, at, "abc")
        raises("out of range", coaio.aio_write, fh, 0, at, fixed)
        raises("out of range", coaio.aio_msync, fixed, at)
        raises("out of range", coaio.aio_mtouch, fixed, 0, at)
      end
    end)
    assert.equal(("\0"):rep(4096), tostring(fixed))
    assert.equal("0123456789", helper.slurp(small))
  end)

  it("is more than memory can be", function()
    if os.getenv "COAIO_SAN" ~= "" then return pending "sanitizers need much address space themselves" end
    helper.works([[
      local coaio = require "coaio"
      local buffer = coaio.buffer "0123456789"
      for _, size in ipairs { (1 << 32) + 1, 1 << 33, (1 << 40) + 2 } do
        local ok, message = pcall(buffer.set, buffer, size, "x")
        assert(not ok and message:find "not enough memory", message)
        ok, message = pcall(buffer.resize, buffer, size)
        assert(not ok and (message:find "not enough memory" or message:find "out of range"), message)
        assert(not pcall(coaio.buffer, size))
        assert(not pcall(coaio.buffer, size, 4096))
      end
      assert(tostring(buffer) == "0123456789")
    ]], { wrap = "prlimit --as=4000000000" })
  end)

  it("is the length of a map, or ENOMEM", function()
    local length = FOUR_GB + 8192
    local map, message, code = coaio.mmap(length, coaio.PROT_NONE, coaio.MAP_PRIVATE | coaio.MAP_ANONYMOUS
      | coaio.MAP_NORESERVE)
    if narrow then
      failed("ENOMEM", nil, map, message, code)
      map = assert(coaio.mmap(4096, coaio.PROT_READ | coaio.PROT_WRITE, coaio.MAP_PRIVATE | coaio.MAP_ANONYMOUS))
      failed("ENOMEM", nil, coaio.mremap(map, length))
      assert.equal(4096, #map)
      map:set(4095, "x")
    else
      assert.equal(length, #map)
      assert(coaio.mremap(map, length + 4096))
      assert.equal(length + 4096, #map)
    end
    assert(coaio.munmap(map))
  end)

  it("is a place in a file", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(huge, "r+"))
      assert.equal("word", coaio.aio_read(fh, FOUR_GB, 100))
      assert.equal("word", coaio.aio_slurp(huge, FOUR_GB))
      assert.equal("rd", coaio.aio_slurp(huge, -2))
      assert.equal(FOUR_GB + 2, coaio.aio_seek(fh, FOUR_GB + 2, coaio.SEEK_SET))
      assert.equal("rd", coaio.aio_read(fh, nil, 100))
      assert.equal(FOUR_GB + 4, coaio.aio_stat(huge).size)
      local map = assert(coaio.mmap(4, coaio.PROT_READ, coaio.MAP_SHARED, fh, FOUR_GB))
      assert.equal("word", tostring(map))
      assert(coaio.munmap(map))
      local out <close> = assert(coaio.aio_open(tmp "sent", "w"))
      assert.equal(4, coaio.aio_sendfile(out, fh, FOUR_GB, 100))
      assert.equal(4, coaio.sendfile(out, fh, FOUR_GB, 100))
      assert.equal("wordword", helper.slurp(tmp "sent"))
      assert(coaio.fadvise(fh, FOUR_GB, FOUR_GB, coaio.FADV_WILLNEED))
      assert(coaio.aio_sync_file_range(fh, FOUR_GB, FOUR_GB + 1, coaio.SYNC_FILE_RANGE_WRITE))
      assert(coaio.aio_readahead(fh, FOUR_GB, FOUR_GB + 1))
      assert.equal(2, coaio.aio_write(fh, FOUR_GB + 4, nil, "s!"))
      assert(coaio.aio_truncate(fh, FOUR_GB + 5))
    end)
    assert.equal("words", sh("dd if=%s bs=4096 skip=1048576 status=none", huge))
    assert.equal(tostring(FOUR_GB + 5), sh("stat -c %%s %s", huge))
    run(function()
      assert(coaio.aio_truncate(small, FOUR_GB + 3))
      assert(coaio.aio_truncate(small, 10))
      local wd = assert(coaio.aio_wd(tmp.path, { beneath = true }))
      local fh <close> = assert(coaio.aio_open({ wd, "huge" }, "r"))
      assert.equal("words", coaio.aio_read(fh, FOUR_GB, 100))
    end)
    assert.equal("0123456789", helper.slurp(small))
  end)

  it("is the length of a file that does not fit into memory where that is smaller", function()
    if not narrow then return pending "it would be read" end
    run(function() assert.equal(coaio.errno.ENOMEM, (select(3, coaio.aio_load(huge)))) end)
  end)

  it("is allocated as it is", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(tmp "allocated", "w"))
      local ok, _, code = coaio.aio_allocate(fh, coaio.FALLOC_FL_KEEP_SIZE, FOUR_GB, 4096)
      if not ok and code == coaio.errno.EOPNOTSUPP then return end
      assert.is_true(ok)
      assert.equal("0 8", sh("stat -c '%%s %%b' %s", tmp "allocated"))
      assert(coaio.aio_allocate(fh, 0, FOUR_GB, 4096))
      assert.equal(FOUR_GB + 4096 .. " 8", sh("stat -c '%%s %%b' %s", tmp "allocated"))
      assert(coaio.aio_allocate(fh, coaio.FALLOC_FL_PUNCH_HOLE | coaio.FALLOC_FL_KEEP_SIZE, 0, FOUR_GB + 4096))
      assert.equal(FOUR_GB + 4096 .. " 0", sh("stat -c '%%s %%b' %s", tmp "allocated"))
    end)
  end)

  it("means at most, and takes what there is", function()
    run(function()
      assert.equal("0123456789", coaio.aio_slurp(small, 0, FOUR_GB + 1))
      local fh <close> = assert(coaio.aio_open(small, "r"))
      assert.equal("0123456789", coaio.aio_read(fh, 0, FOUR_GB + 1))
      assert.equal(10, coaio.aio_read(fh, 0, FOUR_GB + 1, coaio.buffer(0)))
      local out <close> = assert(coaio.aio_open(tmp "all", "w"))
      assert.equal(10, coaio.aio_sendfile(out, fh, 0, FOUR_GB + 1))
      assert.equal(10, coaio.sendfile(out, fh, 0, FOUR_GB + 1))
      local r, w = coaio.pipe2()
      local r2, w2 = coaio.pipe2()
      assert.equal(10, coaio.aio_write(w, nil, nil, "0123456789"))
      assert.equal(10, coaio.tee(r, w2, FOUR_GB + 1))
      assert.equal(10, coaio.splice(r2, nil, out, nil, FOUR_GB + 1))
      for _, pipe in ipairs { r, w, r2, w2 } do assert(pipe:close()) end
      assert.equal(("0123456789"):rep(3), helper.slurp(tmp "all"))
    end)
  end)

  it("is where a lock begins and how long it is, but not its type", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(huge, "r+"))
      local lock = { type = coaio.F_WRLCK, whence = coaio.SEEK_SET, start = FOUR_GB + 1, len = FOUR_GB + 10 }
      assert.equal(0, assert(coaio.aio_fcntl(fh, coaio.F_SETLK, lock)))
      assert.truthy(helper.slurp("/proc/locks"):find((":%s %d %d\n"):format(sh("stat -c %%i %s", huge), FOUR_GB + 1,
        2 * FOUR_GB + 10)))
      local seen = { type = coaio.F_WRLCK, start = FOUR_GB + 3, len = 1 }
      local other <close> = assert(coaio.aio_open(huge, "r+"))
      assert.equal(0, assert(coaio.aio_fcntl(other, coaio.F_OFD_GETLK or coaio.F_GETLK, seen)))
      assert.equal(FOUR_GB + 1, seen.start)
      assert.equal(FOUR_GB + 10, seen.len)
      assert.equal(helper.pid, seen.pid)
      for _, type in ipairs { 1 << 15, (1 << 16) + coaio.F_RDLCK, FOUR_GB + coaio.F_RDLCK, -FOUR_GB } do
        raises("out of range in field 'type'", coaio.aio_fcntl, fh, coaio.F_SETLK, { type = type })
        raises("out of range in field 'whence'", coaio.aio_fcntl, fh, coaio.F_SETLK, { type = 0, whence = type })
      end
    end)
  end)

  it("is no descriptor, and no argument of a call that takes a long where that is shorter", function()
    run(function()
      local fh <close> = assert(coaio.aio_open(small, "r"))
      failed("EBADF", nil, coaio.aio_read(FOUR_GB + fh:fileno(), 0, 1))
      failed("EBADF", nil, coaio.aio_read(FOUR_GB + fh:fileno(), 0, 1, coaio.buffer(1)))
      failed("EBADF", nil, coaio.fadvise(FOUR_GB + fh:fileno(), 0, 0, 0))
      failed("EINVAL", nil, coaio.aio_fcntl(fh, coaio.F_DUPFD, FOUR_GB + 3))
      failed("EINVAL", nil, coaio.aio_fcntl(fh, coaio.F_DUPFD, -FOUR_GB + 3))
      if not narrow then return end
      failed("EINVAL", nil, coaio.aio_fcntl(fh, coaio.F_SETFL, FOUR_GB))
      failed("EINVAL", nil, coaio.aio_ioctl(fh, 0x5452, FOUR_GB)) -- FIOASYNC
    end)
  end)

  it("is no flag, id, process, or part of a device number", function()
    run(function()
      for _, flags in ipairs { FOUR_GB, -1 } do
        failed("EINVAL", tmp "new", coaio.aio_open(tmp "new", flags))
        failed("EINVAL", tmp "new", coaio.aio_mkdir(tmp "new", flags))
        failed("EINVAL", tmp "new", coaio.aio_mknod(tmp "new", flags))
      end
      failed("EINVAL", small, coaio.aio_chown(small, FOUR_GB))
      failed("EINVAL", small, coaio.aio_chmod(small, FOUR_GB + 420))
      raises("out of range", coaio.mount, nil, tmp.path, nil, FOUR_GB)
      raises("out of range", coaio.mlockall, FOUR_GB + 1)
      raises("out of range", coaio.makedev, FOUR_GB, 1)
      raises("out of range", coaio.min_fdlimit, FOUR_GB + 3)
      raises("out of range", coaio.eventfd, FOUR_GB)
      raises("out of range", coaio.pidfd_open, FOUR_GB + helper.pid)
      for _, field in ipairs { "code", "pid", "uid", "value_int" } do
        raises("out of range in field '" .. field, coaio.pidfd_send_signal, 0, 0, { [field] = FOUR_GB })
      end
    end)
    assert.equal("", sh("ls -d %s 2>/dev/null || true", tmp "new"))
  end)

  it("is a time", function()
    sh("touch -d @%s %s", FOUR_GB + 1, tmp:file "touched")
    run(function()
      assert.equal(tonumber(sh("stat -c %%Y %s", tmp "touched")), coaio.aio_stat(tmp "touched").mtime)
      assert(coaio.aio_utime(small, FOUR_GB + 1, FOUR_GB + 1))
      assert.equal(sh("stat -c %%Y %s", tmp "touched"), sh("stat -c %%Y %s", small))
      local timer <close> = assert(coaio.timerfd_create(coaio.CLOCK_MONOTONIC))
      assert(coaio.timerfd_settime(timer, 0, 0, FOUR_GB + 1000))
      assert.is_true(select(2, coaio.timerfd_gettime(timer)) > FOUR_GB)
    end)
  end)
end)
