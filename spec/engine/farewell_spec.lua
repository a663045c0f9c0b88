-- What is still under way when a Lua state closes: what acts on something is done, nothing is called, nothing hangs,
-- and what is dropped is warned of. Each case is a process of its own; the files that it leaves are the witness.

local coaio = require "coaio"
local helper = require "spec.helper"

local head = [[
  local coaio, request = require "coaio", require "coaio.request"
  local out, fifo = arg[1], arg[2]
  local fh = assert(coaio.aio_open(out, "w"))
  local function write_all(write)
    for i = 0, 999 do write(fh, i * 10, nil, ("%09d\n"):format(i)) end
  end
]]

local function lines(n)
  return (helper.sh("seq -f %%09.0f 0 %s", n - 1)) .. "\n"
end

describe("requests under way when the state closes", function()
  local tmp = helper.tmpdir()
  local out, fifo = tmp "out", tmp:fifo "fifo"
  teardown(tmp.remove)

  local function ends(script, options)
    options = options or {}
    options.args = { out, fifo }
    return helper.works(head .. script, options)
  end

  local ways = {
    ["in callback style"] = "write_all(request.aio_write)",
    ["after the file was collected"] = "write_all(request.aio_write) fh = nil collectgarbage()",
    ["from buffers that were collected"] = [[
      write_all(function(f, offset, _, bytes) request.aio_write(f, offset, nil, coaio.buffer(bytes)) end)
      fh = nil
      collectgarbage()
    ]],
    ["of a Lua io file"] = "fh = io.open(out, 'w') write_all(request.aio_write)",
    ["of a Lua io file that is not collected"] = "IO = io.open(out, 'w') fh = IO write_all(request.aio_write)",
    ["of one of many"] = [[
      for _ = 1, 10 do fh = io.open(out, "w") request.aio_write(fh, 0, nil, "x") end
      write_all(request.aio_write)
    ]],
    ["of a command"] = [[
      fh = io.popen("cat >" .. out, "w")
      write_all(function(f, _, ...) request.aio_write(f, nil, ...) end)
    ]],
    ["in coroutines"] = "write_all(function(...) coroutine.wrap(coaio.aio_write)(...) end)",
    ["in an open group with a feeder"] = [[
      local group = coaio.aio_group()
      write_all(function(...) group:add(request.aio_write(...)) end)
      group:limit(0)
      group:feed(function() print "fed" end)
      group:limit(1000)
    ]],
    ["in a task that calls os.exit"] = [[
      coaio.run(function()
        coaio.aio_busy(0)
        write_all(request.aio_write)
        os.exit(0, true)
      end)
    ]],
    ["in a callback that calls os.exit"] = [[
      request.aio_busy(0, function()
        write_all(request.aio_write)
        os.exit(0, true)
      end)
      while true do coaio.poll() end
    ]],
    ["when an error ends the program's run"] = [[
      pcall(coaio.run, function()
        write_all(request.aio_write)
        error "out"
      end)
    ]],
    ["while others wait for what never comes"] = [[
      write_all(request.aio_write)
      request.aio_sleep(100000)
      request.aio_open(fifo, "r")
      request.aio_busy(100000)
      coaio.aio_group()
    ]],
    ["with few workers"] = "coaio.max_parallel(1) write_all(request.aio_write)",
    ["in a host's loop"] = [[
      local found, uv = pcall(require, "luv")
      assert(fh:close())
      if found then
        coaio.flush()
        coaio.attach("luv", uv)
      end
      fh = assert(coaio.aio_open(out, "w"))
      write_all(request.aio_write)
    ]],
  }
  for name, way in pairs(ways) do
    it("are done " .. name, function()
      assert.equal("", ends(way))
      assert.equal(lines(1000), helper.slurp(out))
    end)
  end

  it("are done, whatever they change", function()
    ends [[
      request.aio_mkdir(out .. ".d", "0750")
      request.aio_symlink("nowhere", out .. ".l")
      request.aio_open(out .. ".new", "w")
      request.aio_copy("/etc/passwd", out .. ".copy")
      request.aio_truncate(fh, 12345)
    ]]
    assert.equal("750 directory", helper.sh("stat -c '%%a %%F' %s", out .. ".d"))
    assert.equal("nowhere", helper.sh("readlink %s", out .. ".l"))
    helper.sh("test -e %s && cmp /etc/passwd %s", out .. ".new", out .. ".copy")
    assert.equal("12345", helper.sh("stat -c %%s %s", out))
  end)

  it("write all of what another program reads, up to the end of the file", function()
    local script = tmp:file("writer.lua", [[
      local coaio, request = require "coaio", require "coaio.request"
      local fh = assert(coaio.aio_open(arg[1], "w"))
      for i = 0, 9999 do request.aio_write(fh, nil, nil, ("%09d\n"):format(i)) end
      fh = nil
      collectgarbage()
    ]])
    local read = helper.sh("timeout 60 %s %s %s & timeout 60 sort %s; wait", helper.lua, script, fifo, fifo)
    assert.equal(lines(10000), read .. "\n")
  end)

  it("call nobody, and callbacks that never ran are warned of", function()
    local output, errors, code = helper.child(head .. [[
      warn "@on"
      for _ = 1, 3 do request.aio_write(fh, 0, nil, "x", print) end
      request.aio_write(fh, 0, nil, "x", print):cb(nil)
    ]], { args = { out, fifo } })
    assert.equal(0, code)
    assert.equal("", output)
    assert.equal("Lua warning: coaio: callbacks that never ran: 3 (coaio.run and coaio.flush run them)\n", errors)
    assert.equal("x", helper.slurp(out))
  end)

  it("are not warned of when all was done", function()
    local _, errors = helper.child("warn '@on' " .. head .. "write_all(request.aio_write)", { args = { out, fifo } })
    assert.equal("", errors)
  end)

  -- A write that nobody will ever read.
  local hangs = [[
    warn "@on"
    local full = assert(coaio.aio_open(fifo, "r+"))
    assert(coaio.aio_write(full, nil, nil, ("x"):rep(65536)))
    request.aio_write(full, nil, nil, %s)
    request.aio_write(full, nil, nil, %s)
  ]]
  local contents = { ["a short string"] = "'y'", ["a long string"] = "('y'):rep(200000)",
    ["a buffer"] = "coaio.buffer(200000)" }
  for name, content in pairs(contents) do
    it("that hang, with " .. name .. ", are given up after a while, which is warned of", function()
      for _, before in ipairs { "write_all(request.aio_write)", "coaio.drain_timeout(0.001)" } do
        local script = head .. before .. hangs:format(content, content)
        local output, errors, code = helper.child(script, { args = { out, fifo }, limit = 20 })
        assert.equal(0, code)
        assert.equal("", output)
        assert.equal("Lua warning: coaio: requests that were given up: 2 (one was aio_write; "
          .. "coaio.drain_timeout says how long they are waited for)\n", errors)
        assert.equal(before:find "drain" and "" or lines(1000), helper.slurp(out))
      end
    end)
  end

  it("keep the memory of a string that even a cancel leaves in use", function()
    if (os.getenv "COAIO_SAN" or "") ~= "" then return pending "the sanitizer is preloaded itself" end
    tmp:file("stuck.c", [[
      #include <sys/types.h>
      #include <sys/syscall.h>
      extern long syscall(long number, ...);
      /* Reads what it was given until the process ends: whoever frees that, or waits for it, is found out. */
      ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset)
      {
          volatile unsigned sum = 0;
          const char *p = bytes;
          if (n < 100000)
              return syscall(SYS_pwrite64, fd, bytes, n, offset);
          syscall(SYS_write, 2, "stuck", 5);
          for (;;)
              for (size_t i = 0; i < n; i++)
                  sum += (unsigned)p[i];
      }
      ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
      {
          return pwrite64(fd, bytes, n, offset);
      }
    ]])
    local message, code = helper.try("${CC:-cc} -shared -fPIC -o %s %s", tmp "stuck.so", tmp "stuck.c")
    if code ~= 0 then return pending("no compiler here: " .. message) end
    local output, errors, status = helper.child(head .. [[
      coaio.drain_timeout(0.01)
      request.aio_write(fh, 0, nil, ("y"):rep(50000000)) -- memory that free(3) gives back to the system
    ]], { args = { out, fifo }, env = "LD_PRELOAD=" .. tmp "stuck.so", limit = 20 })
    if coaio.backend() == "uring" and errors == "" then return pending "the ring did it, which does not hang" end
    assert.same({ "", "stuck", 0 }, { output, errors, status })
  end)

  it("that only tell something are not waited for", function()
    local output, errors, code = helper.child(head .. [[
      coaio.drain_timeout(100000)
      warn "@on"
      local pipe = assert(coaio.aio_open(fifo, "r+"))
      request.aio_read(pipe, nil, 10)
      request.aio_read(pipe, nil, 10, coaio.buffer(10))
      request.aio_open(fifo, "r")
      request.aio_sleep(100000)
      request.aio_busy(100000)
      coaio.aio_group()
    ]], { args = { out, fifo }, limit = 20 })
    assert.same({ "", "", 0 }, { output, errors, code })
  end)

  it("tasks that had not ended are warned of", function()
    local _, errors = helper.child [[
      warn "@on"
      local coaio = require "coaio"
      coaio.run(function()
        coaio.async({ daemon = true }, coaio.sleep, 100000)
        coaio.async(coaio.sleep, 100000)
        coaio.cede()
        os.exit(0, true)
      end)
    ]]
    assert.equal("Lua warning: coaio: tasks that had not ended: 2 (coaio.run waits for them)\n", errors)
  end)
end)

describe("coaio.drain_timeout", function()
  it("is a setting, in seconds", function()
    assert.equal(1.0, coaio.drain_timeout())
    assert.equal(1.0, coaio.drain_timeout(0.25))
    assert.equal(0.25, coaio.drain_timeout(1))
    helper.raises("drain_timeout", coaio.drain_timeout, -1)
  end)
end)
