-- aio_sync, aio_syncfs, aio_fsync, aio_fdatasync, aio_sync_file_range. That they reach the disk shows nowhere but in
-- the system calls, so strace is the witness on threads. It cannot see what a ring does: there, and everywhere, the
-- kernel's own refusals show that each request is the call it claims to be.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

describe("the sync requests", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("succeed on files, directories and every kind of handle", function()
    local path = tmp "file"
    local io_file <close> = assert(io.open(path, "w"))
    run(function()
      local fh <close> = assert(coaio.aio_open(path, "r+"))
      local dir <close> = assert(coaio.aio_open(tmp.path, coaio.O_RDONLY))
      assert.equal(100000, coaio.aio_write(fh, 0, nil, ("x"):rep(100000)))
      for _, handle in ipairs { fh, fh:fileno(), io_file, dir } do
        assert.is_true(coaio.aio_fsync(handle))
        assert.is_true(coaio.aio_fdatasync(handle))
        assert.is_true(coaio.aio_syncfs(handle))
      end
      local flags = coaio.SYNC_FILE_RANGE_WAIT_BEFORE | coaio.SYNC_FILE_RANGE_WRITE | coaio.SYNC_FILE_RANGE_WAIT_AFTER
      assert.is_true(coaio.aio_sync_file_range(fh, 0, 4096, flags))
      assert.is_true(coaio.aio_sync_file_range(fh, 4096, 0, coaio.SYNC_FILE_RANGE_WRITE))
      assert.is_true(coaio.aio_sync())
    end)
  end)

  it("leave no block of the file unallocated", function()
    local path = tmp "delayed"
    local function delayed() return helper.try("filefrag -v %s", path):find "delalloc" end
    run(function()
      for _, sync in ipairs { coaio.aio_fsync, coaio.aio_fdatasync, coaio.aio_syncfs } do
        local fh <close> = assert(coaio.aio_open(path, "w"))
        assert(coaio.aio_write(fh, 0, nil, ("x"):rep(100000)))
        assert(sync(fh))
        assert.is_nil(delayed())
      end
    end)
  end)

  it("are refused where the kernel refuses them", function()
    run(function()
      local pipe <close> = assert(coaio.aio_open(tmp:fifo "pipe", coaio.O_RDWR))
      helper.failed("EINVAL", nil, coaio.aio_fsync(pipe))
      helper.failed("EINVAL", nil, coaio.aio_fdatasync(pipe))
      helper.failed("ESPIPE", nil, coaio.aio_sync_file_range(pipe, 0, 1, coaio.SYNC_FILE_RANGE_WRITE))
      for _, name in ipairs { "aio_fsync", "aio_fdatasync", "aio_syncfs", "aio_sync_file_range" } do
        helper.failed("EBADF", nil, coaio[name](54321))
      end
      local fh <close> = assert(coaio.aio_open(tmp "flags", "w"))
      helper.failed("EINVAL", nil, coaio.aio_sync_file_range(fh, 0, 1, 1 << 20))
    end)
  end)

  it("are the system calls of their names", function()
    if coaio.backend() == "uring" then return end
    local script = [[
      local coaio = require "coaio"
      coaio.run(function()
        local fh = assert(coaio.aio_open(arg[1], "w"))
        assert(coaio.aio_write(fh, 0, nil, "content"))
        assert(coaio.aio_fsync(fh))
        assert(coaio.aio_fdatasync(fh))
        assert(coaio.aio_syncfs(fh))
        assert(coaio.aio_sync_file_range(fh, 4096, 8192, coaio.SYNC_FILE_RANGE_WRITE))
        assert(coaio.aio_readahead(fh, 0, 4096) or true)
        assert(coaio.aio_sync())
        print(fh:fileno())
      end)
    ]]
    local calls = "fsync,fdatasync,syncfs,sync_file_range,sync"
    local log = tmp "strace"
    local wrap = ("strace -f -qq -o %s -e trace=%s -e signal=none"):format(log, calls)
    local fd = helper.works(script, { args = { tmp "traced" }, wrap = wrap }):match "%d+"
    local seen = {}
    for call in sh("sed 's/^[0-9]* *//; s/ *= */ = /' %s", log):gmatch "[^\n]+" do seen[#seen + 1] = call end
    assert.same({
      ("fsync(%s) = 0"):format(fd), ("fdatasync(%s) = 0"):format(fd), ("syncfs(%s) = 0"):format(fd),
      ("sync_file_range(%s, 4096, 8192, SYNC_FILE_RANGE_WRITE) = 0"):format(fd), "sync() = 0",
    }, seen)
  end)
end)
