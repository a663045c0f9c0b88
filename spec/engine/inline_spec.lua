-- What completes inside the call: it must be what a worker would say, and only what nobody has to be waited for.

local coaio = require "coaio"
local request = require "coaio.request"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

-- The results of a request and who served it, as one list.
local function served(name, ...)
  local results
  local arguments = table.pack(...)
  arguments[arguments.n + 1] = function(...) results = table.pack(...) end
  local req = request[name](table.unpack(arguments, 1, arguments.n + 1))
  coaio.aio_wait(req)
  return results, req:backend()
end

local function by_worker(fn)
  local before = coaio.max_inline(0)
  fn()
  coaio.max_inline(before)
end

local function fields(st)
  local text = {}
  for _, name in ipairs { "type", "mode", "size", "ino", "dev", "nlink", "uid", "gid", "rdev", "blocks", "blksize",
      "mtime", "mtimensec", "ctime", "ctimensec", "btime", "btimensec" } do
    text[#text + 1] = name .. "=" .. tostring(st[name])
  end
  return table.concat(text, " ")
end

-- Equal, whoever served it; and inline once the caches know it. (To follow a link for the first time sets its times.)
local function same_results(name, ...)
  served(name, ...)
  local inline, who = served(name, ...)
  assert.equal("inline", who)
  local arguments = table.pack(...)
  by_worker(function()
    local worker, other = served(name, table.unpack(arguments, 1, arguments.n))
    assert.not_equal("inline", other)
    assert.equal(worker.n, inline.n)
    if type(worker[1]) == "table" or type(worker[1]) == "userdata" then
      assert.equal(fields(worker[1]), fields(inline[1]))
    else
      assert.same(worker, inline)
    end
  end)
  return inline
end

describe("what completes inside the call", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("plain", "hello")
  sh("ln -s plain %s && ln -s loop %s && ln -s /proc/self/stat %s && mkdir %s", tmp "link", tmp "loop", tmp "away",
    tmp "dir")
  local fifo = tmp:fifo "fifo"
  teardown(tmp.remove)

  -- A file system that is not known as local, or a kernel without openat2(2), does nothing of this inline.
  local near = run(function()
    assert(coaio.aio_stat(path))
    return (select(2, served("aio_stat", path))) == "inline"
  end)
  local may_mount = helper.root and select(2, helper.try "unshare -m true") == 0
  local when_near = near and it or function(name) pending(name .. ": the temporary directory is not local") end

  when_near("is a stat of what is in the cache of names", function()
    run(function()
      local st = same_results("aio_stat", path)[1]
      assert.equal(sh("stat -c '%%i %%s %%h' %s", path), ("%d %d %d"):format(st.ino, st.size, st.nlink))
      assert.equal("link", same_results("aio_lstat", tmp "link")[1].type)
      assert.equal("file", same_results("aio_stat", tmp "link")[1].type)
      assert.equal("fifo", same_results("aio_stat", fifo)[1].type)
      same_results("aio_stat", tmp "dir/")
      same_results("aio_lstat", tmp "loop")
      local wd = assert(coaio.aio_wd(tmp.path))
      same_results("aio_stat", { wd, "plain" })
      local fh <close> = assert(coaio.aio_open(path))
      same_results("aio_stat", fh)
    end)
  end)

  when_near("is an error that the cache knows", function()
    run(function()
      coaio.aio_stat(tmp "missing") -- from now on the cache knows
      for _, name in ipairs { tmp "missing", tmp "loop", tmp "missing/x" } do
        local results = same_results("aio_stat", name)
        assert.is_nil(results[1])
        assert.same(results, same_results("aio_open", name, coaio.O_RDONLY))
      end
    end)
  end)

  when_near("is an open for reading, as open(2) would have done it", function()
    run(function()
      for _, name in ipairs { path, tmp "link", tmp "dir" } do
        local results, who = served("aio_open", name, coaio.O_RDONLY)
        local fh <close> = assert(results[1])
        assert.equal("inline", who)
        local flags = assert(coaio.aio_fcntl(fh, coaio.F_GETFL))
        assert.equal(0, flags & (coaio.O_NONBLOCK | coaio.O_ACCMODE))
        assert.is_true(helper.cloexec(fh:fileno()))
      end
      local fh <close> = assert(served("aio_open", path, coaio.O_RDONLY | coaio.O_NONBLOCK)[1])
      assert.not_equal(0, coaio.aio_fcntl(fh, coaio.F_GETFL) & coaio.O_NONBLOCK)
    end)
  end)

  it("is no open that could make, cut, wait or have consequences", function()
    run(function()
      for _, flags in ipairs { coaio.O_WRONLY, coaio.O_RDWR, coaio.O_WRONLY | coaio.O_TRUNC,
          coaio.O_RDWR | coaio.O_CREAT, coaio.O_PATH } do
        local results, who = served("aio_open", tmp:file("changed", "x"), flags)
        local _ <close> = assert(results[1])
        assert.not_equal("inline", who)
      end
      local writer = coaio.async(function() return coaio.aio_open(fifo, coaio.O_WRONLY) end)
      local results, who = served("aio_open", fifo, coaio.O_RDONLY)
      local reader <close> = assert(results[1])
      local other <close> = assert(writer:join())
      assert.not_equal("inline", who)
      assert.equal(1, coaio.aio_write(other, nil, nil, "x"))
      assert.equal("x", coaio.aio_read(reader, nil, 10))
    end)
  end)

  it("is nothing on a file system that may ask somebody, or that is no storage", function()
    run(function()
      for _, name in ipairs { "/proc/self/stat", tmp "away", "/dev/null" } do
        for _, op in ipairs { "aio_stat", "aio_open" } do
          local results, who = served(op, name, op == "aio_open" and coaio.O_RDONLY or nil)
          assert(results[1])
          if op == "aio_open" then results[1]:close() end
          assert.not_equal("inline", who, name)
        end
      end
    end)
  end)

  it("is nothing below a confined working directory", function()
    run(function()
      local wd, _, code = coaio.aio_wd(tmp.path, { beneath = true })
      if code == coaio.errno.ENOSYS then return pending "no openat2(2)" end
      local results, who = served("aio_stat", { wd, "plain" })
      assert.equal(5, results[1].size)
      assert.not_equal("inline", who)
    end)
  end)

  when_near("is a close with nothing to write or to delete", function()
    run(function()
      local function close_of(flags, before)
        local fh = assert(coaio.aio_open(tmp:file("closed", "x"), flags))
        if before then sh(before, tmp "closed") end
        local results, who = served("aio_close", fh)
        assert.is_true(results[1])
        return who
      end
      assert.equal("inline", close_of "r")
      assert.not_equal("inline", close_of "r+")
      assert.not_equal("inline", close_of("r", "rm %s"))
    end)
  end)

  when_near("leaves no descriptor behind", function()
    run(function()
      local function list()
        collectgarbage()
        coaio.flush() -- collected files are closed by requests
        return (helper.fds():gsub("[^\n]+pipe:[^\n]+\n?", "")) -- popen(3) has some of its own
      end
      local before = list()
      for _ = 1, 1000 do
        coaio.aio_stat(path)
        coaio.aio_open(tmp "missing")
        coaio.aio_open(fifo, coaio.O_RDONLY | coaio.O_NOFOLLOW | coaio.O_DIRECTORY)
        assert(coaio.aio_close(assert(coaio.aio_open(path))))
      end
      assert.equal(before, list())
    end)
  end)

  it("crosses no mount", function()
    if not may_mount then return pending "mount(2) is not allowed" end
    local script = helper.write(tmp "crossing.lua", [[
      local coaio = require "coaio"
      local request = require "coaio.request"
      coaio.run(function()
        for _, path in ipairs { arg[1], arg[1], arg[2], arg[2] } do
          local size
          local req = request.aio_stat(path, function(st) size = st.size end)
          coaio.aio_wait(req)
          print(size, req:backend() == "inline")
        end
      end)
    ]])
    local output = sh("unshare -m sh -c %s", table.concat({ "mount -t tmpfs none", tmp "dir", "&& echo hi >",
      tmp "dir/inside", "&&", helper.lua, script, tmp "dir/inside", tmp "plain" }, " "))
    assert.equal(("3\tfalse\n3\tfalse\n5\t%s\n5\t%s"):format(near, near), output)
  end)

  it("takes no mount for another that had its number before", function()
    if not may_mount then return pending "mount(2) is not allowed" end
    local major, minor = helper.sh "uname -r":match "^(%d+)%.(%d+)"
    if major + minor / 100 < 6.08 then return pending "before Linux 6.8 they cannot be told apart" end
    local script = helper.write(tmp "numbers.lua", [[
      local coaio = require "coaio"
      local request = require "coaio.request"
      local function mount(kind) assert(os.execute(("mount -t %s none %s"):format(kind, arg[1]))) end
      local function stat_twice()
        local wd = assert(coaio.aio_wd(arg[1]))
        assert(coaio.aio_stat { wd, "." })
        local req = request.aio_stat({ wd, "." }, assert)
        coaio.aio_wait(req)
        local inline = req:backend() == "inline"
        req, wd = nil, nil -- a mount that is in use cannot be removed
        collectgarbage()
        return inline
      end
      coaio.run(function()
        mount "tmpfs"
        print(stat_twice())
        assert(os.execute("umount " .. arg[1]))
        mount "proc"
        print(stat_twice())
      end)
    ]])
    local output, code = helper.try("unshare -m %s %s %s", helper.lua, script, tmp "dir")
    assert.equal(("%s\nfalse"):format(near), output)
    assert.equal(0, code)
  end)
end)
