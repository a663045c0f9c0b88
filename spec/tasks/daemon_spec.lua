-- Daemons: tasks that coaio.run does not wait for; and coaio.tasks, which lists all. What a child process writes, and
-- that it ends, is the witness.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

-- A value for a <close> variable that says so in `log`, after it has waited.
local function noting(log, what)
  return setmetatable({}, { __close = function()
    coaio.aio_busy(0)
    log[#log + 1] = what
  end })
end

describe("a daemon", function()
  it("is not waited for: run cancels it, and waits until it has unwound", function()
    local log = {}
    assert.equal("result", run(function()
      local daemon = coaio.async({ daemon = true }, function(...)
        local _ <close> = noting(log, "unwound with " .. table.concat({ ... }, " "))
        while true do coaio.sleep(100000) end
      end, "a", "b")
      coaio.async(function()
        coaio.aio_busy(0)
        log[#log + 1] = daemon:status()
      end)
      return "result"
    end))
    assert.same({ "waiting", "unwound with a b" }, log)
  end)

  local waits = {
    ["for nothing but its turn"] = function() while true do coaio.cede() end end,
    ["for a request on a worker"] = function() coaio.aio_busy(100000) end,
    ["for another daemon"] = function() coaio.async(coaio.sleep, 100000):join() end,
    ["for a timeout"] = function() coaio.timeout(100000, coaio.sleep, 100000) end,
    ["for the first of several"] = function() coaio.first { coaio.async(coaio.sleep, 100000) } end,
    ["for a map"] = function() coaio.map({ 1, 2 }, 2, function() coaio.sleep(100000) end) end,
    ["inside a generator"] = function() coaio.coroutine.wrap(function() coaio.sleep(100000) end)() end,
    ["for room"] = function()
      coaio.max_outstanding(1)
      coaio.async(coaio.aio_busy, 100000)
      coaio.cede()
      coaio.aio_busy(100000)
    end,
    ["with a yield of its own"] = function() coroutine.yield() end,
  }
  for what, wait in pairs(waits) do
    it("that waits " .. what .. " keeps no run from its end", function()
      local ended
      run(function()
        local task = coaio.async({ daemon = true }, wait)
        coaio.aio_busy(0)
        ended = function() return task:status() end
      end)
      coaio.max_outstanding(0)
      if what ~= "with a yield of its own" then assert.equal("cancelled", ended()) end
      assert.same({}, coaio.tasks())
    end)
  end

  it("makes daemons, unless they are told otherwise", function()
    local log = {}
    run(function()
      coaio.async({ daemon = true }, function()
        coaio.async(function()
          local _ <close> = noting(log, "inherited")
          coaio.sleep(100000)
        end)
        coaio.async({ daemon = false }, function()
          for _ = 1, 10 do coaio.aio_busy(0) end
          log[#log + 1] = "waited for"
        end)
        coaio.sleep(100000)
      end)
      coaio.cede()
    end)
    assert.same({ "waited for", "inherited" }, log)
  end)

  it("is served as long as others work, and what it leaves behind is waited for", function()
    local turns, left = 0, false
    run(function()
      coaio.async({ daemon = true }, function()
        local _ <close> = setmetatable({}, { __close = function()
          coaio.async(function()
            coaio.aio_busy(0.001)
            left = true
          end)
        end })
        while true do
          coaio.aio_busy(0)
          turns = turns + 1
        end
      end)
      helper.until_true(function() return turns >= 5 end)
    end)
    assert.is_true(left)
  end)

  it("that fails is reported like any task, and can be joined", function()
    local errors = helper.reported(function()
      coaio.async({ daemon = true }, error, "lost", 0)
      local joined = coaio.async({ daemon = true }, error, "found", 0)
      helper.raises("found", joined.join, joined)
    end)
    assert.equal(1, #errors)
    assert.equal("lost", errors[1][1])
  end)

  it("that waits for nothing that can come does not hide a deadlock of others", function()
    helper.raises("deadlock", coaio.run, function()
      local a, b
      coaio.async({ daemon = true }, function() a:join() end)
      a = coaio.async(function() b:join() end)
      b = coaio.async(function() a:join() end)
    end)
    run(coaio.aio_nop)
  end)

  it("is unwound with the others when run's function raises", function()
    local log = {}
    local ok = pcall(run, function()
      coaio.async({ daemon = true }, function()
        local _ <close> = noting(log, "daemon")
        coaio.sleep(100000)
      end)
      coaio.cede()
      error "out"
    end)
    assert.is_false(ok)
    assert.same({ "daemon" }, log)
  end)

  it("is made with options that async knows", function()
    helper.raises("#1 to 'async' %(the only option is daemon%)", coaio.async, { deamon = true }, print)
    helper.raises("#1 to 'async'", coaio.async, { true }, print)
    helper.raises("#2 to 'async' %(function expected, got no value%)", coaio.async, { daemon = true })
    helper.raises("#1 to 'async' %(function expected, got number%)", coaio.async, 5)
    run(function() assert.equal(3, coaio.async({}, function(x) return x end, 3):join()) end)
  end)

  it("ends with run in a host's loop", function()
    assert.equal("work\nunwound\ndone\n", helper.works [[
      local found, uv = pcall(require, "luv")
      local coaio = require "coaio"
      if found then coaio.attach("luv", uv) end
      coaio.run(function()
        coaio.async({ daemon = true }, function()
          local _ <close> = setmetatable({}, { __close = function() coaio.aio_busy(0) print "unwound" end })
          while true do coaio.sleep(100000) end
        end)
        coaio.aio_busy(0)
        print "work"
      end)
      print "done"
    ]])
  end)
end)

describe("coaio.tasks", function()
  it("lists all tasks, with what they are at", function()
    run(function()
      local sleeper = coaio.async({ daemon = true }, function() coaio.sleep(100000) end)
      coaio.cede()
      local queued = coaio.async(coaio.cede)
      local found = {}
      for _, entry in ipairs(coaio.tasks()) do found[entry.task] = entry end
      assert.equal("waiting", found[sleeper].status)
      assert.is_true(found[sleeper].daemon)
      assert.truthy(found[sleeper].traceback:find "^aio_sleep\nstack traceback:.+daemon_spec.lua:")
      assert.equal("queued", found[queued].status)
      assert.is_false(found[queued].daemon)
      assert.equal("running", found[coaio.self()].status)
      sleeper:cancel()
      pcall(sleeper.join, sleeper)
      queued:join()
      assert.equal(1, #coaio.tasks())
    end)
    assert.same({}, coaio.tasks())
  end)
end)

describe("the traceback of an error that went through tasks", function()
  local script = [[
    local coaio = require "coaio"
    local function innermost() error(%s) end
    local function inner() coaio.aio_busy(0) innermost() end
    local function middle() return %s end
    local function outer() local x = coaio.async(middle):join() return x end
    %s
  ]]
  local ways = {
    join = "(coaio.async(inner):join())",
    timeout = "(coaio.timeout(100, inner))",
    map = "(coaio.map({ 1, 2 }, 2, inner))",
    first = "(coaio.first { coaio.async(inner) })",
  }
  local by = "joined by coaio.task %%([%%w]+%%)\nstack traceback:.-%%.lua:%d: in function"
  local chain = "in upvalue 'innermost'\n.-" .. by:format(4) .. ".-" .. by:format(5)

  for name, way in pairs(ways) do
    it("tells the whole chain when the error ends the program, through " .. name, function()
      local output, errors, code = helper.child(script:format("'no luck'", way, "coaio.run(outer)"))
      assert.equal(1, code)
      assert.equal("", output)
      assert.truthy(errors:find("no luck\nstack traceback:.-" .. chain), errors)
      assert.truthy(errors:find "run by the main chunk\nstack traceback:", errors)
    end)
  end

  it("is in coaio.traceback where somebody catches it, and the value is the same", function()
    for _, value in ipairs { "'no luck'", "{}" } do
      assert.equal("", helper.works(script:format("the_value, 0", ways.join, [[
        the_value = %s
        local ok, err = pcall(coaio.run, outer)
        assert(not ok and rawequal(err, the_value))
        assert(coaio.traceback():find %q, coaio.traceback())
      ]]):format(value, chain)))
    end
  end)

  it("goes to coaio.onerror", function()
    local _, errors = helper.child(script:format("'no luck'", ways.join, [[
      coaio.run(function() coaio.async(outer) end)
    ]]))
    assert.truthy(errors:find("no luck\nstack traceback:.-" .. chain), errors)
  end)

  it("has only the ends of a long chain", function()
    local _, errors = helper.child [[
      local coaio = require "coaio"
      local function deeper(n)
        if n == 0 then error "bottom" end
        local x = coaio.async(deeper, n - 1):join()
        return x
      end
      coaio.run(deeper, 1000)
    ]]
    assert.truthy(errors:find "bottom\nstack traceback:.-joined by 981 tasks more\n")
    assert.equal(19 + 1, select(2, errors:gsub("joined by", "")))
  end)

  it("is not that of another error", function()
    run(function()
      local failed = coaio.async(function() error "first" end)
      local other = coaio.async(function()
        pcall(failed.join, failed)
        error "second"
      end)
      pcall(other.join, other)
      assert.is_nil(coaio.traceback(other):find "joined by")
    end)
  end)
end)
