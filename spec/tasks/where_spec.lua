-- Requests where nothing can yield: the main chunk drives the loop, so that other tasks run meanwhile; in sort and
-- gsub callbacks, in require, in finalizers a request waits for itself alone. Each in a process of its own, because
-- busted has no main chunk to offer.

local helper = require "spec.helper"

local head = [[
  local coaio = require "coaio"
  local log = {}
  local function say(word) log[#log + 1] = word end
  local function done() print(table.concat(log, " ")) end
]]

local function says(expected, script, options)
  assert.equal(expected .. "\n", helper.works(head .. script, options))
end

describe("a request", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  it("in the main chunk waits, and tasks run meanwhile", function()
    says("1 2 done", [[
      coaio.async(function()
        say "1"
        coaio.aio_busy(0)
        say "2"
      end)
      assert(coaio.aio_busy(0.05))
      assert(pcall(function()
        local fh = assert(coaio.aio_open(arg[1], "r"))
        assert(coaio.aio_read(fh, 0, 100) == "content")
        assert(coaio.aio_close(fh))
        assert(select(3, coaio.aio_stat "/nope") == coaio.errno.ENOENT)
      end))
      assert(coaio.sleep(0.001))
      say "done"
      done()
    ]], { args = { path } })
  end)

  it("in the main chunk works before, between and after runs", function()
    says("yes", [[
      assert(coaio.aio_nop())
      coaio.run(coaio.aio_nop)
      assert(coaio.aio_stat ".")
      coaio.run(coaio.aio_nop)
      say(coaio.aio_busy(0) and "yes")
      done()
    ]])
  end)

  it("in the main chunk joins tasks", function()
    says("result", [[
      local task = coaio.async(function()
        coaio.aio_busy(0.001)
        return "result"
      end)
      say(task:join())
      done()
    ]])
  end)

  local places = {
    ["table.sort"] = [[
      local list = { "/dev", "/", "/tmp", "/proc" }
      table.sort(list, function(a, b) return assert(coaio.aio_stat(a)).ino * 0 + #a < #b end)
      return table.concat(list, " ")
    ]],
    ["string.gsub"] = [[
      return (("/ /tmp"):gsub("%S+", function(name) return assert(coaio.aio_stat(name)).type end))
    ]],
    ["tostring"] = [[
      return tostring(setmetatable({}, { __tostring = function() return assert(coaio.aio_stat("/")).type end }))
    ]],
    ["load"] = [[
      local pieces = { "return ", "'loaded'" }
      return load(function()
        assert(coaio.aio_busy(0))
        return table.remove(pieces, 1)
      end)()
    ]],
    ["require"] = [[
      package.preload.waits = function() return assert(coaio.aio_stat("/")).type end
      return require "waits"
    ]],
    ["a finalizer"] = [[
      local result
      setmetatable({}, { __gc = function()
        local fh = assert(coaio.aio_open(arg[1], "r"))
        result = coaio.aio_read(fh, 0, 100)
        assert(coaio.aio_close(fh))
      end })
      collectgarbage()
      collectgarbage()
      return result
    ]],
    ["string.rep over a long wait"] = [[
      return (("x"):gsub("x", function() return tostring(coaio.aio_busy(0.02)) end))
    ]],
  }
  local results = {
    ["table.sort"] = "/ /dev /tmp /proc", ["string.gsub"] = "directory directory", tostring = "directory",
    load = "loaded", require = "directory", ["a finalizer"] = "content", ["string.rep over a long wait"] = "true",
  }

  for name, body in pairs(places) do
    local result = results[name]
    local function same(line)
      if name == "table.sort" then return line:find "^/ .*/proc$" ~= nil end
      return line == result
    end

    it("in " .. name .. " waits for itself, in a task and in the main chunk", function()
      local output = helper.works(head .. "local function place()\n" .. body .. [[
        end
        local meanwhile = 0
        print(coaio.run(function()
          for _ = 1, 3 do
            coaio.async(function()
              coaio.aio_busy(0)
              meanwhile = meanwhile + 1
            end)
          end
          local fd = coaio.async(coaio.aio_busy, 0.001)
          local result = place()
          fd:join()
          return result
        end))
        assert(meanwhile == 3)
        print(place())
      ]], { args = { path } })
      local first, second = output:match "^(.-)\n(.-)\n$"
      assert.is_true(same(first) and same(second), output)
    end)
  end

  it("in a finalizer while the state closes does not hang or crash", function()
    local output, _, code = helper.child(head .. [[
      local t = setmetatable({}, { __gc = function() print(pcall(coaio.aio_stat, "/")) end })
      coaio.run(coaio.aio_nop)
    ]])
    assert.equal(0, code)
    assert.is_true(output:find "^true" ~= nil or output:find "^false" ~= nil)
  end)

  it("works in a state that ends with os.exit(true, true)", function()
    says("bye", [[
      coaio.run(function()
        coaio.async(coaio.aio_busy, 100000)
        coaio.aio_nop()
        say "bye"
        done()
        os.exit(true, true)
      end)
    ]])
  end)
end)
