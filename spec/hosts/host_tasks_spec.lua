-- What holds of tasks that end, fail and are cancelled holds in every host.

local helper = require "spec.helper"

local function is_there(module)
  return select(2, helper.try("%s -e %s", helper.lua, ("require %q"):format(module))) == 0
end

local stand_in = 'package.path = "spec/fixtures/?.lua;" .. package.path\n'

-- By name: the module that is needed, and how coaio is attached.
local hosts = {
  none = {},
  luv = { "luv", 'coaio.attach "luv"' },
  cqueues = { "cqueues", 'coaio.attach("cqueues", require "cqueues".new())' },
  ["a stand-in of copas"] = { "socket", stand_in .. 'require "copas" coaio.attach "copas"' },
  ["a stand-in of GLib"] = { "socket", stand_in .. 'coaio.attach "glib"' },
}

local prelude = [[
  local function closing(log, name)
    return setmetatable({}, { __close = function()
      coaio.sleep(0.001)
      coaio.async(coaio.aio_busy, 0):join()
      log[#log + 1] = name
    end })
  end
  local slow, started = 100000, 0
  local function forever()
    started = started + 1
    coaio.sleep(slow)
  end
  local function until_started(n)
    repeat coaio.sleep(0.001) until started >= n
  end
]]

-- What is printed by a program whose main function this is.
local works = {
  ["a cancelled task closes all it has, whatever error is on its way"] = { [[
    local log = {}
    local task = coaio.async(function()
      local _ <close> = closing(log, "outer")
      local _ <close> = closing(log, "inner")
      local fh = coaio.memfd_create "x"
      local _, err = pcall(forever)
      local _, again = pcall(fh.close, fh)
      print(again == coaio.cancelled, (tostring(fh)))
      error("step: " .. tostring(err), 0)
    end)
    until_started(1)
    task:cancel()
    print(select(2, pcall(task.join, task)), table.concat(log, " "))
  ]], "true\tcoaio.file (closed)\nstep: cancelled\tinner outer\n" },
  ["an error is told after a join that was given up"] = { [[
    coaio.onerror = function(err, traceback) print("onerror", err, traceback:find "stack traceback" ~= nil) end
    local gate = coaio.async(coaio.sleep, slow)
    local task = coaio.async(function()
      pcall(gate.join, gate)
      error("unheard", 0)
    end)
    print(coaio.timeout(0.001, task.join, task))
    gate:cancel()
    coaio.aio_busy(0.001)
  ]], "nil\ttimed out\t110\nonerror\tunheard\ttrue\n" },
  ["a loop that catches everything lets others run"] = { [[
    local stop = false
    local task = coaio.async(function()
      while not stop do pcall(forever) end
      return "stopped"
    end)
    until_started(1)
    task:cancel()
    coaio.sleep(0.001)
    coaio.aio_busy(0.001)
    stop = true
    print(task:join())
  ]], "stopped\n" },
  ["what was started has unwound, whatever comes"] = { [[
    local log = {}
    local task = coaio.async(function()
      local _ <close> = setmetatable({}, { __close = function() log[#log + 1] = "returned" end })
      coaio.timeout(slow, coaio.map, { 1, 2 }, 2, function(i)
        local _ <close> = closing(log, "unwound")
        forever()
      end)
    end)
    until_started(2)
    for _ = 1, 3 do
      task:cancel()
      coaio.cede()
    end
    pcall(task.join, task)
    print(table.concat(log, " "))
  ]], "unwound unwound returned\n" },
  ["a task that has ended cannot be resumed"] = { [[
    local co
    local task = coaio.async(function()
      co = coroutine.running()
      coaio.sleep(0.001)
      return print, nil
    end)
    task:join()
    print(coroutine.status(co), (coroutine.resume(co)))
    print(task:join() == print, select("#", task:join()))
  ]], "dead\tfalse\ntrue\t2\n" },
  ["a generator that does not end closes what it has"] = { [[
    local log = {}
    for _ in coaio.coroutine.wrap(function()
      local _ <close> = closing(log, "closed")
      coaio.aio_busy(0)
      coroutine.yield "value"
    end) do break end
    print(table.concat(log, " "))
  ]], "closed\n" },
  ["a cancelled main function cancels the others"] = { [[
    local log = {}
    local main = coaio.self()
    coaio.async(function()
      local _ <close> = setmetatable({}, { __close = function() print(table.concat(log, " ")) end })
      local _ <close> = closing(log, "closed")
      forever()
    end)
    coaio.async(function()
      until_started(1)
      main:cancel()
    end)
    coaio.sleep(slow)
  ]], "closed\n", "false\ttrue\n" },
}

for name, host in pairs(hosts) do
  describe("with the host " .. name, function()
    for what, work in pairs(works) do
      it(what, function()
        if host[1] and not is_there(host[1]) then return pending("there is no " .. host[1] .. " for Lua 5.4") end
        local output = helper.works(('local coaio = require "coaio"\n%s\n%s\n'):format(host[2] or "", prelude) .. [[
          local ok, err = pcall(coaio.run, function()
        ]] .. work[1] .. [[
          end)
          print(ok, err == coaio.cancelled or err)
        ]])
        assert.equal(work[2] .. (work[3] or "true\tnil\n"), output)
      end)
    end
  end)
end
