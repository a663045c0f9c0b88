-- The requests that make, move, remove and resolve names, compared with the shell's own tools.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

local odd_names = { "new\nline", "\xff\xfe\x01", "sp ace", "'\"\\", "-rf", "*", ("\xc3\xa4"):rep(120) }

-- What the file system has at a path: its type and permissions, or "nothing".
local function kind(path)
  local output, code = helper.try("stat -c '%%F %%a' -- %s", path)
  return code == 0 and output or "nothing"
end

-- What a message names where the system does not tell which of two paths failed.
local function both(from, to)
  return from .. " -> " .. to
end

describe("aio_unlink and aio_rmdir", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("remove one name", function()
    run(function()
      for _, name in ipairs(odd_names) do
        assert.is_true(coaio.aio_unlink(tmp:file(name, "x")))
        assert.equal("nothing", kind(tmp(name)))
        sh("mkdir -- %s", tmp(name))
        assert.is_true(coaio.aio_rmdir(tmp(name)))
        assert.equal("nothing", kind(tmp(name)))
      end
    end)
  end)

  it("unlink the link, not what it points to", function()
    local path = tmp:file("pointed-to", "")
    sh("ln -s pointed-to %s", tmp "pointer")
    run(function() assert.is_true(coaio.aio_unlink(tmp "pointer")) end)
    assert.equal("nothing", kind(tmp "pointer"))
    assert.not_equal("nothing", kind(path))
  end)

  it("fail as the system calls do", function()
    sh("mkdir -p %s", tmp "full/inner")
    local file = tmp:file("file", "")
    run(function()
      helper.failed("ENOENT", tmp "none", coaio.aio_unlink(tmp "none"))
      helper.failed("EISDIR", tmp "full", coaio.aio_unlink(tmp "full"))
      helper.failed("ENOENT", tmp "none", coaio.aio_rmdir(tmp "none"))
      helper.failed("ENOTEMPTY", tmp "full", coaio.aio_rmdir(tmp "full"))
      helper.failed("ENOTDIR", file, coaio.aio_rmdir(file))
      helper.failed("EINVAL", tmp "full/.", coaio.aio_rmdir(tmp "full/."))
    end)
    assert.not_equal("nothing", kind(tmp "full/inner"))
  end)
end)

describe("aio_mkdir and aio_mknod", function()
  local tmp = helper.tmpdir()
  local umask = tonumber(sh "umask", 8)
  teardown(tmp.remove)

  it("make directories with a mode, less the umask", function()
    run(function()
      for i, mode in ipairs { "0777", "0700", 493, 0 } do
        local path = tmp("dir" .. i)
        assert.is_true(coaio.aio_mkdir(path, mode))
        local number = type(mode) == "string" and tonumber(mode, 8) or mode
        assert.equal(("directory %o"):format(number & ~umask), kind(path))
      end
      assert.is_true(coaio.aio_mkdir(tmp "default"))
      assert.truthy(kind(tmp "default"):find "^directory ")
      for _, name in ipairs(odd_names) do assert.is_true(coaio.aio_mkdir(tmp(name), "0755")) end
    end)
    for _, name in ipairs(odd_names) do assert.truthy(kind(tmp(name)):find "^directory ") end
  end)

  it("make files, FIFOs, sockets and devices", function()
    run(function()
      assert.is_true(coaio.aio_mknod(tmp "file", coaio.S_IFREG | 416, 0))
      assert.equal(("regular empty file %o"):format(416 & ~umask), kind(tmp "file"))
      assert.is_true(coaio.aio_mknod(tmp "fifo", coaio.S_IFIFO | 384))
      assert.equal("fifo 600", kind(tmp "fifo"))
      assert.is_true(coaio.aio_mknod(tmp "socket", coaio.S_IFSOCK | 384, 0))
      assert.equal("socket 600", kind(tmp "socket"))
      local ok, message, code = coaio.aio_mknod(tmp "null", coaio.S_IFCHR | 384, 0x103)
      if ok then
        assert.equal("character special file 1 3", sh("stat -c '%%F %%t %%T' %s", tmp "null"))
      else
        helper.failed("EPERM", tmp "null", ok, message, code)
      end
    end)
  end)

  it("fail as the system calls do", function()
    local file = tmp:file("existing", "")
    run(function()
      helper.failed("EEXIST", file, coaio.aio_mkdir(file, "0755"))
      helper.failed("EEXIST", file, coaio.aio_mknod(file, coaio.S_IFREG | 420, 0))
      helper.failed("ENOENT", tmp "no/dir", coaio.aio_mkdir(tmp "no/dir", "0755"))
      helper.failed("ENOTDIR", file .. "/dir", coaio.aio_mkdir(file .. "/dir", "0755"))
    end)
  end)
end)

describe("aio_link and aio_symlink", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("make a second name of the same file", function()
    local path = tmp:file("original", "content")
    run(function()
      for _, name in ipairs(odd_names) do assert.is_true(coaio.aio_link(path, tmp(name))) end
    end)
    assert.equal(tostring(#odd_names + 1), sh("stat -c %%h %s", path))
    for _, name in ipairs(odd_names) do
      assert.equal(sh("stat -c %%i %s", path), sh("stat -c %%i %s", tmp(name)))
    end
  end)

  it("link a symbolic link itself", function()
    sh("ln -s nowhere %s", tmp "dangling")
    run(function() assert.is_true(coaio.aio_link(tmp "dangling", tmp "linked")) end)
    assert.truthy(kind(tmp "linked"):find "^symbolic link")
    assert.equal(sh("stat -c %%i %s", tmp "dangling"), sh("stat -c %%i %s", tmp "linked"))
  end)

  it("give an open file a name, also one that has none", function()
    local path = tmp:file("named", "content")
    local io_file <close> = assert(io.open(path))
    run(function()
      local fh <close>, message, code = coaio.aio_open(tmp.path, coaio.O_TMPFILE | coaio.O_RDWR)
      if not fh and coaio.errname(code) == "EOPNOTSUPP" then return end
      assert(fh, message)
      assert(coaio.aio_write(fh, 0, nil, "whole"))
      local wd = assert(coaio.aio_wd(tmp.path, { beneath = true }))
      assert.is_true(assert(coaio.aio_link(fh, tmp "whole")))
      assert.is_true(assert(coaio.aio_link(fh, { wd, "again" })))
      assert.is_true(assert(coaio.aio_link(io_file, tmp "by io")))
      assert.is_true(assert(coaio.aio_link(fh:fileno(), tmp "by number")))
      helper.failed("EEXIST", path, coaio.aio_link(fh, path))
      helper.failed("ENOENT", tmp "none/x", coaio.aio_link(fh, tmp "none/x"))
      helper.failed("EXDEV", "../x", coaio.aio_link(fh, { wd, "../x" }))
      helper.failed("EBADF", tmp "x", coaio.aio_link(-1, tmp "x"))
      assert.equal("whole 3", sh("cat %s && stat -c ' %%h' %s", tmp "again", tmp "whole"))
      sh("rm %s %s %s", tmp "whole", tmp "again", tmp "by number")
      helper.failed("ENOENT", tmp "x", coaio.aio_link(fh, tmp "x"))
    end)
    assert.equal(sh("stat -c %%i %s", path), sh("stat -c %%i %s", tmp "by io"))
  end)

  it("make symbolic links that say anything", function()
    local targets = { "relative", "/absolute/path", "../..", ("x/"):rep(2000) }
    for _, name in ipairs(odd_names) do targets[#targets + 1] = name end
    run(function()
      for i, target in ipairs(targets) do assert.is_true(coaio.aio_symlink(target, tmp("symlink" .. i))) end
    end)
    for i, target in ipairs(targets) do assert.equal(target, sh("readlink -n %s", tmp("symlink" .. i))) end
  end)

  it("fail naming the first path, which for a symbolic link is the only one", function()
    local file = tmp:file("file", "")
    run(function()
      helper.failed("ENOENT", both(tmp "none", tmp "new"), coaio.aio_link(tmp "none", tmp "new"))
      helper.failed("EEXIST", file, coaio.aio_link(file, file))
      helper.failed("EEXIST", file, coaio.aio_symlink("target", file))
      helper.failed("ENOENT", tmp "none/new", coaio.aio_symlink("target", tmp "none/new"))
      helper.failed("ENOENT", both("", tmp "empty"), coaio.aio_symlink("", tmp "empty"))
      if helper.root then
        helper.failed("EPERM", both(tmp.path, tmp "dirlink"), coaio.aio_link(tmp.path, tmp "dirlink"))
      end
    end)
  end)
end)

describe("aio_rename and aio_rename2", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("move a name, over an existing one too", function()
    run(function()
      for i, name in ipairs(odd_names) do
        assert.is_true(coaio.aio_rename(tmp:file("from", tostring(i)), tmp(name)))
        assert.equal("nothing", kind(tmp "from"))
        assert.equal(tostring(i), helper.slurp(tmp(name)))
        assert.is_true(coaio.aio_rename2(tmp(name), tmp:file("over", "old"), 0))
        assert.equal(tostring(i), helper.slurp(tmp "over"))
      end
      assert.is_true(coaio.aio_rename2(tmp "over", tmp "no-flags"))
      sh("mkdir %s", tmp "dir")
      assert.is_true(coaio.aio_rename(tmp "dir", tmp "moved-dir"))
    end)
    assert.truthy(kind(tmp "moved-dir"):find "^directory")
  end)

  it("exchange, and refuse to replace, when asked to", function()
    local a, b = tmp:file("a", "A"), tmp:file("b", "B")
    run(function()
      helper.failed("EEXIST", b, coaio.aio_rename2(a, b, coaio.RENAME_NOREPLACE))
      assert.same({ "A", "B" }, { helper.slurp(a), helper.slurp(b) })
      assert.is_true(coaio.aio_rename2(a, b, coaio.RENAME_EXCHANGE))
      assert.same({ "B", "A" }, { helper.slurp(a), helper.slurp(b) })
      assert.is_true(coaio.aio_rename2(a, tmp "c", coaio.RENAME_NOREPLACE))
      helper.failed("ENOENT", both(b, tmp "none"), coaio.aio_rename2(b, tmp "none", coaio.RENAME_EXCHANGE))
      helper.failed("EINVAL", both(b, tmp "d"),
        coaio.aio_rename2(b, tmp "d", coaio.RENAME_EXCHANGE | coaio.RENAME_NOREPLACE))
    end)
  end)

  it("fail naming the first path", function()
    local file = tmp:file("file", "")
    sh("mkdir -p %s", tmp "full/inner")
    run(function()
      helper.failed("ENOENT", both(tmp "none", tmp "new"), coaio.aio_rename(tmp "none", tmp "new"))
      helper.failed("EISDIR", tmp "full", coaio.aio_rename(file, tmp "full"))
      helper.failed("EINVAL", both(tmp "full", tmp "full/inner/x"),
        coaio.aio_rename(tmp "full", tmp "full/inner/x"))
      helper.failed("ENOENT", both(file, tmp "none/new"), coaio.aio_rename(file, tmp "none/new"))
      if sh("stat -c %%d /proc") ~= sh("stat -c %%d %s", tmp.path) then
        helper.failed("EXDEV", both(file, "/proc/x"), coaio.aio_rename(file, "/proc/x"))
      end
    end)
  end)
end)

describe("aio_readlink", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("agrees with readlink(1), at any length", function()
    local targets = { "x", "../y", "/a/b c", ("l"):rep(255), ("d/"):rep(2047), "new\nline", "\xff" }
    run(function()
      for i, target in ipairs(targets) do
        local path = tmp("link" .. i)
        sh("ln -s -- %s %s", target, path)
        assert.equal(sh("readlink -n %s", path), coaio.aio_readlink(path))
        assert.equal(target, coaio.aio_readlink(path))
      end
      assert.equal(sh("readlink /proc/%s/exe", helper.pid), coaio.aio_readlink("/proc/self/exe"))
      assert.equal(sh("readlink /proc/%s/cwd", helper.pid), coaio.aio_readlink("/proc/self/cwd"))
    end)
  end)

  it("fails as readlink(2) does", function()
    run(function()
      helper.failed("EINVAL", tmp.path, coaio.aio_readlink(tmp.path))
      helper.failed("ENOENT", tmp "none", coaio.aio_readlink(tmp "none"))
    end)
  end)
end)

describe("aio_realpath", function()
  local tmp = helper.tmpdir()
  sh("mkdir -p %s && ln -s a/b %s && ln -s ../../l1 %s && ln -s loop2 %s && ln -s loop1 %s", tmp "a/b/c", tmp "l1",
    tmp "a/b/up", tmp "loop1", tmp "loop2")
  sh("ln -s %s %s", tmp "a/../a/./b//c", tmp "absolute")
  tmp:file("a/file", "")
  teardown(tmp.remove)

  it("agrees with realpath(1)", function()
    local paths = {
      "/", "//", ".", "..", "/usr/../usr/./bin", "/proc/self/../1", tmp "a/b/../b/c", tmp "l1/c", tmp "a/b/up/c/..",
      tmp "absolute", tmp "a/file", tmp "l1/up/up/up/c", "spec/../spec", "/tmp//",
    }
    run(function()
      for _, path in ipairs(paths) do
        assert.equal(sh("realpath -e -- %s", path), coaio.aio_realpath(path), path)
      end
    end)
  end)

  it("fails as realpath(3) does", function()
    run(function()
      helper.failed("ENOENT", tmp "none/x", coaio.aio_realpath(tmp "none/x"))
      helper.failed("ENOENT", tmp "none", coaio.aio_realpath(tmp "none"))
      helper.failed("ELOOP", tmp "loop1", coaio.aio_realpath(tmp "loop1"))
      helper.failed("ENOTDIR", tmp "a/file/x", coaio.aio_realpath(tmp "a/file/x"))
      helper.failed("ENOENT", "", coaio.aio_realpath(""))
    end)
  end)
end)
