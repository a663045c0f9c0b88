-- aio_open and aio_close: modes, permissions, errors, and what descriptors look like from outside.

local coaio = require "coaio"
local helper = require "spec.helper"
local aio_open, aio_close, aio_read, aio_write = coaio.aio_open, coaio.aio_close, coaio.aio_read, coaio.aio_write
local run, sh = helper.run, helper.sh

describe("aio_open", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("opens for reading when nothing else is said", function()
    local path = tmp:file("plain", "hello")
    run(function()
      for _, flags in ipairs { false, coaio.O_RDONLY, "r", "rb" } do
        local fh = assert(aio_open(path, flags or nil))
        assert.equal("hello", aio_read(fh, 0, 100))
        helper.failed("EBADF", nil, aio_write(fh, 0, 1, "x"))
        assert(aio_close(fh))
      end
    end)
    assert.equal("hello", helper.slurp(path))
  end)

  it("understands the mode strings of io.open", function()
    local cases = { -- mode, what a file of "old" holds after "new!!" was written, whether a missing file is made
      { "r+", "new!!", false }, { "w", "new!!", true }, { "w+", "new!!", true }, { "a", "oldnew!!", true },
      { "a+", "oldnew!!", true }, { "r+b", "new!!", false }, { "wb", "new!!", true }, { "ab", "oldnew!!", true },
    }
    for _, case in ipairs(cases) do
      local mode, content, makes = table.unpack(case)
      local path, missing = tmp:file("old-" .. mode, "old"), tmp("missing-" .. mode)
      run(function()
        local fh <close> = assert(aio_open(path, mode))
        assert.equal(5, aio_write(fh, nil, nil, "new!!"))
        local made, message, code = aio_open(missing, mode)
        if not makes then helper.failed("ENOENT", missing, made, message, code) end
        if made then made:close() end
      end)
      assert.equal(content, helper.slurp(path), mode)
      assert.equal(makes, sh("test -e %s && echo made || echo not", missing) == "made", mode)
    end
  end)

  it("refuses an existing file with x", function()
    local path = tmp:file("existing", "kept")
    run(function()
      helper.failed("EEXIST", path, aio_open(path, "wx"))
      local fh = assert(aio_open(tmp "exclusive", "wx"))
      assert(aio_close(fh))
      helper.failed("EEXIST", tmp "exclusive", aio_open(tmp "exclusive", "w+x"))
    end)
    assert.equal("kept", helper.slurp(path))
  end)

  it("gives a new file its mode, less the umask", function()
    local umask = tonumber(sh "umask", 8)
    local cases = { { "a", nil, 438 }, { "b", 384, 384 }, { "c", "0640", 416 }, { "d", "0777", 511 }, { "e", 0, 0 } }
    run(function()
      for _, case in ipairs(cases) do
        local path = tmp("mode-" .. case[1])
        local fh = assert(aio_open(path, coaio.O_CREAT | coaio.O_WRONLY, case[2]))
        assert(aio_close(fh))
        assert.equal(("%o"):format(case[3] & ~umask), sh("stat -c %%a %s", path))
      end
    end)
  end)

  it("passes flags on as they are", function()
    local path = tmp:file("truncated", "something")
    local link = tmp "link-to-it"
    sh("ln -s truncated %s", link)
    run(function()
      helper.failed("ELOOP", link, aio_open(link, coaio.O_RDONLY | coaio.O_NOFOLLOW))
      helper.failed("ENOTDIR", path, aio_open(path, coaio.O_RDONLY | coaio.O_DIRECTORY))
      local dir <close> = assert(aio_open(tmp.path, coaio.O_RDONLY | coaio.O_DIRECTORY))
      assert.equal("directory", coaio.aio_stat(dir).type)
      local fh <close> = assert(aio_open(path, coaio.O_RDWR | coaio.O_TRUNC))
      assert.equal("0", sh("stat -c %%s %s", path))
      assert.equal(0, coaio.aio_seek(fh, 0, coaio.SEEK_END))
    end)
  end)

  it("reports what the system reports, naming the path", function()
    local file = tmp:file("a-file", "")
    run(function()
      helper.failed("ENOENT", "/nope", aio_open("/nope", "r"))
      helper.failed("ENOENT", "", aio_open("", "r"))
      helper.failed("ENOTDIR", file .. "/below", aio_open(file .. "/below", "r"))
      helper.failed("EISDIR", tmp.path, aio_open(tmp.path, "w"))
      helper.failed("ENAMETOOLONG", ("n"):rep(256), aio_open(("n"):rep(256), "r"))
      local path = ("/x"):rep(2500)
      helper.failed("ENAMETOOLONG", path, aio_open(path, "r"))
    end)
    local _, message, code = io.open "/nope"
    local _, ours, number = run(function() return aio_open("/nope", "r") end)
    assert.same({ message, code }, { ours, number })
  end)

  it("takes a NUL in a path for an error, not for its end", function()
    local path = tmp:file("nul", "x")
    run(function()
      local ok, _, code = aio_open(path .. "\0junk", "r")
      assert.is_nil(ok)
      assert.equal(coaio.errno.EINVAL, code)
    end)
  end)

  it("opens names of any bytes", function()
    local names = { "new\nline", "\xff\xfe", "sp ace", "'\"", "-n", ("\xc3\xa4"):rep(100), "*" }
    run(function()
      for i, name in ipairs(names) do
        local fh <close> = assert(aio_open(tmp(name), "w"))
        assert.equal(1, aio_write(fh, 0, 1, tostring(i)))
      end
    end)
    for i, name in ipairs(names) do assert.equal(tostring(i), sh("cat -- %s", tmp(name))) end
  end)

  it("marks every descriptor close-on-exec", function()
    run(function()
      for _, path in ipairs { tmp:file("exec", ""), tmp.path, "/dev/null", tmp:fifo "exec-fifo" } do
        local fh <close> = assert(aio_open(path, path:find "fifo" and coaio.O_RDWR or coaio.O_RDONLY))
        assert.is_true(helper.cloexec(fh:fileno()), path)
        if path ~= "/dev/null" then assert.equal("", sh("ls -l /proc/self/fd | grep -F -e %s || true", path)) end
      end
    end)
  end)

  it("leaves the flags of a foreign descriptor alone", function()
    local io_file <close> = assert(io.open(tmp:file("foreign", "content")))
    run(function()
      local listing = "ls -l /proc/%s/fd 2>/dev/null | sed -n 's|.* \\([0-9]*\\) -> .*/foreign$|\\1|p'"
      local fd = tonumber(sh(listing, helper.pid))
      local before = helper.slurp("/proc/self/fdinfo/" .. fd)
      assert.equal("content", aio_read(io_file, 0, 100))
      assert.equal(before, helper.slurp("/proc/self/fdinfo/" .. fd))
    end)
  end)

  it("waits for the other end of a FIFO, and nobody waits with it", function()
    local path = tmp:fifo "fifo"
    local order = {}
    run(function()
      local reader = coaio.async(function()
        local fh <close> = assert(aio_open(path, "r"))
        order[#order + 1] = "opened"
        return aio_read(fh, nil, 100)
      end)
      coaio.cede()
      assert(coaio.aio_stat(tmp.path))
      order[#order + 1] = "stat"
      local fh = assert(aio_open(path, "w"))
      assert.equal(5, aio_write(fh, nil, nil, "hello"))
      assert(aio_close(fh))
      assert.equal("hello", reader:join())
    end)
    assert.same({ "stat", "opened" }, order)
  end)
end)

describe("aio_close", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("closes files and plain descriptors", function()
    local path = tmp:file("closed", "")
    run(function()
      local fh = assert(aio_open(path, "r"))
      local fd = fh:fileno()
      assert.truthy(helper.fds():find("%f[^\n\0]" .. fd .. " %-> "))
      assert.is_true(aio_close(fh))
      assert.is_nil(helper.fds():find(path, 1, true))
      local other = assert(aio_open(path, "r"))
      helper.raises("bad argument #1 to .-aio_close'", aio_close, fh)
      assert.truthy(helper.fds():find(path, 1, true))
      assert(aio_close(other))
      helper.failed("EBADF", nil, aio_close(fd + 1000))
    end)
  end)

  it("refuses a Lua file, whose descriptor its own finalizer closes", function()
    local io_file <close> = assert(io.open(tmp:file("io", "mine")))
    run(function() helper.raises("bad argument #1 to .-aio_close'", aio_close, io_file) end)
    assert.equal("mine", io_file:read "a")
  end)

  it("knows descriptor 0", function()
    local script = [[
      local coaio = require "coaio"
      coaio.run(function()
        assert(coaio.aio_close(0))
        local fh = assert(coaio.aio_open(arg[0], "r", 0))
        assert(fh:fileno() == 0, fh:fileno())
        assert(coaio.aio_read(fh, 0, 5) == "     ")
        assert(coaio.aio_stat(fh).size == coaio.aio_stat(0).size)
        assert(coaio.aio_close(fh))
        local _, _, code = coaio.aio_read(0, 0, 5)
        assert(code == coaio.errno.EBADF)
      end)
      print "done"
    ]]
    assert.equal("done\n", helper.works(script))
  end)
end)
