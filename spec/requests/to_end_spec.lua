-- Reads and sendfiles without a length go on to the end: on every way that a read may take, whatever size the file
-- claims. Witnesses are io.open, cmp, and the file's own position.

local coaio = require "coaio"
local helper = require "spec.helper"
local request = require "coaio.request"
local run, sh = helper.run, helper.sh

-- A file that gives a page or less at a time and claims to be empty; and one that claims a page and has six bytes.
local long, short = "/proc/kallsyms", "/sys/class/net/lo/mtu"

local function content_of(path)
  local file = io.open(path, "rb")
  local content = file and file:read "a"
  if file then file:close() end
  return content
end

local whole = content_of(long)
local lacks_long = not (whole and #whole > 100000) and long .. " is not there, or short"
local lacks_short = not content_of(short) and short .. " is not there"

-- Not by assert.equal, which would print megabytes.
local function same(expected, got)
  assert(type(got) == "string", tostring(got))
  assert(expected == got, ("%d bytes expected, not these %d"):format(#expected, #got))
end

describe("aio_read without a length", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  local sizes = { 0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 262144, 5000000 }
  for _, size in ipairs(sizes) do
    local path, content = tmp("file" .. size), helper.bytes(size)
    helper.write(path, content)

    it(("reads all of %d bytes"):format(size), function()
      run(function()
        local fh <close> = assert(coaio.aio_open(path))
        same(content, assert(coaio.aio_read(fh, 0)))
        same(content, assert(coaio.aio_read(fh)))
        assert.equal(size, coaio.aio_seek(fh, 0, "cur"))
        assert.equal("", coaio.aio_read(fh))
        same(content:sub(size // 3 + 1), assert(coaio.aio_read(fh, size // 3)))
        assert.equal("", coaio.aio_read(fh, size + 10))
      end)
    end)

    it(("reads all of %d bytes into buffers"):format(size), function()
      run(function()
        local fh <close> = assert(coaio.aio_open(path))
        local buffer, fixed = coaio.buffer "before", coaio.buffer(size + 100, 4096)
        assert.equal(size, coaio.aio_read(fh, nil, nil, buffer, 6))
        same("before" .. content, tostring(buffer))
        assert.equal(size, coaio.aio_read(fh, 0, nil, fixed))
        same(content, fixed:sub(1, size))
      end)
    end)

    it(("reads all of %d bytes with O_DIRECT"):format(size), function()
      run(function()
        local fh, message = coaio.aio_open(path, coaio.O_RDONLY | coaio.O_DIRECT)
        if not fh then return pending(message) end
        same(content, assert(coaio.aio_read(fh, 0)))
        same(content, assert(coaio.aio_read(fh)))
        assert(coaio.aio_close(fh))
      end)
    end)

    it(("reads all of %d bytes many times at once"):format(size), function()
      run(function()
        local fh <close> = assert(coaio.aio_open(path))
        local tasks = {}
        for i = 1, size > 1000000 and 8 or 64 do
          tasks[i] = coaio.async(function() same(content, assert(coaio.aio_read(fh, 0))) end)
        end
        for _, task in ipairs(tasks) do task:join() end
      end)
    end)
  end

  it("takes each way to the end", function()
    local taken, content = {}, content_of(tmp "file65537")
    local function take(file, offset)
      local req = request.aio_read(file, offset)
      local got = assert(coaio.aio_wait(req))
      taken[req:backend()] = true
      return got
    end
    local rings -- whether this machine has the ring read this file at all
    run(function()
      local direct <close> = assert(coaio.aio_open(tmp "file262144", coaio.O_RDONLY | coaio.O_DIRECT))
      local fh <close> = assert(coaio.aio_open(tmp "file65537"))
      local small <close> = assert(coaio.aio_open(tmp "file4097"))
      local tries = 0
      repeat -- an inline read or the ring may leave one to a worker at any time
        tries = tries + 1
        take(direct, 0)
        same(content, take(fh, 0))
        take(small, 0)
        same(content, take(fh))
        assert(coaio.aio_seek(fh, 0))
        local plain = request.aio_read(fh, 0, 65537)
        assert(coaio.aio_wait(plain))
        rings = rings or plain:backend() == "uring"
      until tries == 100 or taken.inline and taken.threads and (taken.uring or coaio.backend() ~= "uring")
    end)
    assert.is_true(taken.inline and taken.threads)
    assert.equal(rings, taken.uring or false)
  end)

  it("reads what claims to be empty", function()
    if lacks_long then return pending(lacks_long) end
    run(function()
      local fh <close> = assert(coaio.aio_open(long))
      same(whole, assert(coaio.aio_read(fh, 0)))
      same(whole, assert(coaio.aio_read(fh)))
      same(whole:sub(50001), assert(coaio.aio_read(fh, 50000)))
      local buffer = coaio.buffer "before"
      assert.equal(#whole, coaio.aio_read(fh, 0, nil, buffer, -3))
      same("bef" .. whole, tostring(buffer))
      same(whole, assert(coaio.aio_wait(request.aio_read(fh, 0))))
      local fixed = coaio.buffer(100000, 4096)
      assert.equal(100000, coaio.aio_read(fh, 0, nil, fixed))
      same(whole:sub(1, 100000), tostring(fixed))
    end)
  end)

  it("reads what has less than it claims", function()
    if lacks_short then return pending(lacks_short) end
    local expected = content_of(short)
    run(function()
      local fh <close> = assert(coaio.aio_open(short))
      assert.equal(expected, coaio.aio_read(fh, 0))
      assert.equal(expected, coaio.aio_read(fh))
      local buffer = coaio.buffer(0)
      assert.equal(#expected, coaio.aio_read(fh, 0, nil, buffer))
      assert.equal(expected, tostring(buffer))
    end)
  end)

  it("with a length reads once", function()
    if lacks_long then return pending(lacks_long) end
    run(function()
      local fh <close> = assert(coaio.aio_open(long))
      local n = #assert(coaio.aio_read(fh, 0, #whole))
      assert.is_true(n > 0 and n < #whole)
    end)
  end)

  it("of a pipe reads what is there", function()
    run(function()
      local r, w = assert(coaio.pipe2())
      for _, content in ipairs { "some", ("x"):rep(30000) } do
        assert.equal(#content, coaio.aio_write(w, nil, nil, content))
        assert.equal(content, coaio.aio_read(r))
        assert.equal(#content, coaio.aio_write(w, nil, nil, content))
        local buffer = coaio.buffer(0)
        assert.equal(#content, coaio.aio_read(r, nil, nil, buffer))
        assert.equal(content, tostring(buffer))
      end
      assert(coaio.aio_close(w))
      assert.equal("", coaio.aio_read(r))
      assert(coaio.aio_close(r))
    end)
  end)

  it("tells of an error on the way", function()
    run(function()
      local mem <close> = assert(coaio.aio_open "/proc/self/mem")
      assert.is_nil(coaio.aio_read(mem, 0))
      helper.failed("EISDIR", nil, coaio.aio_read(assert(coaio.aio_open(tmp.path)), 0))
      helper.failed("EBADF", nil, coaio.aio_read(assert(coaio.aio_open(tmp "w", "w")), 0))
    end)
  end)

  it("stops between two steps when it is cancelled", function()
    sh("truncate -s 1T %s", tmp "endless")
    run(function()
      local fh <close> = assert(coaio.aio_open(tmp "endless"))
      local req = request.aio_read(fh)
      helper.until_true(function() return not helper.info_of(fh):find "^pos:%s0\n" end)
      req:cancel()
      helper.failed("ECANCELED", nil, coaio.aio_wait(req))
      helper.until_true(function() return select(3, req:outcome()) ~= coaio.errno.EINPROGRESS end)
      helper.failed("ECANCELED", nil, req:outcome())
    end)
  end)
end)

describe("sendfile without a length", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(300000)
  tmp:file("from", content)
  teardown(tmp.remove)

  for name, sendfile in pairs { aio_sendfile = coaio.aio_sendfile, sendfile = coaio.sendfile } do
    local function copied(from, offset)
      local to = tmp "to"
      local count = run(function()
        local out <close> = assert(coaio.aio_open(to, "w"))
        local fh <close> = assert(coaio.aio_open(from))
        return assert(sendfile(out, fh, offset))
      end)
      assert.equal(tonumber(sh("stat -c %%s %s", to)), count)
      return content_of(to)
    end

    it("copies all: " .. name, function()
      same(content, copied(tmp "from"))
      same(content, copied(tmp "from", 0))
      same(content:sub(1001), copied(tmp "from", 1000))
      same("", copied(tmp "from", 300000))
      same("", copied(tmp "from", 300001))
    end)

    it("copies what claims another size: " .. name, function()
      if lacks_long or lacks_short then return pending(lacks_long or lacks_short) end
      same(whole, copied(long))
      same(whole:sub(5001), copied(long, 5000))
      same(content_of(short), copied(short, 0))
    end)

    it("does not chase its own tail: " .. name, function()
      tmp:file("both", content)
      run(function()
        local fh <close> = assert(coaio.aio_open(tmp "both", "r+"))
        assert.equal(#content, coaio.aio_seek(fh, 0, "end"))
        assert.equal(#content, sendfile(fh, fh, 0))
        local appending <close> = assert(coaio.aio_open(tmp "both", "a"))
        assert.equal(2 * #content, sendfile(appending, fh, 0))
      end)
      same(content:rep(4), content_of(tmp "both"))
    end)

    it("goes beyond what one call copies: " .. name, function()
      local sparse = os.tmpname():gsub(".*/", "/dev/shm/")
      local size = 0x80001000
      if helper.try("truncate -s %s %s && stat -f -c %%T %s", size, sparse, sparse) ~= "tmpfs" then
        os.remove(sparse)
        return pending "/dev/shm is no tmpfs, which reads holes quickly"
      end
      run(function()
        local null <close> = assert(coaio.aio_open("/dev/null", "w"))
        local fh <close> = assert(coaio.aio_open(sparse))
        assert.equal(size - 10, sendfile(null, fh, 10))
        assert.equal(size, sendfile(null, fh))
        assert.equal(size, coaio.aio_seek(fh, 0, "cur"))
      end)
      os.remove(sparse)
    end)

    it("of a pipe copies what is there: " .. name, function()
      run(function()
        local r, w = assert(coaio.pipe2())
        local out <close> = assert(coaio.aio_open(tmp "to", "w"))
        assert.equal(4, coaio.aio_write(w, nil, nil, "some"))
        assert.equal(4, sendfile(out, r))
        assert(coaio.aio_close(w))
        assert.equal(0, sendfile(out, r))
        assert(coaio.aio_close(r))
      end)
      assert.equal("some", content_of(tmp "to"))
    end)

    it("tells of an error after a part: " .. name, function()
      helper.works([[
        local coaio = require "coaio"
        local from, to, name = ...
        coaio.run(function()
          local out, fh = assert(coaio.aio_open(to, "w")), assert(coaio.aio_open(from))
          local ok, _, code = coaio[name](out, fh, 0)
          assert(not ok and code == coaio.errno.EFBIG, ok)
          assert(coaio.aio_seek(out, 0, "cur") == 65536)
        end)]], { args = { tmp "from", tmp "to", name }, wrap = "prlimit --fsize=65536" })
      same(content:sub(1, 65536), content_of(tmp "to"))
    end)

    it("needs two descriptors: " .. name, function()
      helper.failed("EBADF", nil, sendfile(-1, 0, 0))
      run(function()
        local fh <close> = assert(coaio.aio_open(tmp "from"))
        helper.failed("EBADF", nil, sendfile(fh, fh, 0))
        helper.failed("EBADF", nil, sendfile(fh, fh, #content))
      end)
    end)
  end
end)
