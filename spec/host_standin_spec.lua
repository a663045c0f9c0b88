-- The adapters of copas and GLib. Debian has neither for Lua 5.4: here they meet stand-ins with the same calls
-- (spec/fixtures), on LuaSocket's real select; what these get wrong about copas and lgi is not seen.

local helper = require "spec.helper"

local present = pcall(require, "socket")

local function program(source)
  return helper.works([[
    package.path = "spec/fixtures/?.lua;" .. package.path
    local coaio = require "coaio"
  ]] .. source)
end

local function test(name, fn)
  it(name, function()
    if not present then return pending "LuaSocket (Debian: lua-socket) is not installed" end
    fn()
  end)
end

describe("the adapter of copas", function()
  test("runs requests in threads of copas and in tasks, and lets the loop end", function()
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
        print(task:status())
        print(task:join())
        print(coaio.timeout(0.001, coaio.sleep, 1000))
        local names = coaio.coroutine.wrap(function()
          for _, name in ipairs { "/", "/etc" } do coroutine.yield(coaio.aio_stat(name).type) end
        end)
        for kind in names do copas.pause(0.001) print(kind) end
      end)
      copas.loop()
      print(copas.finished())
    ]]
    assert.equal("directory\nqueued\n1\tfile\nnil\ttimed out\t110\ndirectory\ndirectory\ntrue\n", output)
  end)

  test("is driven by coaio.run, and outlives errors", function()
    local output = program [[
      local copas = require "copas"
      coaio.attach "copas"
      coaio.onerror = function(err) print("onerror", err) end
      print(coaio.run(function()
        coaio.async(function() coaio.sleep(0.001) error("in a task", 0) end)
        copas.pause(0.001)
        return "result"
      end))
      print(pcall(coaio.run, function()
        coaio.async(coaio.sleep, 1000)
        coaio.sleep(0.001)
        error("wrong", 0)
      end))
      copas.loop()
      print(copas.finished())
    ]]
    assert.equal("onerror\tin a task\nresult\nfalse\twrong\ntrue\n", output)
  end)
end)

describe("the adapter of GLib", function()
  test("runs requests from a source of the main context, next to others", function()
    local output = program [[
      local GLib = require "lgi".GLib
      coaio.attach "glib"
      local ticks = 0
      GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, function() ticks = ticks + 1 return true end)
      coaio.onerror = function(err) print("onerror", err) end
      coroutine.wrap(function() coaio.aio_busy(0.01) error("in a coroutine", 0) end)()
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
