-- aio_truncate, aio_allocate, aio_sendfile and aio_readahead: requests about a file's bytes as a whole.

local coaio = require "coaio"
local helper = require "spec.helper"
local aio_open, aio_close = coaio.aio_open, coaio.aio_close
local run, sh = helper.run, helper.sh

describe("aio_truncate", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("sets the length by path and by every kind of handle", function()
    local path = tmp:file("length", "0123456789")
    local io_file <close> = assert(io.open(path, "r+"))
    run(function()
      local fh <close> = assert(aio_open(path, "r+"))
      for i, target in ipairs { path, fh, fh:fileno(), io_file } do
        assert.is_true(coaio.aio_truncate(target, 10 - i))
        assert.equal(("0123456789"):sub(1, 10 - i), helper.slurp(path))
        assert.is_true(coaio.aio_truncate(target, 5000))
        assert.equal("5000", sh("stat -c %%s %s", path))
      end
      assert.is_true(coaio.aio_truncate(path, 0))
      assert.is_true(coaio.aio_truncate(path, 1 << 40))
      assert.equal(tostring(1 << 40), sh("stat -c %%s %s", path))
    end)
  end)

  it("fails as truncate(2) does", function()
    run(function()
      helper.failed("ENOENT", tmp "none", coaio.aio_truncate(tmp "none", 0))
      helper.failed("EISDIR", tmp.path, coaio.aio_truncate(tmp.path, 0))
      local fh <close> = assert(aio_open(tmp:file("readonly", "x"), "r"))
      helper.failed("EINVAL", nil, coaio.aio_truncate(fh, 0))
    end)
  end)
end)

describe("aio_allocate", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("reserves blocks, with and without a new length", function()
    local path = tmp "reserved"
    run(function()
      local fh <close> = assert(aio_open(path, "w"))
      assert.is_true(coaio.aio_allocate(fh, 0, 0, 1 << 20))
      local size, blocks = sh("stat -c '%%s %%b' %s", path):match "(%d+) (%d+)"
      assert.equal(tostring(1 << 20), size)
      assert.is_true(tonumber(blocks) * 512 >= 1 << 20)
      local ok, _, code = coaio.aio_allocate(fh, coaio.FALLOC_FL_KEEP_SIZE, 1 << 20, 1 << 20)
      if ok then
        assert.equal(tostring(1 << 20), sh("stat -c %%s %s", path))
        assert.is_true(tonumber(sh("stat -c %%b %s", path)) * 512 >= 2 << 20)
      else
        assert.equal(coaio.errno.EOPNOTSUPP, code)
      end
    end)
  end)

  it("punches holes", function()
    local path = tmp:file("punched", ("x"):rep(65536))
    run(function()
      local fh <close> = assert(aio_open(path, "r+"))
      local mode = coaio.FALLOC_FL_PUNCH_HOLE | coaio.FALLOC_FL_KEEP_SIZE
      local ok, _, code = coaio.aio_allocate(fh, mode, 4096, 8192)
      assert(ok or code == coaio.errno.EOPNOTSUPP)
      if ok then assert.equal(("x"):rep(4096) .. ("\0"):rep(8192) .. ("x"):rep(53248), helper.slurp(path)) end
    end)
  end)

  it("fails as fallocate(2) does", function()
    run(function()
      local fh <close> = assert(aio_open(tmp "failing", "w"))
      helper.failed("EINVAL", nil, coaio.aio_allocate(fh, 0, 0, 0))
      helper.failed("EFBIG", nil, coaio.aio_allocate(fh, 0, math.maxinteger - 4096, 4096))
      local reader <close> = assert(aio_open(tmp "failing", "r"))
      helper.failed("EBADF", nil, coaio.aio_allocate(reader, 0, 0, 10))
    end)
  end)
end)

describe("aio_sendfile", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(200000)
  local path = tmp:file("source", content)
  teardown(tmp.remove)

  it("copies from an offset to the other file's position", function()
    run(function()
      local from <close> = assert(aio_open(path, "r"))
      local to <close> = assert(aio_open(tmp "copy", "w"))
      local offset = 0
      while offset < #content do
        local count = assert(coaio.aio_sendfile(to, from, offset, 70000))
        assert.is_true(count > 0)
        offset = offset + count
      end
      assert.equal(0, coaio.aio_sendfile(to, from, offset, 10))
      assert.equal(0, coaio.aio_seek(from, 0, coaio.SEEK_CUR))
      assert.equal(#content, coaio.aio_seek(to, 0, coaio.SEEK_CUR))
    end)
    sh("cmp %s %s", path, tmp "copy")
  end)

  it("moves the source's position when there is no offset", function()
    run(function()
      local from <close> = assert(aio_open(path, "r"))
      local to <close> = assert(aio_open(tmp "positions", "w"))
      assert.equal(1000, coaio.aio_sendfile(to, from, nil, 1000))
      assert.equal(500, coaio.aio_sendfile(to, from, nil, 500))
      assert.equal(1500, coaio.aio_seek(from, 0, coaio.SEEK_CUR))
      assert.equal(100, coaio.aio_sendfile(to, from, 0, 100))
    end)
    assert.equal(content:sub(1, 1500) .. content:sub(1, 100), helper.slurp(tmp "positions"))
  end)

  it("feeds a pipe", function()
    local fifo = tmp:fifo "fed"
    run(function()
      local reader = coaio.async(function()
        local fh <close> = assert(aio_open(fifo, "r"))
        local pieces = {}
        repeat
          local piece = assert(coaio.aio_read(fh, nil, 65536))
          pieces[#pieces + 1] = piece
        until piece == ""
        return table.concat(pieces)
      end)
      local out = assert(aio_open(fifo, "w"))
      local from <close> = assert(aio_open(path, "r"))
      local sent = 0
      while sent < #content do sent = sent + assert(coaio.aio_sendfile(out, from, sent, #content - sent)) end
      assert(aio_close(out))
      assert.is_true(content == reader:join())
    end)
  end)

  it("falls back to reading and writing where the system refuses", function()
    local fifo = tmp:fifo "source-pipe"
    run(function()
      local pipe <close> = assert(aio_open(fifo, coaio.O_RDWR))
      local to <close> = assert(aio_open(tmp "appended", "a"))
      assert.equal(5, coaio.aio_write(pipe, nil, nil, "piped"))
      assert.equal(5, coaio.aio_sendfile(to, pipe, nil, 5))
      local from <close> = assert(aio_open(path, "r"))
      assert.equal(10, coaio.aio_sendfile(to, from, 0, 10))
    end)
    assert.equal("piped" .. content:sub(1, 10), helper.slurp(tmp "appended"))
  end)

  it("fails on what cannot be written or read", function()
    run(function()
      local from <close> = assert(aio_open(path, "r"))
      helper.failed("EBADF", nil, coaio.aio_sendfile(from, from, 0, 10))
      helper.failed("EBADF", nil, coaio.aio_sendfile(54321, from, 0, 10))
      local to <close> = assert(aio_open(tmp "sink", "w"))
      helper.failed("EBADF", nil, coaio.aio_sendfile(to, 54321, 0, 10))
    end)
  end)
end)

describe("aio_readahead", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  local function cached(path)
    return tonumber((sh("fincore -b -n -o RES %s", path)))
  end

  it("brings a range into the page cache", function()
    local path = tmp "cold"
    sh("dd if=/dev/urandom of=%s bs=1M count=2 conv=fsync status=none", path)
    sh("dd of=%s oflag=nocache conv=notrunc,fdatasync count=0 status=none", path)
    local cold = cached(path)
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      assert.is_true(coaio.aio_readahead(fh, 0, 65536))
      if cold == 0 then helper.until_true(function() return cached(path) >= 65536 end) end
    end)
  end)

  it("brings all of a range into it, also without a length", function()
    local path = tmp "large"
    sh("dd if=/dev/zero of=%s bs=1M count=24 conv=fsync status=none", path)
    for _, length in ipairs { false, 24 << 20 } do
      sh("dd of=%s oflag=nocache conv=notrunc,fdatasync count=0 status=none", path)
      if cached(path) > 0 then return pending "the cache does not let go of it" end
      run(function()
        local fh <close> = assert(aio_open(path, "r"))
        assert.is_true(coaio.aio_readahead(fh, 0, length or nil))
        for _ = 1, 1000 do -- the disk may be slow, but what is not on its way never comes
          if cached(path) == 24 << 20 then break end
          coaio.sleep(0.01)
        end
        assert.equal(24 << 20, cached(path))
      end)
    end
  end)

  it("is no error at the end of the file and beyond", function()
    run(function()
      local fh <close> = assert(aio_open(tmp:file("short", "short"), "r"))
      assert.is_true(coaio.aio_readahead(fh, 0, 1 << 20))
      assert.is_true(coaio.aio_readahead(fh, 1 << 20, 4096))
      helper.failed("EBADF", nil, coaio.aio_readahead(54321, 0, 4096))
    end)
  end)
end)
