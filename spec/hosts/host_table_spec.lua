-- Hosts that are tables: the smallest home-made loop around poll_fileno and poll_cb, and what a table must have.

local coaio = require "coaio"
local helper = require "spec.helper"

-- A loop of one's own, with timers and one descriptor: it waits for that with poll_wait, for want of a poll(2) in Lua.
local loop = [[
  local coaio = require "coaio"
  local timers, held, turn = {}, 0, nil
  local host = {
    watch = function(fd, fn) assert(math.type(fd) == "integer") turn = fn end,
    unwatch = function() turn = nil end,
    hold = function() held = held + 1 end,
    release = function() held = held - 1 end,
  }
  local function run_loop()
    while held > 0 or #timers > 0 do
      if held > 0 then coaio.poll_wait() turn() end
      for i = #timers, 1, -1 do
        if timers[i].time <= coaio.now() then table.remove(timers, i).fn() end
      end
    end
  end
  local function after(seconds, fn) table.insert(timers, { time = coaio.now() + seconds, fn = fn }) end
]]

describe("a host that is a table", function()
  it("needs no more than four functions", function()
    local output = helper.works(loop .. [[
      coaio.attach(host)
      local happened = {}
      local function note(...) happened[#happened + 1] = table.concat({ ... }, " ") end
      after(0.001, function() note("timer", coaio.aio_stat("/").type) end)
      coaio.async(function()
        coaio.sleep(0.001)
        note("task", coaio.aio_stat("/").type)
      end)
      coroutine.wrap(function() note("coroutine", coaio.aio_busy(0.001) and "went on") end)()
      note "before"
      run_loop()
      print(happened[1])
      table.sort(happened)
      print(table.concat(happened, ", "))
      print(held, (select(2, pcall(coaio.run, print))))
      coaio.detach()
      print(coaio.run(function() coaio.sleep(0.001) return "own loop" end))
    ]])
    assert.equal("before\nbefore, coroutine went on, task directory, timer directory\n"
      .. "0\tcoaio.run: the host runs its loop itself; coaio.async makes tasks there\nown loop\n",
      (output:gsub("[^\t\n]-%.lua:%d+: ", "")))
  end)

  -- What completes at once gives its room back with nobody outstanding who would bring about another turn.
  it("is held while calls wait for room under max_outstanding", function()
    local output = helper.works(loop .. [[
      coaio.attach(host)
      coaio.max_outstanding(1)
      local done = 0
      for i = 1, 5 do
        coaio.async(function()
          if i == 1 then coaio.aio_busy(0.001) else coaio.aio_stat "/" end
          done = done + 1
        end)
      end
      run_loop()
      print(done, held)
    ]])
    assert.equal("5\t0\n", output)
  end)

  it("is held from the first request to the last, and not once more", function()
    local output = helper.works(loop .. [[
      local calls = {}
      local hold, release = host.hold, host.release
      host.hold = function() calls[#calls + 1] = "hold" hold() end
      host.release = function() calls[#calls + 1] = "release" release() end
      coaio.attach(host)
      for _ = 1, 3 do
        for _ = 1, 10 do coaio.async(function() for _ = 1, 10 do coaio.cede() coaio.aio_busy(0.0001) end end) end
        run_loop()
      end
      coaio.aio_nop()
      run_loop()
      print(table.concat(calls, " "))
    ]])
    assert.equal(("hold release "):rep(4), (output:gsub("\n", " ")))
  end)

  it("may suspend coroutines its own way", function()
    local output = helper.works(loop .. [[
      local ready, managed = {}, {}
      host.suspend = function(co)
        if not managed[co] then return false end
        assert(coroutine.yield "mine" == "go on")
      end
      host.resume = function(co) ready[#ready + 1] = co end
      host.spawn = function(fn)
        local co = coroutine.create(fn)
        managed[co] = true
        after(0, function() assert(coroutine.resume(co)) end)
      end
      host.run = function(done)
        while not done() and (held > 0 or #timers > 0 or #ready > 0) do
          if held > 0 and #timers == 0 then coaio.poll_wait() turn() end
          while #ready > 0 do assert(coroutine.resume(table.remove(ready, 1), "go on")) end
          local due = timers
          timers = {}
          for _, timer in ipairs(due) do timer.fn() end
        end
      end
      coaio.attach(host)
      print(coaio.run(function(...)
        local tasks = {}
        for i = 1, 100 do tasks[i] = coaio.async(function() coaio.aio_busy(0.0001) return i end) end
        local sum = 0
        for _, task in ipairs(tasks) do sum = sum + task:join() end
        coroutine.wrap(function() print("plain", coaio.aio_busy(0.001)) end)()
        return sum, select("#", ...)
      end, nil, nil))
      -- A host that wakes a coroutine too early is asked to suspend it again.
      local co = coroutine.create(function() return coaio.aio_busy(0.01) end)
      managed[co] = true
      print(coroutine.resume(co))
      print(coroutine.resume(co, "go on"))
      host.run(function() return coroutine.status(co) == "dead" end)
      -- One that was closed is forgotten.
      co = coroutine.create(function() return coaio.aio_busy(0.001) end)
      managed[co] = true
      coroutine.resume(co)
      coroutine.close(co)
      host.run(function() return false end)
      print(coaio.nreqs(), #ready)
    ]])
    assert.equal("plain\ttrue\n5050\t2\ntrue\tmine\ntrue\tmine\n0\t0\n", output)
  end)

  it("has an error in suspend or hold raised where the request was made, and nothing is lost", function()
    local output = helper.works(loop .. [[
      host.suspend = function() error("not now", 0) end
      host.resume = function() end
      coaio.attach(host)
      local co = coroutine.wrap(function()
        for _ = 1, 3 do print(pcall(coaio.aio_busy, 0.001)) end
      end)
      co()
      run_loop()
      print(coaio.nreqs(), held)
    ]])
    assert.equal(("false\tnot now\n"):rep(3) .. "0\t0\n", output)
  end)

  it("is as small as docs/hosts.md says", function()
    local source, output = helper.slurp "docs/hosts.md":match "<!%-%- run %-%->\n```lua\n(.-\n)```\n```text\n(.-\n)```"
    assert.equal(output, helper.works(source))
  end)

  it("that lacks a function is refused", function()
    helper.raises("has no 'watch'", coaio.attach, {})
    helper.raises("has no 'release'", coaio.attach, { watch = print, unwatch = print, hold = print })
    local host = { watch = print, unwatch = print, hold = print, release = print, suspend = print }
    helper.raises("suspend and resume come together", coaio.attach, host)
    helper.run(coaio.aio_nop)
  end)

  it("is not needed: a turn of any loop may call poll_cb", function()
    local output = helper.works [[
      local coaio = require "coaio"
      assert(coaio.poll_fileno() > 2)
      coaio.async(function()
        coaio.sleep(0.01)
        print(coaio.aio_stat("/").type)
      end)
      while coaio.nreqs() > 0 or coaio.poll_cb() < 0 or coaio.nreqs() > 0 do
        coaio.poll_wait()
        coaio.poll_cb()
      end
    ]]
    assert.equal("directory\n", output)
  end)
end)
