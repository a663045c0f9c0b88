-- aio_seek, aio_read and aio_write on files, pipes and devices; aio_read into buffers is in buffer_spec.

local coaio = require "coaio"
local helper = require "spec.helper"
local aio_open, aio_close, aio_seek = coaio.aio_open, coaio.aio_close, coaio.aio_seek
local aio_read, aio_write = coaio.aio_read, coaio.aio_write
local run, sh = helper.run, helper.sh

describe("aio_read", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(300000)
  local path = tmp:file("content", content)
  teardown(tmp.remove)

  it("reads what dd reads", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      for _, case in ipairs { { 0, 4096 }, { 1, 1 }, { 4095, 2 }, { 65536, 131072 }, { 299999, 1 }, { 123, 299000 } } do
        local offset, length = table.unpack(case)
        local out = tmp:file("piece", assert(aio_read(fh, offset, length)))
        sh("dd if=%s iflag=skip_bytes,count_bytes skip=%s count=%s status=none | cmp - %s", path, offset, length, out)
      end
    end)
  end)

  it("stops at the end of the file", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      assert.equal(content:sub(-10), aio_read(fh, #content - 10, 4096))
      assert.equal("", aio_read(fh, #content, 10))
      assert.equal("", aio_read(fh, #content + 5000, 10))
      assert.equal("", aio_read(fh, math.maxinteger - 4096, 10))
      assert.equal("", aio_read(fh, 0, 0))
    end)
  end)

  it("moves the file's own position when there is no offset, and only then", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      assert.equal(content:sub(1, 100), aio_read(fh, nil, 100))
      assert.equal(content:sub(5001, 5100), aio_read(fh, 5000, 100))
      assert.equal(content:sub(101, 200), aio_read(fh, nil, 100))
      assert.equal("200", helper.slurp("/proc/self/fdinfo/" .. fh:fileno()):match "pos:%s*(%d+)")
      assert.equal(content:sub(201), aio_read(fh, nil, 1 << 40))
      assert.equal("", aio_read(fh, nil, 100))
    end)
  end)

  it("sizes memory by what there is to read", function()
    local script = [[
      local coaio = require "coaio"
      coaio.run(function()
        local fh = assert(coaio.aio_open(arg[1], "r"))
        for _, length in ipairs { 1 << 31, 1 << 40, 1 << 62, math.maxinteger } do
          assert(#assert(coaio.aio_read(fh, 0, length)) == 300000)
          assert(#assert(coaio.aio_read(fh, 299990, length)) == 10)
          assert(coaio.aio_read(fh, 300000, length) == "")
          assert(coaio.aio_seek(fh, 0) == 0)
          assert(#assert(coaio.aio_read(fh, nil, length)) == 300000)
        end
      end)
      local peak = io.open("/proc/self/status"):read("a"):match("VmHWM:%s*(%d+) kB")
      print(tonumber(peak))
    ]]
    local peak = tonumber((helper.works(script, { args = { path } })))
    local small = tonumber((helper.works([[
      local coaio = require "coaio"
      coaio.run(coaio.aio_nop)
      print((io.open("/proc/self/status"):read("a"):match("VmHWM:%s*(%d+) kB")))
    ]])))
    assert.is_true(peak - small < 65536, ("%d KiB more than %d"):format(peak - small, small))
  end)

  it("reads files that claim to be empty", function()
    run(function()
      local fh <close> = assert(aio_open("/proc/self/status", "r"))
      assert.truthy(assert(aio_read(fh, 0, 1000000)):find("Pid:\t" .. helper.pid, 1, true))
      assert.equal(5, #assert(aio_read(fh, 0, 5)))
      assert.truthy(#assert(aio_read(fh, nil, 1 << 40)) > 100)
    end)
  end)

  it("reads devices", function()
    run(function()
      local zero <close> = assert(aio_open("/dev/zero", "r"))
      assert.equal(("\0"):rep(10000), aio_read(zero, 0, 10000))
      assert.equal(("\0"):rep(10), aio_read(zero, nil, 10))
      local null <close> = assert(aio_open("/dev/null", "r"))
      assert.equal("", aio_read(null, 0, 100))
    end)
  end)

  it("takes Lua files and plain descriptors", function()
    local io_file <close> = assert(io.open(path))
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      assert.equal(content:sub(11, 20), aio_read(io_file, 10, 10))
      assert.equal(content:sub(11, 20), aio_read(fh:fileno(), 10, 10))
    end)
    assert.equal(content:sub(1, 5), io_file:read(5))
  end)

  it("fails as read(2) does", function()
    run(function()
      local dir <close> = assert(aio_open(tmp.path, coaio.O_RDONLY))
      helper.failed("EISDIR", nil, aio_read(dir, 0, 10))
      local sink <close> = assert(aio_open(tmp "sink", "w"))
      helper.failed("EBADF", nil, aio_read(sink, 0, 10))
      helper.failed("EBADF", nil, aio_read(12345, 0, 10))
      local pipe <close> = assert(aio_open(tmp:fifo "seekless", coaio.O_RDWR))
      helper.failed("ESPIPE", nil, aio_read(pipe, 0, 10))
      helper.failed("ESPIPE", nil, aio_write(pipe, 0, 1, "x"))
      helper.failed("ESPIPE", nil, aio_seek(pipe, 0))
    end)
  end)

  it("returns what a pipe has, and the end when its writers are gone", function()
    local fifo = tmp:fifo "pipe"
    run(function()
      local writer = coaio.async(function() return assert(aio_open(fifo, "w")) end)
      local reader <close> = assert(aio_open(fifo, "r"))
      local out = writer:join()
      assert.equal(3, aio_write(out, nil, nil, "abc"))
      assert.equal("abc", aio_read(reader, nil, 1000))
      local waiting = coaio.async(function() return aio_read(reader, nil, 1 << 40) end)
      coaio.cede()
      assert.equal(2, aio_write(out, nil, nil, "de"))
      assert.equal("de", waiting:join())
      assert(aio_close(out))
      assert.equal("", aio_read(reader, nil, 1000))
    end)
  end)

  it("serves many readers of one file", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      local readers = {}
      for i = 1, 64 do
        readers[i] = coaio.async(function()
          for turn = 0, 20 do
            local offset = (i * 4099 + turn * 7919) % (#content - 4096)
            assert(aio_read(fh, offset, 4096) == content:sub(offset + 1, offset + 4096))
          end
        end)
      end
      for _, reader in ipairs(readers) do reader:join() end
    end)
  end)
end)

describe("aio_write", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("writes at an offset, at the position, and past the end", function()
    local path = tmp "written"
    run(function()
      local fh <close> = assert(aio_open(path, "w"))
      assert.equal(5, aio_write(fh, nil, nil, "hello"))
      assert.equal(1, aio_write(fh, 0, 1, "J"))
      assert.equal(6, aio_write(fh, nil, 6, " world"))
      assert.equal(3, aio_write(fh, 20, nil, "end"))
      assert.equal(0, aio_write(fh, 0, 0, "nothing"))
      assert.equal(0, aio_write(fh, nil, nil, ""))
    end)
    assert.equal("Jello world" .. ("\0"):rep(9) .. "end", helper.slurp(path))
  end)

  it("writes a part of its data", function()
    local path = tmp "parts"
    run(function()
      local fh <close> = assert(aio_open(path, "w"))
      assert.equal(3, aio_write(fh, nil, 3, "abcdef", 1))
      assert.equal(2, aio_write(fh, nil, nil, "abcdef", 4))
      assert.equal(0, aio_write(fh, nil, nil, "abcdef", 6))
      assert.equal(2, aio_write(fh, nil, 2, "x\0y", 1))
      assert.equal(2, aio_write(fh, nil, nil, "abcdef", -2))
      assert.equal(1, aio_write(fh, nil, 1, "abcdef", -6))
    end)
    assert.equal("bcdef\0yefa", helper.slurp(path))
  end)

  it("raises when data ends before its length does", function()
    run(function()
      local fh <close> = assert(aio_open(tmp "short", "w"))
      helper.raises("aio_write", aio_write, fh, 0, 7, "abcdef")
      helper.raises("aio_write", aio_write, fh, 0, 1, "abcdef", 6)
      helper.raises("aio_write", aio_write, fh, 0, nil, "abcdef", 7)
      helper.raises("aio_write", aio_write, fh, 0, math.maxinteger, "abcdef", 1)
      helper.raises("aio_write", aio_write, fh, 0, 1, "abcdef", math.maxinteger)
      helper.raises("aio_write", aio_write, fh, 0, nil, "abcdef", -7)
      helper.raises("aio_write", aio_write, fh, 0, 3, "abcdef", -2)
    end)
    assert.equal("", helper.slurp(tmp "short"))
  end)

  it("writes small, large and enormous strings unchanged", function()
    for _, size in ipairs { 1, 4096, 65535, 65536, 65537, 1000000, 20000000 } do
      local path, data = tmp "sized", helper.bytes(size)
      run(function()
        local fh <close> = assert(aio_open(path, "w"))
        local done = 0
        while done < size do done = done + assert(aio_write(fh, done, size - done, data, done)) end
      end)
      assert.equal(sh("sha256sum <%s", tmp:file("expected", data)), sh("sha256sum <%s", path))
    end
  end)

  it("appends where the file was opened for it", function()
    local path = tmp:file("appended", "start;")
    run(function()
      local fh <close> = assert(aio_open(path, "a"))
      assert.equal(4, aio_write(fh, nil, nil, "one;"))
      assert.equal(4, aio_write(fh, 0, nil, "two;"))
    end)
    assert.equal("start;one;two;", helper.slurp(path))
  end)

  it("says that a device is full", function()
    run(function()
      local full <close> = assert(aio_open("/dev/full", "w"))
      helper.failed("ENOSPC", nil, aio_write(full, nil, nil, "x"))
      helper.failed("ENOSPC", nil, aio_write(full, 0, nil, "x"))
    end)
  end)

  it("survives a broken pipe", function()
    local script = [[
      local coaio = require "coaio"
      coaio.run(function()
        local reader = coaio.async(coaio.aio_open, arg[1], "r")
        local out = assert(coaio.aio_open(arg[1], "w"))
        assert(coaio.aio_close(reader:join()))
        local ok, message, code = coaio.aio_write(out, nil, nil, "anyone?")
        assert(ok == nil and message == "Broken pipe" and code == coaio.errno.EPIPE)
        print "alive"
      end)
    ]]
    assert.equal("alive\n", helper.works(script, { args = { tmp:fifo "broken" } }))
  end)

  it("reports a partial write as such", function()
    local script = [[
      local coaio = require "coaio"
      coaio.run(function()
        local fh = assert(coaio.aio_open(arg[1], "w"))
        assert(coaio.aio_write(fh, 0, nil, ("x"):rep(100000)) == 65536)
        local ok, _, code = coaio.aio_write(fh, 65536, nil, "x")
        assert(ok == nil and code == coaio.errno.EFBIG)
        print "partial"
      end)
    ]]
    local wrap = "sh -c 'trap \"\" XFSZ; ulimit -f 128; exec \"$0\" \"$@\"'"
    assert.equal("partial\n", helper.works(script, { args = { tmp "limited" }, wrap = wrap }))
  end)

  it("keeps the writes of many coroutines apart", function()
    local path, lines = tmp "many", {}
    run(function()
      local fh <close> = assert(aio_open(path, "w"))
      local tasks = {}
      for i = 1, 200 do
        lines[i] = ("%50d:%49d\n"):format(i, i)
        tasks[i] = coaio.async(function() assert(aio_write(fh, (i - 1) * 101, nil, lines[i]) == 101) end)
      end
      for _, task in ipairs(tasks) do task:join() end
    end)
    assert.equal(table.concat(lines), helper.slurp(path))
  end)
end)

describe("aio_seek", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("moves the position that reads without offset use", function()
    local path = tmp:file("seek", "0123456789")
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      local function at() return tonumber(helper.slurp("/proc/self/fdinfo/" .. fh:fileno()):match "pos:%s*(%d+)") end
      for _, case in ipairs {
        { 3, coaio.SEEK_SET, 3 }, { 2, coaio.SEEK_CUR, 5 }, { -4, coaio.SEEK_CUR, 1 }, { -1, coaio.SEEK_END, 9 },
        { 5, coaio.SEEK_END, 15 }, { 0, nil, 0 }, { 7, "set", 7 }, { -3, "cur", 4 }, { -10, "end", 0 },
      } do
        assert.equal(case[3], aio_seek(fh, case[1], case[2]))
        assert.equal(case[3], at())
      end
      assert(aio_seek(fh, 4))
      assert.equal("45", aio_read(fh, nil, 2))
      helper.failed("EINVAL", nil, aio_seek(fh, -1, coaio.SEEK_SET))
      helper.failed("EINVAL", nil, aio_seek(fh, -100, coaio.SEEK_CUR))
      assert.equal(6, at())
    end)
  end)

  it("finds data and holes", function()
    local path = tmp "holes"
    sh("truncate -s 1M %s && dd if=/dev/zero of=%s bs=4096 seek=100 count=1 conv=notrunc,fsync status=none", path, path)
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      local perl = "perl -e 'open F, shift; print 0 + sysseek F, shift, shift' %s %s %s"
      for _, case in ipairs { { 0, 3 }, { 0, 4 }, { 409600, 4 }, { 413696, 4 } } do
        local whence = case[2] == 3 and coaio.SEEK_DATA or coaio.SEEK_HOLE
        assert.equal(tonumber(sh(perl, path, case[1], case[2])) // 1, aio_seek(fh, case[1], whence))
      end
      helper.failed("ENXIO", nil, aio_seek(fh, 1 << 20, coaio.SEEK_DATA))
    end)
  end)
end)
