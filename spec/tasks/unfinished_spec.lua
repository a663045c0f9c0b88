-- Generators of coaio.coroutine that do not come to their end: their closing values are closed, and may wait.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

local create, resume, close, wrap =
  coaio.coroutine.create, coaio.coroutine.resume, coaio.coroutine.close, coaio.coroutine.wrap

describe("a closing value in a generator", function()
  -- One that joins a task and makes a request: neither is possible where nothing can yield.
  local function waiting(log, name, problem)
    return setmetatable({}, { __close = function(_, err)
      local child = coaio.async(function() return "joined" end)
      log[#log + 1] = name .. " " .. child:join() .. " " .. tostring(err)
      coaio.aio_busy(0)
      if problem then error(problem, 0) end
    end })
  end

  -- A generator with two of them; it yields what its resumer gives.
  local function body(log, yield, problem)
    return function(...)
      local _ <close> = waiting(log, "outer")
      local _ <close> = waiting(log, "inner", problem)
      local given = ...
      while true do given = yield(given) end
    end
  end

  -- Runs fn(log) while another task counts its turns; what was logged, and that the other ran meanwhile.
  local function logged(fn)
    local log, turns = {}, 0
    run(function()
      local other = coaio.async(function() while true do coaio.cede() turns = turns + 1 end end)
      coaio.cede()
      fn(log)
      other:cancel()
    end)
    assert.is_true(turns > 1)
    return log
  end

  -- Leaves a loop over a generator, at its first value, as `leave` does.
  local function loop(log, leave, problem)
    for value in wrap(body(log, function() return coroutine.yield "value" end, problem)) do
      assert.equal("value", value)
      if leave == "break" then break end
      if leave == "return" then return "a", "b" end
      leave()
    end
    log[#log + 1] = "left"
  end

  local unwound = { "inner joined nil", "outer joined nil" }

  for name, yield in pairs { ["Lua's own yield"] = coroutine.yield, ["a yield in pcall"] = function(value)
    local _, given = pcall(coroutine.yield, value)
    return given
  end } do
    it("waits when the coroutine is closed, at " .. name, function()
      assert.same(unwound, logged(function(log)
        local co = create(body(log, yield))
        assert.same({ true, 1 }, { resume(co, 1) })
        assert.same({ true, 2 }, { resume(co, 2) })
        assert.same({ true, n = 1 }, table.pack(close(co)))
        assert.equal("dead", coroutine.status(co))
        assert.same({ true, n = 1 }, table.pack(close(co)))
        assert.same({ false, "cannot resume dead coroutine" }, { resume(co) })
      end))
    end)
  end

  it("has its error returned by close, and the others find that", function()
    assert.same({ "inner joined nil", "outer joined problem" }, logged(function(log)
      local co = create(body(log, coroutine.yield, "problem"))
      assert(resume(co))
      assert.same({ false, "problem" }, { close(co) })
      assert.equal("dead", coroutine.status(co))
      assert.same({ true, n = 1 }, table.pack(close(co)))
    end))
  end)

  it("waits on the way of an error out of the generator", function()
    local function failing(log)
      return function()
        local _ <close> = waiting(log, "only")
        coroutine.yield()
        error { "own" }
      end
    end
    for _, call in ipairs {
      function(fn)
        local co = create(fn)
        assert(resume(co))
        local ok, err = resume(co)
        assert.truthy(coaio.traceback(co):find "unfinished_spec.lua:%d+: in function")
        return ok, err
      end,
      function(fn)
        local next_one = wrap(fn)
        next_one()
        return pcall(next_one)
      end,
    } do
      local log = logged(function(log)
        local ok, err = call(failing(log))
        assert.is_false(ok)
        assert.equal("own", err[1])
      end)
      assert.equal(1, #log)
      assert.truthy(log[1]:find "^only joined table")
    end
  end)

  it("waits when a generic for is left", function()
    assert.same({ unwound[1], unwound[2], "left" }, logged(function(log) loop(log, "break") end))
    assert.same(unwound, logged(function(log) assert.same({ "a", "b" }, { loop(log, "return") }) end))
    assert.same(unwound, logged(function(log)
      helper.raises("^dropped$", loop, log, function() error("dropped", 0) end)
    end))
    assert.equal(2, #logged(function(log) helper.raises("^problem$", loop, log, "break", "problem") end))
  end)

  it("waits when the task is cancelled in the loop", function()
    assert.same(unwound, logged(function(log)
      local task = coaio.async(loop, log, function() coaio.sleep(100000) end)
      for _ = 1, 3 do coaio.cede() end
      task:cancel()
      pcall(task.join, task)
      assert.equal("cancelled", task:status())
    end))
  end)

  it("is closed in a cancelled task as well", function()
    assert.same(unwound, logged(function(log)
      local task = coaio.async(function()
        local co = create(body(log, coroutine.yield))
        assert(resume(co))
        pcall(coaio.sleep, 100000)
        assert(close(co))
      end)
      coaio.cede()
      task:cancel()
      task:join()
    end))
  end)

  it("waits in a generator in a generator", function()
    local log = logged(function(log)
      local outer = create(function()
        local _ <close> = waiting(log, "outermost")
        for _ in wrap(body(log, function() return coroutine.yield "value" end)) do coroutine.yield "passed on" end
      end)
      assert.same({ true, "passed on" }, { resume(outer) })
      assert.is_true(close(outer))
    end)
    assert.same({ unwound[1], unwound[2], "outermost joined nil" }, log)
  end)

  it("is closed where a pcall catches that, and the generator yields on", function()
    run(function()
      local closed = 0
      local co = create(function()
        local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
        while true do pcall(function() coroutine.yield() end) end
      end)
      assert(resume(co))
      assert.is_true(close(co))
      assert.equal("dead", coroutine.status(co))
      assert.equal(1, closed)
    end)
  end)
end)

describe("the coroutine library of coaio", function()
  it("closes as Lua's does", function()
    local function each(library)
      local seen = {}
      local function note(...) seen[#seen + 1] = table.pack(...) end
      local fresh = library.create(print)
      note(library.close(fresh), library.status(fresh))
      note(library.resume(fresh))
      local finished = library.create(function() return 1 end)
      note(library.resume(finished))
      note(library.close(finished))
      local failed = library.create(function() error("failed", 0) end)
      note(library.resume(failed))
      note(library.status(failed))
      note(pcall(library.close, library.running()))
      local normal
      normal = library.create(function()
        note(library.resume(library.create(function() note(pcall(library.close, normal)) end)))
      end)
      library.resume(normal)
      note(pcall(library.create, 5) == false, pcall(library.close, 5) == false, pcall(library.wrap) == false)
      return seen
    end
    run(function() assert.same(each(coroutine), each(coaio.coroutine)) end)
  end)

  it("leaves a hook where it was", function()
    run(function()
      local co, lines = create(function() coroutine.yield() end), 0
      assert(resume(co))
      debug.sethook(co, function() lines = lines + 1 end, "l")
      assert(close(co))
      local hook, mask = debug.gethook(co)
      assert.same({ "function", "l" }, { type(hook), mask })
    end)
  end)
end)
