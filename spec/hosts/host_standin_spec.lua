-- The adapters of copas and GLib. Debian has neither for Lua 5.4: here they meet stand-ins with the same calls
-- (spec/fixtures), on LuaSocket's real select, and the real modules too where these are installed.

local helper = require "spec.helper"

local function is_there(module)
  return select(2, helper.try("%s -e %s", helper.lua, ("require %q"):format(module))) == 0
end

local stand_in = 'package.path = "spec/fixtures/?.lua;" .. package.path\n'

-- A test with the stand-in of a module, and one with the real one. The test gets a function that runs a program.
local function test(module, name, fn)
  for _, kind in ipairs { "a stand-in", "the real one" } do
    local needed = kind == "a stand-in" and "socket" or module
    it(name .. ", with " .. kind, function()
      if not is_there(needed) then return pending("there is no " .. needed .. " for Lua 5.4") end
      fn(function(source)
        return helper.works((needed == "socket" and stand_in or "") .. 'local coaio = require "coaio"\n' .. source)
      end)
    end)
  end
end

describe("the adapter of copas", function()
  test("copas", "runs requests in threads of copas and in tasks, and lets the loop end", function(program)
    local output = program [[
      local copas = require "copas"
      coaio.attach()
      print(coaio.aio_stat("/").type)
      local task = coaio.async(function(x)
        copas.pause(0.001)
        coaio.sleep(0.01)
        return x, coaio.aio_stat("/etc/passwd").type
      end, 1)
      copas.addthread(function()
        print(pcall(task.join, task))
        print(coaio.timeout(0.001, coaio.sleep, 1000))
        local names = coaio.coroutine.wrap(function()
          for _, name in ipairs { "/", "/etc" } do coroutine.yield(coaio.aio_stat(name).type) end
        end)
        for kind in names do copas.pause(0.001) print(kind) end
      end)
      copas.loop()
      print(copas.finished(), coaio.nreqs())
    ]]
    assert.equal("directory\ntrue\t1\tfile\nnil\ttimed out\t110\ndirectory\ndirectory\ntrue\t0\n", output)
  end)

  test("copas", "resumes plain coroutines inside of its threads", function(program)
    local output = program [[
      local copas = require "copas"
      coaio.attach "copas"
      coaio.onerror = function(err, traceback) print("onerror", err, traceback:match "stack traceback" ~= nil) end
      copas.addthread(function()
        for i = 1, 3 do
          coroutine.wrap(function()
            for _ = 1, i do assert(coaio.aio_busy(0.001)) end
            error(i .. " went on", 0)
          end)()
        end
        print "meanwhile"
        print(coaio.aio_busy(0.001))
      end)
      copas.loop()
      print(coaio.nreqs())
    ]]
    assert.equal("meanwhile\n", output:match "^.-\n")
    assert.equal("0\nmeanwhile\nonerror\t1 went on\ttrue\nonerror\t2 went on\ttrue\nonerror\t3 went on\ttrue\ntrue\n",
      helper.sorted(output))
  end)

  test("copas", "is driven by coaio.run, and outlives errors", function(program)
    local output = program [[
      local copas = require "copas"
      coaio.attach "copas"
      coaio.onerror = function(err) print("onerror", err) end
      print(coaio.run(function()
        coaio.async(function() coaio.sleep(0.001) error("in a task", 0) end)
        copas.pause(0.001)
        return "result", copas.running
      end))
      print(pcall(coaio.run, function()
        coaio.async(coaio.sleep, 1000)
        coaio.sleep(0.001)
        error("wrong", 0)
      end))
      copas.loop()
      print(copas.finished())
    ]]
    assert.equal("onerror\tin a task\nresult\ttrue\nfalse\twrong\ntrue\n", output)
  end)
end)

describe("the adapter of GLib", function()
  test("lgi", "runs requests from a source of the main context, next to others", function(program)
    local output = program [[
      local GLib = require "lgi".GLib
      coaio.attach "glib"
      local ticks = 0
      GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, function() ticks = ticks + 1 return true end)
      coaio.onerror = function(err) print("onerror", err) end
      coroutine.wrap(function() coaio.aio_busy(0.001) error("in a coroutine", 0) end)()
      print(coaio.run(function()
        repeat coaio.cede() until ticks > 3
        return coaio.async(coaio.aio_load, "/dev/null"):join()
      end) == "")
      print(pcall(coaio.run, function()
        coaio.async(coaio.sleep, 1000)
        coaio.cede()
        error("wrong", 0)
      end))
      coaio.detach()
    ]]
    assert.equal("onerror\tin a coroutine\ntrue\nfalse\twrong\n", output)
  end)
end)
