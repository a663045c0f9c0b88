-- The synchronous functions about the system: processes, fexecve, mounts, limits, device numbers.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh, raises, failed = helper.run, helper.sh, helper.raises, helper.failed
local kind_of, info_of = helper.kind_of, helper.info_of
local aio_open, aio_read, aio_write = coaio.aio_open, coaio.aio_read, coaio.aio_write

describe("a process", function()
  it("is a file that takes signals", function()
    local pipe <close> = assert(io.popen "echo $$; exec sleep 1000")
    local pid = pipe:read "n"
    run(function()
      local file <close> = assert(coaio.pidfd_open(pid))
      assert.truthy(kind_of(file):find "pidfd")
      assert.equal(pid, tonumber(info_of(file):match "Pid:%s*(%d+)"))
      assert.is_true(coaio.pidfd_send_signal(file, 0))
      failed("EINVAL", nil, coaio.pidfd_send_signal(file, 9999))
      failed("EINVAL", nil, coaio.pidfd_send_signal(file, 0, nil, 1 << 20))
      assert.is_true(coaio.pidfd_send_signal(file, coaio.SIGKILL))
      assert.same({ nil, "signal", coaio.SIGKILL }, { pipe:close() })
      failed("ESRCH", nil, coaio.pidfd_send_signal(file, 0))
      failed("ESRCH", nil, coaio.pidfd_open(pid))
      failed("EINVAL", nil, coaio.pidfd_open(-1))
    end)
  end)

  it("gets what a signal carries", function()
    local output = helper.works([[
      local coaio = require "coaio"
      local pipe = io.popen(arg[1])
      local pid = pipe:read "n"
      local file = assert(coaio.pidfd_open(pid))
      assert(coaio.pidfd_send_signal(file, coaio.SIGUSR1, { code = -1, value_int = 4711, pid = 12, uid = 34 }))
      print(pipe:read "a")
      print(pcall(coaio.pidfd_send_signal, file, 0, { code = "x" }))
    ]], { args = { [[python3 -c '
import signal, os
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print(os.getpid(), flush=True)
info = signal.sigwaitinfo([signal.SIGUSR1])
print(info.si_signo, info.si_code, info.si_pid, info.si_uid)']] } })
    assert.equal(("\n%d -1 12 34\n\nfalse\tbad argument #3 to 'pidfd_send_signal' (integer expected in field 'code')\n")
      :format(coaio.SIGUSR1), output)
  end)

  it("shares its descriptors, where that is allowed", function()
    run(function()
      local file <close> = assert(coaio.pidfd_open(helper.pid))
      local r, w = coaio.pipe2()
      local copy = assert(coaio.pidfd_getfd(file, w:fileno()))
      assert.equal(kind_of(r), kind_of(copy))
      assert.are_not.equal(w:fileno(), copy:fileno())
      assert.equal(2, aio_write(copy, nil, nil, "hi"))
      assert.equal("hi", aio_read(r, nil, 10))
      failed("EBADF", nil, coaio.pidfd_getfd(file, 999999))
      failed("EINVAL", nil, coaio.pidfd_getfd(file, 0, 1))
      failed("EBADF", nil, coaio.pidfd_getfd(r, 0))
      for _, each in ipairs { r, w, copy } do assert(each:close()) end
    end)
  end)
end)

describe("fexecve", function()
  local prelude = [[
    local coaio = require "coaio"
    local function start(path, ...)
      local fh = assert(coaio.aio_open(path, "r"))
      print((select(2, coaio.fexecve(fh, ...))))
    end
  ]]

  it("becomes another program", function()
    assert.equal("one two  three\n", helper.works(prelude .. [[start("/bin/echo", { "echo", "one", "two  three" })]]))
    assert.equal("A=1\nB=x y\n", helper.works(prelude .. [[start("/usr/bin/env", { "env" }, { "A=1", "B=x y" })]]))
    assert.equal("", helper.works(prelude .. [[start("/usr/bin/env", { "env" }, {})]]))
    assert.truthy(helper.works(prelude .. [[start("/usr/bin/env", { "env" })]], { env = "COLOUR=blue" })
      :find "COLOUR=blue\n")
  end)

  it("becomes a script, though its file closes on exec", function()
    local tmp = helper.tmpdir()
    sh("chmod +x %s", tmp:file("script", "#!/bin/sh\necho $1 $2\n"))
    assert.equal("a b\n", helper.works(prelude .. [[start(arg[1], { "script", "a", "b" })]],
      { args = { tmp "script" } }))
    tmp.remove()
  end)

  it("tells why it failed", function()
    assert.equal("Permission denied\nInvalid argument\nInvalid argument\n", helper.works(prelude .. [[
      start("/etc/passwd", { "passwd" })
      start("/bin/echo", { "echo", "a\0b" })
      start("/bin/echo", { "echo" }, { "a\0b" })
    ]]))
    failed("EBADF", nil, coaio.fexecve(-1, { "x" }))
    raises("#2 to 'fexecve'", coaio.fexecve, -1, { {} })
    raises("#2 to 'fexecve'", coaio.fexecve, -1, { 1 })
    raises("#3 to 'fexecve'", coaio.fexecve, -1, { "x" }, { true })
  end)
end)

describe("mount", function()
  it("mounts, and umount takes it away", function()
    local tmp = helper.tmpdir()
    finally(tmp.remove)
    local ok, message, code = coaio.mount("coaio", tmp.path, "tmpfs", coaio.MS_NOEXEC | coaio.MS_NOSUID, "size=64k")
    if not ok and (code == coaio.errno.EPERM or code == coaio.errno.EACCES) then
      assert.equal(tmp.path .. ": " .. coaio.strerror(code), message)
      return pending("mounting is not permitted: " .. message)
    end
    assert.is_true(ok)
    local line = sh("grep -F %s /proc/self/mounts", " " .. tmp.path .. " ")
    assert.truthy(line:find "^coaio .* tmpfs .*nosuid.*noexec.*size=64k")
    helper.write(tmp "inside", "x")
    assert.is_true(coaio.mount(nil, tmp.path, nil, coaio.MS_REMOUNT | coaio.MS_RDONLY))
    failed("EROFS", tmp "more", coaio.aio_mkdir(tmp "more"))
    run(function()
      local fh = assert(aio_open(tmp "inside", "r"))
      failed("EBUSY", tmp.path, coaio.umount(tmp.path))
      assert(fh:close())
    end)
    assert.is_true(coaio.umount(tmp.path, coaio.UMOUNT_NOFOLLOW))
    assert.equal("", sh("ls %s", tmp.path))
    failed("EINVAL", tmp.path, coaio.umount(tmp.path))
  end)

  it("fails without harm", function()
    local _, _, code = coaio.umount "/nope"
    assert.is_true(code == coaio.errno.ENOENT or code == coaio.errno.EPERM)
    assert.equal(coaio.errno.EINVAL, select(3, coaio.umount "/tmp\0x"))
    assert.equal(coaio.errno.EINVAL, select(3, coaio.mount("none", "/nope\0", "tmpfs")))
    assert.equal(coaio.errno.EINVAL, select(3, coaio.mount("none", "/nope", "tmp\0fs")))
  end)
end)

describe("the limit of descriptors", function()
  it("is read and raised, as far as it goes", function()
    local output = helper.works([[
      local coaio = require "coaio"
      print(coaio.get_fdlimit(), coaio.min_fdlimit(50), coaio.get_fdlimit())
      print(coaio.min_fdlimit(300), coaio.get_fdlimit())
      print(io.open("/proc/self/limits"):read("a"):match "Max open files%s+(%d+)")
    ]], { wrap = "prlimit --nofile=100:400" })
    assert.equal("100\ttrue\t100\ntrue\t300\n300\n", output)
    output = helper.works([[
      local coaio = require "coaio"
      local _, _, code = coaio.min_fdlimit()
      print(code and coaio.errname(code) or "", coaio.get_fdlimit())
    ]], { wrap = "prlimit --nofile=100:400" })
    local error, limit = output:match "^(%w*)\t(%d+)\n$"
    assert.is_true(error == "" or error == "EPERM")
    local most = helper.root and tonumber(helper.slurp "/proc/sys/fs/nr_open") or 400
    if tonumber(limit) ~= 400 then assert.equal(math.min(most, 0x7fffffff), tonumber(limit)) end
  end)
end)

describe("device numbers", function()
  it("are taken apart and put together as stat does", function()
    local tmp = helper.tmpdir()
    for _, path in ipairs { "/dev/null", "/dev/tty", "/dev/zero" } do
      local dev = assert(coaio.aio_stat(path)).rdev
      assert.equal(sh("stat -c '%%t %%T' %s", path), ("%x %x"):format(coaio.major(dev), coaio.minor(dev)))
      assert.equal(dev, coaio.makedev(coaio.major(dev), coaio.minor(dev)))
    end
    local dev = coaio.makedev(0xfff, 0xabcde)
    assert.same({ 0xfff, 0xabcde }, { coaio.major(dev), coaio.minor(dev) })
    tmp.remove()
  end)
end)
