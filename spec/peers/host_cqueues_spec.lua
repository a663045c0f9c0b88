-- coaio in controllers of cqueues, the real thing: together with its timers, sockets and processes.

local helper = require "spec.helper"

local present = pcall(require, "cqueues")

-- A program with a controller cq, coaio attached; its output.
local function on_cqueues(source)
  return helper.works([[
    local coaio, cqueues = require "coaio", require "cqueues"
    local cq = cqueues.new()
  ]] .. source)
end

local function test(name, fn)
  it(name, function()
    if not present then return pending "cqueues (Debian: lua-cqueues) is not installed" end
    fn()
  end)
end

describe("cqueues", function()
  local size = helper.sh "stat -c %%s /etc/passwd"

  test("runs file requests together with timers, sockets and processes", function()
    local output = on_cqueues [[
      local socket = require "cqueues.socket"
      coaio.attach("cqueues", cq)
      local ticks, served = 0, false
      cq:wrap(function()
        while not served do cqueues.sleep(0.001) ticks = ticks + 1 end
      end)
      local server = socket.listen("127.0.0.1", 0)
      server:listen()
      local _, host, port = server:localname()
      cq:wrap(function()
        local connection = server:accept()
        repeat coaio.cede() until ticks > 3 -- the clock goes on meanwhile
        connection:write(coaio.aio_load "/etc/passwd")
        connection:shutdown "w"
      end)
      cq:wrap(function()
        local client = socket.connect(host, port)
        local data = client:read "*a"
        served = true
        local pipe = io.popen "wc -c </etc/passwd"
        local output = socket.fdopen(coaio.aio_fcntl(pipe, coaio.F_DUPFD_CLOEXEC, 0)):read "*a"
        pipe:close()
        print(#data, output:match "%d+")
      end)
      print(cq:loop())
      print(cq:empty())
    ]]
    assert.equal(("%s\t%s\ntrue\ntrue\n"):format(size, size), output)
  end)

  test("has tasks of coaio that use cqueues, and joins them from its own threads", function()
    local output = on_cqueues [[
      coaio.attach("cqueues", cq)
      local task = coaio.async(function(...)
        assert(coaio.self())
        cqueues.sleep(0.001)
        coaio.sleep(0.001)
        coaio.cede()
        assert(cqueues.running() == cq)
        return select("#", ...), coaio.aio_stat("/").type
      end, nil, nil)
      print(task:status())
      cq:wrap(function() print(task:join()) end)
      cq:wrap(function() print(task:join()) end)
      assert(cq:loop())
      print(task:status(), task:join())
    ]]
    assert.equal("queued\n2\tdirectory\n2\tdirectory\ndone\t2\tdirectory\n", output)
  end)

  test("has cancel, timeout, map and first", function()
    local output = on_cqueues [[
      coaio.attach("cqueues", cq)
      local never = coaio.async(print, "never")
      never:cancel()
      cq:wrap(function()
        print(pcall(never.join, never))
        local task = coaio.async(function()
          local _ <close> = setmetatable({}, { __close = function()
            coaio.sleep(0.001)
            cqueues.sleep(0.001)
            print "closed"
          end })
          local ok, err = pcall(coaio.sleep, 1000)
          print(ok, err)
          coaio.sleep(1000)
        end)
        repeat cqueues.sleep(0) until task:status() == "waiting"
        print(task:cancel())
        print(pcall(task.join, task))
        print(coaio.timeout(0.001, coaio.sleep, 1000))
        print(table.concat(coaio.map({ 1, 2, 3 }, 2, function(x) coaio.sleep(0.001) return x * 2 end), " "))
        print(coaio.first { coaio.async(coaio.sleep, 1000), coaio.async(function() return "first" end) })
      end)
      assert(cq:loop())
      print(coaio.nreqs())
    ]]
    assert.equal("false\tcancelled\ntrue\nfalse\tcancelled\nclosed\n"
      .. "false\tcancelled\nnil\ttimed out\t110\n2 4 6\nfirst\n0\n", output)
  end)

  test("has generators, at any depth, mixed with its own waits", function()
    local output = on_cqueues [[
      coaio.attach("cqueues", cq)
      local wrap = coaio.coroutine.wrap
      local function numbers(n)
        return wrap(function()
          for i = 1, n do
            assert(coaio.aio_busy(0.001))
            local inner = wrap(function() assert(coaio.aio_busy(0.001)) coroutine.yield(i * 10) end)
            for j in inner do coroutine.yield(j) end
          end
        end)
      end
      cq:wrap(function() for n in numbers(2) do cqueues.sleep(0.001) print("thread", n) end end)
      coaio.async(function() for n in numbers(3) do coaio.sleep(0.001) print("task", n) end end)
      assert(cq:loop())
    ]]
    assert.equal("task\t10\ntask\t20\ntask\t30\nthread\t10\nthread\t20\n", helper.sorted(output))
  end)

  test("resumes plain coroutines inside of its threads", function()
    local output = on_cqueues [[
      coaio.attach("cqueues", cq)
      cq:wrap(function()
        coroutine.wrap(function()
          print(coaio.aio_busy(0.01))
          print(coaio.aio_stat("/").type)
        end)()
        print "meanwhile"
      end)
      assert(cq:loop())
    ]]
    assert.equal("meanwhile\ntrue\ndirectory\n", output)
  end)

  test("names the cause when a thread resumes a coroutine that waits, and nothing else is touched", function()
    local output = on_cqueues [[
      coaio.attach("cqueues", cq)
      local bystanders, plain, thread, task_thread = {}, nil, nil, nil
      for i = 1, 10 do
        bystanders[i] = coaio.async(function() return assert(coaio.aio_busy(0.001)) and i end)
      end
      local gate = coaio.eventfd(0, coaio.EFD_SEMAPHORE)
      cq:wrap(function()
        plain = coroutine.create(function()
          local ok, err = pcall(coaio.sleep, 1000)
          print(ok, err:match "resumed while it waits for aio_sleep; the request was cancelled")
          print("plain", coaio.aio_busy(0.001), coaio.aio_stat("/").type)
        end)
        coroutine.resume(plain)
        thread = coroutine.running()
        print("thread", #coaio.aio_read(gate, nil, 8), coaio.aio_stat("/etc").type)
      end)
      local task = coaio.async(function()
        task_thread = coroutine.running()
        return #coaio.aio_read(gate, nil, 8)
      end)
      cq:wrap(function()
        repeat cqueues.sleep(0) until thread and task:status() == "waiting"
        for _, co in ipairs { plain, thread, task_thread } do assert(coroutine.resume(co, "intruder")) end
        assert(coaio.aio_write(gate, nil, nil, string.pack("=I8", 2)))
      end)
      print(cq:loop())
      for i, bystander in ipairs(bystanders) do assert(bystander:join() == i) end
      print(task:join(), coroutine.status(plain), coroutine.status(thread), coaio.nreqs())
    ]]
    assert.equal("8\tdead\tdead\t0\nfalse\tresumed while it waits for aio_sleep; the request was cancelled\n"
      .. "plain\ttrue\tdirectory\nthread\t8\tdirectory\ntrue\n", helper.sorted(output))
  end)

  test("outlives errors in tasks and coroutines: clock, sockets, processes and requests go on", function()
    local output = on_cqueues [[
      local socket = require "cqueues.socket"
      coaio.attach("cqueues", cq)
      local lost = 0
      coaio.onerror = function(err, traceback, task)
        lost = lost + 1
        print((tostring(err):gsub("^.-:%d+: ", "")), traceback:match "stack traceback" ~= nil, task ~= nil)
      end
      coaio.async(function() coaio.sleep(0.001) error "in a task" end)
      cq:wrap(function()
        coroutine.wrap(function() coaio.aio_busy(0.001) error "in a coroutine" end)()
        local task = coaio.async(function() coaio.sleep(0.001) error("joined", 0) end)
        print(pcall(task.join, task))
        repeat cqueues.sleep(0.001) until lost == 2
        local pipe = io.popen "echo a process"
        print(socket.fdopen(coaio.aio_fcntl(pipe, coaio.F_DUPFD_CLOEXEC, 0)):read "*l", coaio.aio_busy(0.001))
        pipe:close()
      end)
      print(cq:loop())
    ]]
    assert.equal("a process\ttrue\nfalse\tjoined\nin a coroutine\ttrue\tfalse\nin a task\ttrue\ttrue\ntrue\n",
      helper.sorted(output))
  end)

  test("is driven by coaio.run", function()
    local output = on_cqueues [[
      coaio.attach("cqueues", cq)
      print(coaio.run(function(x)
        coaio.async(function() cqueues.sleep(0.01) print "slept" end)
        return x, coaio.aio_nop()
      end, 1))
      print(pcall(coaio.run, function()
        coaio.async(coaio.sleep, 1000)
        coaio.sleep(0.001)
        error("wrong", 0)
      end))
      cq:wrap(function() print((select(2, pcall(coaio.run, print)))) end)
      assert(cq:loop())
    ]]
    assert.equal("slept\n1\ttrue\nfalse\twrong\ncoaio.run: already running: call the function, or make it a task by "
      .. "coaio.async\n", (output:gsub("[^\n]-%.lua:%d+: ", "")))
  end)

  test("has a watcher in every controller that waits", function()
    local output = on_cqueues [[
      local other = cqueues.new()
      cq:wrap(function()
        coaio.attach() -- the one that runs
        local task = coaio.async(function() coaio.sleep(0.001) return "across" end)
        other:wrap(function()
          coaio.sleep(0.001)
          print(coaio.aio_stat("/").type)
          print(task:join())
        end)
      end)
      repeat
        assert(cq:step(0.01))
        assert(other:step(0.01))
      until cq:empty() and other:empty()
    ]]
    assert.equal("directory\nacross\n", output)
  end)

  test("says so when no controller is running", function()
    local output = on_cqueues [[
      coaio.attach "cqueues"
      print((select(2, pcall(coaio.async, print))))
      print((select(2, pcall(coaio.run, print))))
      print(coaio.aio_stat("/").type) -- the main chunk waits for itself
      coroutine.wrap(function() print((select(2, pcall(coaio.aio_busy, 0.01)))) end)()
      cq:wrap(function() print(coaio.aio_busy(0.001)) end)
      assert(cq:loop())
    ]]
    assert.equal([[
coaio.async: no cqueues controller is running (or was given to coaio.attach)
coaio.async: no cqueues controller is running (or was given to coaio.attach)
directory
coaio: no cqueues controller is running (or was given to coaio.attach)
true
]], output)
  end)
end)
