-- coaio in luv's loop, the real one: together with its timers, sockets and processes.

local helper = require "spec.helper"

local present = pcall(require, "luv")

-- A program on luv, with coaio attached; its output.
local function on_luv(source, options)
  return helper.works('local coaio, uv = require "coaio", require "luv"\n' .. source, options)
end

local function test(name, fn)
  it(name, function()
    if not present then return pending "luv (Debian: lua-luv) is not installed" end
    fn()
  end)
end

describe("luv", function()
  local size = helper.sh "stat -c %%s /etc/passwd"

  test("runs file requests together with timers, sockets and processes", function()
    local output = on_luv [[
      coaio.attach "luv"
      local ticks, timer = 0, uv.new_timer()
      timer:start(1, 1, function() ticks = ticks + 1 end)

      -- A server that answers each connection with a file, read by coaio.
      local server = uv.new_tcp()
      server:bind("127.0.0.1", 0)
      server:listen(8, function()
        local socket = uv.new_tcp()
        server:accept(socket)
        coaio.async(function()
          repeat coaio.cede() until ticks > 3 -- the timer goes on meanwhile
          socket:write(coaio.aio_load "/etc/passwd", function() socket:close() end)
        end)
      end)

      local received, client = {}, uv.new_tcp()
      client:connect("127.0.0.1", server:getsockname().port, function()
        client:read_start(function(_, data)
          if data then received[#received + 1] = data return end
          client:close()
          server:close()
          timer:close()
        end)
      end)

      local pipe, child, out = uv.new_pipe(), nil, {}
      child = uv.spawn("wc", { args = { "-c", "/etc/passwd" }, stdio = { nil, pipe } }, function() child:close() end)
      pipe:read_start(function(_, data)
        if data then out[#out + 1] = data else pipe:close() end
      end)

      print(uv.run()) -- false: it ended because nothing was left
      print(#table.concat(received), table.concat(out):match "%d+")
    ]]
    assert.equal(("false\n%s\t%s\n"):format(size, size), output)
  end)

  test("is watched by a poll handle of luv's on poll_fileno", function()
    local output = on_luv [[
      local new_poll = uv.new_poll
      uv.new_poll = function(fd) print(fd == coaio.poll_fileno()) return new_poll(fd) end
      coaio.attach "luv"
      print(coaio.run(coaio.aio_busy, 0.001))
    ]]
    assert.equal("true\ntrue\n", output)
    assert.is_nil(helper.sh("nm -D %s", package.searchpath("coaio.core", package.cpath)):find "luv_")
  end)

  test("resumes plain coroutines", function()
    local output = on_luv [[
      coaio.attach(uv and "luv")
      coroutine.wrap(function()
        for i = 1, 3 do assert(coaio.aio_busy(0.001)) end
        print "after"
      end)()
      print "before"
      uv.run()
    ]]
    assert.equal("before\nafter\n", output)
  end)

  test("has generators, at any depth, mixed with its own waits", function()
    local output = on_luv [[
      coaio.attach "luv"
      local function pause()
        local co, timer = coroutine.running(), uv.new_timer()
        timer:start(1, 0, function()
          timer:close()
          assert(coroutine.resume(co))
        end)
        coroutine.yield()
      end
      local wrap = coaio.coroutine.wrap
      local function lines(depth)
        return wrap(function()
          if depth == 0 then
            for line in coaio.aio_load "/etc/passwd":gmatch "[^\n]+" do
              assert(coaio.aio_busy(0))
              coroutine.yield(line)
            end
          else
            for line in lines(depth - 1) do coroutine.yield(line, coaio.aio_stat("/").type) end
          end
        end)
      end
      local function read(depth)
        local n = 0
        for line, kind in lines(depth) do
          assert(line:find ":" and kind == "directory")
          n = n + 1
          if n % 5 == 0 then pause() end
        end
        return n
      end
      local tasks = { coaio.async(read, 1), coaio.async(read, 5) }
      coroutine.wrap(function() print(read(3)) end)()
      uv.run()
      print(tasks[1]:join(), tasks[2]:join())
    ]]
    local n = helper.sh "grep -c : /etc/passwd"
    assert.equal(("%s\n%s\t%s\n"):format(n, n, n), output)
  end)

  test("names the cause when a callback resumes a coroutine that waits, and nothing else is touched", function()
    local output = on_luv [[
      coaio.attach "luv"
      local co = coroutine.create(function()
        local ok, err = pcall(coaio.sleep, 1000)
        print(ok, err:match "resumed while it waits for aio_sleep; the request was cancelled")
        print(coaio.aio_busy(0.001), coaio.aio_stat("/").type)
      end)
      coroutine.resume(co)
      local bystanders = {}
      for i = 1, 10 do
        bystanders[i] = coaio.async(function() return assert(coaio.aio_busy(0.001)) and i end)
      end
      local timer = uv.new_timer()
      timer:start(1, 0, function()
        timer:close()
        print(coroutine.resume(co, "intruder") and "resumed")
      end)
      uv.run()
      for i, task in ipairs(bystanders) do assert(task:join() == i) end
      print(coroutine.status(co), coaio.nreqs())
    ]]
    assert.equal("false\tresumed while it waits for aio_sleep; the request was cancelled\nresumed\n"
      .. "true\tdirectory\ndead\t0\n", output)
  end)

  test("lets its callbacks resume tasks that yielded by themselves", function()
    local output = on_luv [[
      coaio.attach "luv"
      local function pause(milliseconds)
        local co, timer = coroutine.running(), uv.new_timer()
        timer:start(milliseconds, 0, function()
          timer:close()
          assert(coroutine.resume(co, "timer"))
        end)
        return coroutine.yield()
      end
      local task = coaio.async(function(...)
        local self = coaio.self()
        print(pause(1), coaio.self() == self, ...)
        print(coaio.aio_stat("/").type, coaio.aio_busy(0.001), pause(1), coaio.self() == self)
        return "result"
      end, 1, 2)
      coaio.async(function() print(task:join()) end)
      uv.run()
      print(task:status())
    ]]
    assert.equal("timer\ttrue\t1\t2\ndirectory\ttrue\ttimer\ttrue\nresult\ndone\n", output)
  end)

  test("ends by itself, and is held only while there is something to do", function()
    local output = on_luv [[
      coaio.attach()
      print(uv.loop_alive())
      assert(coaio.aio_stat "/") -- may be done at once
      uv.run()
      print(uv.loop_alive(), coaio.nreqs())
      coaio.async(coaio.sleep, 0.001)
      print(uv.loop_alive())
      uv.run()
      print(uv.loop_alive())
      require "coaio.request".aio_busy(0.001, function() print "called" end)
      print(uv.loop_alive())
      uv.run()
      print(uv.loop_alive())
    ]]
    assert.equal("false\nfalse\t0\ntrue\nfalse\ntrue\ncalled\nfalse\n", output)
  end)

  test("outlives errors in coroutines, tasks and callbacks: timers, sockets, processes and requests go on", function()
    local output = on_luv [[
      coaio.attach "luv"
      local lost = 0
      coaio.onerror = function(err)
        lost = lost + 1
        print((tostring(err):gsub("^.-:%d+: ", "")))
      end
      coaio.async(function() coaio.aio_busy(0.001) error "in a task" end)
      coroutine.wrap(function() coaio.aio_busy(0.001) error "in a coroutine" end)()
      require "coaio.request".aio_busy(0.001, function() error "in a callback" end)
      local function go_on()
        print(coaio.aio_busy(0.001))
        local pipe, child = uv.new_pipe(), nil
        child = uv.spawn("echo", { args = { "a process" }, stdio = { nil, pipe } }, function() child:close() end)
        pipe:read_start(function(_, data)
          if data then io.write(data) else pipe:close() end
        end)
      end
      local timer = uv.new_timer()
      timer:start(1, 1, function()
        if lost < 3 then return end
        timer:close()
        coaio.async(go_on)
      end)
      print(uv.run())
    ]]
    assert.equal("a process\nfalse\nin a callback\nin a coroutine\nin a task\ntrue\n", helper.sorted(output))
  end)

  test("lets a request in the main chunk, or in a callback of luv, wait for itself alone", function()
    local output = on_luv [[
      coaio.attach "luv"
      local ran
      coaio.async(function() ran = true print "a task" end)
      print(coaio.aio_stat("/").type)
      coaio.aio_busy(0.01)
      print "main"
      local timer = uv.new_timer()
      timer:start(1, 1, function()
        if not ran then return end
        print(coaio.aio_stat("/").type)
        timer:close()
      end)
      uv.run()
    ]]
    assert.equal("directory\nmain\na task\ndirectory\n", output)
  end)

  test("is driven by coaio.run", function()
    local output = on_luv [[
      coaio.attach "luv"
      print(coaio.run(function(...)
        local timer = uv.new_timer()
        timer:start(1, 0, function() print "timer" timer:close() end)
        coaio.sleep(0.01)
        return coaio.async(function(x) coaio.cede() return x end, ...):join()
      end, 7))
      print(pcall(coaio.run, function()
        coaio.async(function()
          local _ <close> = setmetatable({}, { __close = function() coaio.sleep(0.001) print "closed" end })
          coaio.sleep(1000)
        end)
        coaio.cede()
        error("wrong", 0)
      end))
      print(select(2, pcall(coaio.run, function() coroutine.yield() end)):match "^deadlock")
      print(uv.loop_alive())
    ]]
    assert.equal("timer\n7\nclosed\nfalse\twrong\ndeadlock\nfalse\n", output)
  end)

  test("serves 200 tasks that cancel, time out and join", function()
    local output = on_luv [[
      coaio.attach "luv"
      print(coaio.run(function()
        local tasks, late, sum = {}, 0, 0
        for i = 1, 200 do
          tasks[i] = coaio.async(function()
            if i % 2 == 0 then coaio.sleep(1000) end
            if select(3, coaio.timeout(0.001, coaio.sleep, 1000)) == coaio.errno.ETIMEDOUT then late = late + 1 end
            return i
          end)
        end
        coaio.cede()
        for i = 2, 200, 2 do tasks[i]:cancel() end
        for i, task in ipairs(tasks) do
          local ok, value = pcall(task.join, task)
          if i % 2 == 0 then assert(value == coaio.cancelled) else assert(ok) sum = sum + value end
        end
        return late, sum
      end))
    ]]
    assert.equal("100\t10000\n", output)
  end)

  test("may be left and entered again, and the program ends without a turn of the loop", function()
    local output = on_luv [[
      for _ = 1, 100 do
        coaio.attach "luv"
        assert(coaio.run(coaio.aio_load, "/etc/passwd"))
        coaio.detach()
      end
      local handles = 0
      uv.walk(function() handles = handles + 1 end)
      print(handles, #assert(coaio.run(coaio.aio_load, "/etc/passwd")))
    ]]
    assert.equal("1\t" .. size .. "\n", output)
  end)

  test("survives clients that go away, and leaves SIGPIPE as it is to the programs it starts", function()
    local output = on_luv [[
      coaio.attach "luv"
      local ends = uv.pipe()
      uv.fs_close(ends.read)
      local pipe = uv.new_pipe()
      pipe:open(ends.write)
      pipe:write("to nobody", function(err) print(err) pipe:close() end)
      uv.run()
      io.stdout:flush()
      os.execute "sed -n '/^SigIgn/p' /proc/self/status"
    ]]
    local ignored = tonumber(output:match "SigIgn:\t(%x+)", 16)
    assert.equal("EPIPE", output:match "^%w+")
    assert.equal(0, ignored & 1 << 12) -- SIGPIPE is 13
  end)

  test("keeps a handler of SIGPIPE that the program has", function()
    local output = on_luv [[
      local signal = uv.new_signal()
      signal:start("sigpipe", function() print "handled" signal:close() end)
      coaio.attach "luv"
      uv.kill(uv.os_getpid(), "sigpipe")
      uv.run()
    ]]
    assert.equal("handled\n", output)
  end)

  test("can be left, and goes on, when the program has closed all handles", function()
    local output = on_luv [[
      local function close_all()
        uv.walk(function(handle) if not handle:is_closing() then handle:close() end end)
      end
      for _ = 1, 3 do
        coaio.attach "luv"
        assert(coaio.run(coaio.aio_busy, 0))
        close_all()
        assert(coaio.run(coaio.aio_busy, 0)) -- on another handle
        close_all()
        uv.run()
        coaio.detach()
      end
      coaio.attach "luv"
      close_all()
      coaio.detach()
      uv.run()
      print(coaio.run(coaio.aio_nop))
    ]]
    assert.equal("true\n", output)
  end)

  test("wakes a task that awaits a callback of luv", function()
    local output = on_luv [[
      coaio.attach "luv"
      local function read_later(seconds, ...)
        local results = table.pack(...)
        return coaio.await(function(done)
          local timer = uv.new_timer()
          timer:start(seconds * 1000, 0, function()
            timer:close()
            done(table.unpack(results, 1, results.n))
          end)
        end)
      end
      coaio.async(function()
        print(select("#", read_later(0.001)), read_later(0.001, 1, nil, 3))
        print(coaio.timeout(0.001, read_later, 0.05))
        print(coaio.aio_stat("/").type)
      end)
      uv.run()
    ]]
    assert.equal("0\t1\tnil\t3\nnil\ttimed out\t110\ndirectory\n", output)
  end)

  test("is attached once, and before the first request", function()
    local output = on_luv [[
      print(pcall(coaio.attach, "lov"))
      local task = coaio.async(coaio.sleep, 0)
      print((select(2, pcall(coaio.attach, "luv"))))
      coaio.flush()
      task:join()
      coaio.attach "luv"
      print((select(2, pcall(coaio.attach, "luv"))))
      coaio.detach()
      print(uv.run(), coaio.run(coaio.aio_nop))
    ]]
    assert.equal('false\tcoaio.attach: no host "lov" (luv, cqueues, copas, glib, or a table)\n'
      .. "coaio.attach: must come before the first request\ncoaio.attach: a host is attached already\n"
      .. "false\ttrue\n", (output:gsub("[^\t\n]-%.lua:%d+: ", "")))
  end)
end)
