-- The synchronous functions about files: sendfile, pipes, sockets, timers. /proc, stat(1) and other programs are the
-- witnesses.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh, raises, failed = helper.run, helper.sh, helper.raises, helper.failed
local kind_of, info_of = helper.kind_of, helper.info_of
local aio_open, aio_read, aio_write = coaio.aio_open, coaio.aio_read, coaio.aio_write

local function number_of(bytes)
  return string.unpack("=I8", bytes)
end

describe("the synchronous functions", function()
  local names = [[sendfile fadvise madvise mmap munmap mremap mprotect munlock munlockall mlockall accept4 splice tee
    pipe2 pipesize fexecve mount umount memfd_create eventfd timerfd_create timerfd_settime timerfd_gettime pidfd_open
    pidfd_send_signal pidfd_getfd get_fdlimit min_fdlimit major minor makedev]]

  it("are all there", function()
    for name in names:gmatch "%S+" do assert.equal("function", type(coaio[name]), name) end
  end)

  it("need no engine, and close what they made without one", function()
    assert.equal("true\n", helper.works [[
      local coaio = require "coaio"
      local function descriptors() return #io.popen("ls /proc/self/fd"):read "a" end
      local before = descriptors()
      for _ = 1, 100 do coaio.eventfd() coaio.pipe2() end
      collectgarbage()
      print(descriptors() == before)
    ]])
  end)

  it("name themselves and the argument when they are misused", function()
    for name, arguments in pairs {
      sendfile = { 0, "x" }, fadvise = { {} }, splice = { 0, nil, true }, tee = { "x" }, pipesize = { 0, "x" },
      accept4 = { {} }, pipe2 = { 1.5 }, fexecve = { 0, "argv" }, mount = { "a" }, umount = {}, memfd_create = { {} },
      eventfd = { -1 }, timerfd_create = {}, timerfd_settime = { 0, 0, "x", 1 }, timerfd_gettime = { "x" },
      pidfd_open = {}, pidfd_send_signal = { 0, 0, 1 }, pidfd_getfd = { 0 }, min_fdlimit = { -1 }, major = {},
      minor = { "x" }, makedev = { 1, -1 },
    } do
      raises(("bad argument #%%d to '%s'"):format(name), coaio[name], table.unpack(arguments, 1, 4))
    end
  end)

  it("refuse closed files and numbers that are no descriptors", function()
    local r, w = coaio.pipe2()
    run(function() assert(r:close()) end)
    raises("#1 to 'pipesize'.*closed file", coaio.pipesize, r)
    raises("#2 to 'tee'.*closed file", coaio.tee, w, r, 1)
    for _, fd in ipairs { -1, 1 << 32, 999999 } do
      failed("EBADF", nil, coaio.pipesize(fd))
      failed("EBADF", nil, coaio.fadvise(fd, 0, 0, coaio.FADV_NORMAL))
      failed("EBADF", nil, coaio.sendfile(fd, 0, 0, 1))
    end
    run(function() assert(w:close()) end)
  end)
end)

describe("sendfile", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(100000)
  local source = tmp:file("source", content)
  teardown(tmp.remove)

  it("copies from an offset, or from the file's own position, to the end at most", function()
    run(function()
      local input <close> = assert(aio_open(source, "r"))
      local output <close> = assert(aio_open(tmp "copy", "w"))
      assert.equal(1000, coaio.sendfile(output, input, 500, 1000))
      assert.equal(10, coaio.sendfile(output, input, nil, 10))
      assert.equal(90, coaio.sendfile(output, input, nil, 90))
      assert.equal(0, coaio.sendfile(output, input, #content, 10))
      assert.equal(5, coaio.sendfile(output, input, #content - 5, 1000))
      local io_file <close> = assert(io.open(source))
      assert.equal(#content, coaio.sendfile(output, io_file))
      raises("#3 to 'sendfile'", coaio.sendfile, output, input, -1, 1)
      raises("#4 to 'sendfile'", coaio.sendfile, output, input, 0, -1)
    end)
    assert.is_true(content:sub(501, 1500) .. content:sub(1, 100) .. content:sub(-5) .. content
      == helper.slurp(tmp "copy"))
  end)

  it("copies what the kernel's does not", function()
    run(function()
      local input <close> = assert(aio_open(source, "r"))
      local output <close> = assert(aio_open(tmp "append", "a"))
      assert.equal(#content - 10, coaio.sendfile(output, input, 10, #content))
      assert.equal(#content, coaio.sendfile(output, input, nil, #content + 1))
      local r, w = coaio.pipe2()
      assert.equal(5, aio_write(w, nil, nil, "12345"))
      assert.equal(3, coaio.sendfile(output, r, nil, 3))
      assert.equal(2, coaio.sendfile(output, r, nil, 100))
      failed("ESPIPE", nil, coaio.sendfile(output, r, 0, 1))
      failed("EBADF", nil, coaio.sendfile(input, r, nil, 1))
      assert(r:close())
      assert(w:close())
    end)
    assert.is_true(content:sub(11) .. content .. "12345" == helper.slurp(tmp "append"))
  end)

  it("fills a pipe that does not block as far as it goes", function()
    run(function()
      local input <close> = assert(aio_open(source, "r"))
      local r, w = coaio.pipe2(coaio.O_NONBLOCK)
      local n = assert(coaio.sendfile(w, input, 0, #content))
      assert.is_true(n > 0 and n <= #content)
      failed("EAGAIN", nil, coaio.sendfile(w, input, 0, 1 << 20))
      assert.is_true(content:sub(1, n) == aio_read(r, nil, n))
      assert(r:close())
      assert(w:close())
    end)
  end)
end)

describe("a pipe", function()
  it("is two files that close on exec", function()
    run(function()
      local r, w = coaio.pipe2(coaio.O_NONBLOCK)
      assert.truthy(kind_of(r):find "^pipe:")
      assert.equal(kind_of(r), kind_of(w))
      assert.equal(4, aio_write(w, nil, nil, "ping"))
      assert.equal("ping", aio_read(r, nil, 100))
      assert.equal(4, tonumber(info_of(r):match "flags:%s*%d*(%d)%d%d%d")) -- 04000 is O_NONBLOCK
      assert(r:close())
      assert(w:close())
      failed("EINVAL", nil, coaio.pipe2(coaio.O_CREAT))
    end)
  end)

  it("has a size", function()
    local r, w = coaio.pipe2()
    assert.equal(65536, coaio.pipesize(r))
    assert.equal(131072, coaio.pipesize(w, 100000))
    assert.equal(131072, coaio.pipesize(r))
    run(function()
      assert.equal(131072, coaio.aio_fcntl(r, coaio.F_GETPIPE_SZ))
      assert(r:close())
      assert(w:close())
    end)
    local file <close> = assert(io.open "/etc/passwd")
    failed("EBADF", nil, coaio.pipesize(file))
  end)

  it("is filled by splice and tee", function()
    local tmp = helper.tmpdir()
    tmp:file("source", "0123456789")
    run(function()
      local input <close> = assert(aio_open(tmp "source", "r"))
      local output <close> = assert(aio_open(tmp "output", "w"))
      local r, w = coaio.pipe2()
      local r2, w2 = coaio.pipe2()
      assert.equal(4, coaio.splice(input, 2, w, nil, 4))
      assert.equal(3, coaio.splice(input, nil, w, nil, 3, coaio.SPLICE_F_MOVE))
      assert.equal(7, coaio.tee(r, w2, 100))
      assert.equal("2345012", aio_read(r, nil, 100))
      assert.equal(7, coaio.splice(r2, nil, output, 3, 100))
      assert.equal(0, coaio.splice(input, 10, w, nil, 3))
      failed("EAGAIN", nil, coaio.tee(r, w2, 1, coaio.SPLICE_F_NONBLOCK))
      failed("EINVAL", nil, coaio.splice(input, nil, output, nil, 3))
      failed("ESPIPE", nil, coaio.splice(r, 1, output, nil, 3))
      raises("#5 to 'splice'", coaio.splice, r, nil, output, nil, -1)
      raises("#3 to 'tee'", coaio.tee, r, w2)
      for _, file in ipairs { r, w, r2, w2 } do assert(file:close()) end
    end)
    assert.equal("\0\0\0" .. "2345012", helper.slurp(tmp "output"))
    tmp.remove()
  end)

  it("without a reader gives EPIPE and no signal", function()
    assert.equal("32 32 32 32 alive\n", helper.works [[
      local coaio = require "coaio"
      local passwd = assert(io.open "/etc/passwd")
      local r, w = coaio.pipe2()
      local r2, w2 = coaio.pipe2()
      coaio.aio_write(w2, nil, nil, "x")
      coaio.aio_close(r)
      local codes = {
        (select(3, coaio.sendfile(w, passwd, 0, 10))),
        (select(3, coaio.sendfile(w, r2, nil, 10))),
        (select(3, coaio.splice(passwd, 0, w, nil, 10))),
      }
      coaio.aio_write(w2, nil, nil, "x")
      codes[4] = select(3, coaio.tee(r2, w, 10))
      print(table.concat(codes, " ") .. " alive")
    ]])
  end)
end)

describe("the limit on the size of files", function()
  it("is an error to what writes, and ends no program", function()
    local tmp = helper.tmpdir()
    tmp:file("from", helper.bytes(10000))
    helper.works([[
      local coaio = require "coaio"
      local from, to = io.open(arg[1]), assert(coaio.run(coaio.aio_open, arg[2], "w"))
      local function beyond(ok, _, code)
        assert(ok == nil and code == coaio.errno.EFBIG)
      end
      assert(coaio.sendfile(to, from, 0, 10000) == 4096)
      beyond(coaio.sendfile(to, from, 0, 10000))
      local appending = assert(coaio.run(coaio.aio_open, arg[2], "a")) -- copied by reading and writing
      beyond(coaio.sendfile(appending, from, 0, 10000))
      local r, w = coaio.pipe2()
      assert(coaio.run(coaio.aio_write, w, nil, nil, "some") == 4)
      beyond(coaio.splice(r, nil, to, nil, 4))
      assert(to:close())
    ]], { args = { tmp "from", tmp "to" }, wrap = "prlimit --fsize=4096" })
    assert.equal(4096, #helper.slurp(tmp "to"))
    tmp.remove()
  end)
end)

describe("accept4", function()
  -- Python makes the sockets and becomes Lua: 3 listens, 4 and 5 are connected to it.
  local wrap = [[python3 -c '
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + "/server")
listener.listen(5)
clients = []
for i in range(2):
    client = socket.socket(socket.AF_UNIX)
    client.bind(sys.argv[1] + "/client%%d" %% i)
    client.connect(sys.argv[1] + "/server")
    clients.append(client)
listener.setblocking(False)
for i, s in enumerate([listener] + clients):
    os.dup2(s.fileno(), 30 + i)
os.execvp(sys.argv[2], sys.argv[2:])' %s]]

  it("makes a file of a connection, with the name of its peer", function()
    local tmp = helper.tmpdir()
    local output = helper.works([[
      local coaio = require "coaio"
      local first, name, length = coaio.accept4(30)
      print(string.unpack("=I2z", name))
      print(length == #name)
      print(coaio.aio_fcntl(first, coaio.F_GETFD), coaio.aio_fcntl(first, coaio.F_GETFL) & coaio.O_NONBLOCK)
      coaio.aio_write(31, nil, nil, "hello")
      print(coaio.aio_read(first, nil, 100))
      local second, short, longer = coaio.accept4(30, 3, coaio.SOCK_NONBLOCK)
      print(#short, longer > 3, coaio.aio_fcntl(second, coaio.F_GETFL) & coaio.O_NONBLOCK ~= 0)
      print((select(2, coaio.accept4(30))))
      print((select(2, coaio.accept4(0))))
      print(pcall(coaio.accept4, 30, -1))
    ]], { wrap = wrap:format(helper.quote(tmp.path)) })
    assert.equal(("1\t%s\t%d\ntrue\n1\t0\nhello\n3\ttrue\ttrue\nResource temporarily unavailable\n"
      .. "Socket operation on non-socket\nfalse\tbad argument #2 to 'accept4' (length out of range)\n")
      :format(tmp "client0", 2 + #tmp "client0" + 2), output)
    tmp.remove()
  end)

  it("can leave the name out", function()
    local tmp = helper.tmpdir()
    assert.equal("file\t\t0\n", helper.works([[
      local coaio = require "coaio"
      local file, name, length = coaio.accept4(30, 0)
      print(file and "file", name, length)
    ]], { wrap = wrap:format(helper.quote(tmp.path)) }))
    tmp.remove()
  end)
end)

describe("files without a name:", function()
  it("memfd_create", function()
    run(function()
      local file = assert(coaio.memfd_create("some name", coaio.MFD_ALLOW_SEALING))
      assert.truthy(kind_of(file):find("/memfd:some name", 1, true))
      assert.equal(5, aio_write(file, 0, nil, "hello"))
      assert.equal("5", sh("stat -L -c %%s /proc/%s/fd/%s", helper.pid, file:fileno()))
      local map = assert(coaio.mmap(5, coaio.PROT_READ, coaio.MAP_SHARED, file))
      assert.equal("hello", tostring(map))
      assert(coaio.munmap(map))
      assert.equal(0, coaio.aio_fcntl(file, coaio.F_ADD_SEALS, coaio.F_SEAL_WRITE))
      failed("EPERM", nil, aio_write(file, 0, nil, "x"))
      failed("EINVAL", nil, coaio.memfd_create(("x"):rep(300)))
      failed("EINVAL", nil, coaio.memfd_create "a\0b")
      failed("EINVAL", nil, coaio.memfd_create("x", -1))
      failed("EINVAL", nil, coaio.memfd_create("x", 1 << 30))
      assert(file:close())
    end)
  end)

  it("eventfd", function()
    run(function()
      local file = assert(coaio.eventfd(7, coaio.EFD_NONBLOCK))
      assert.equal("anon_inode:[eventfd]", kind_of(file))
      assert.equal(8, aio_write(file, nil, nil, string.pack("=I8", 5)))
      assert.equal(12, number_of(aio_read(file, nil, 8)))
      assert(file:close())
      local semaphore <close> = assert(coaio.eventfd(2, coaio.EFD_SEMAPHORE))
      assert.equal(1, number_of(aio_read(semaphore, nil, 8)))
      local empty <close> = assert(coaio.eventfd())
      assert.truthy(info_of(empty):find "eventfd%-count:%s+0\n")
      failed("EINVAL", nil, coaio.eventfd(0, 1 << 20))
    end)
    raises("#1 to 'eventfd'", coaio.eventfd, 1 << 32)
  end)

  it("timerfd", function()
    run(function()
      local timer <close> = assert(coaio.timerfd_create(coaio.CLOCK_MONOTONIC))
      assert.equal("anon_inode:[timerfd]", kind_of(timer))
      assert.same({ 0, 0 }, { coaio.timerfd_gettime(timer) })
      assert.same({ 0, 0 }, { coaio.timerfd_settime(timer, 0, 1.25, 1000.5) })
      local interval, value = coaio.timerfd_gettime(timer)
      assert.equal(1.25, interval)
      assert.is_true(value > 900 and value <= 1000.5)
      assert.truthy(info_of(timer):find "it_interval: %(1, 250000000%)")
      assert.equal(1.25, coaio.timerfd_settime(timer, 0, 0, 0.001))
      assert.equal(1, number_of(aio_read(timer, nil, 8)))
      assert(coaio.timerfd_settime(timer, coaio.TFD_TIMER_ABSTIME, 0.9999999999, 1e-9))
      assert.is_true(number_of(aio_read(timer, nil, 8)) >= 1)
      assert.equal(1, (coaio.timerfd_gettime(timer)))
      failed("EINVAL", nil, coaio.timerfd_settime(timer, 0, 0, -1))
      failed("EINVAL", nil, coaio.timerfd_settime(0, 0, 0, 1))
      failed("EBADF", nil, coaio.timerfd_gettime(-1))
      failed("EINVAL", nil, coaio.timerfd_create(9999))
      for _, bad in ipairs { 0 / 0, 2.0 ^ 63, -math.huge } do
        raises("#3 to 'timerfd_settime'", coaio.timerfd_settime, timer, 0, bad, 0)
        raises("#4 to 'timerfd_settime'", coaio.timerfd_settime, timer, 0, 0, bad)
      end
    end)
  end)
end)

describe("fadvise", function()
  it("is what the kernel gets", function()
    local tmp = helper.tmpdir()
    tmp:file("file", helper.bytes(10000))
    local _, errors = helper.child([[
      local coaio = require "coaio"
      local file = io.open(arg[1])
      assert(coaio.fadvise(file, 4096, 100, coaio.FADV_WILLNEED) == true)
      assert(coaio.fadvise(file, nil, nil, coaio.FADV_RANDOM) == true)
    ]], { args = { tmp "file" }, wrap = "strace -e trace=/fadvise" })
    if not errors:find "exited with 0" then return pending("strace does not work: " .. errors) end
    assert.truthy(errors:find("fadvise64[_64]*%(%d+, 4096, 100, POSIX_FADV_WILLNEED%) += 0"))
    assert.truthy(errors:find("fadvise64[_64]*%(%d+, 0, 0, POSIX_FADV_RANDOM%) += 0"))
    local file <close> = assert(io.open(tmp "file"))
    failed("EINVAL", nil, coaio.fadvise(file, 0, 0, 99))
    failed("EINVAL", nil, coaio.fadvise(file, 0, -1, coaio.FADV_NORMAL))
    local r = coaio.pipe2()
    failed("ESPIPE", nil, coaio.fadvise(r, 0, 0, coaio.FADV_NORMAL))
    tmp.remove()
  end)
end)
