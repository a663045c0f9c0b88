-- Many tasks as one: coaio.map, coaio.first, coaio.timeout. Nothing is left of those that are stopped.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, raises = helper.run, helper.raises

local slow = 100000 -- seconds: nothing of this is waited for

-- A <close> variable that counts in `counter.open` how many are in its scope, and in `counter.most` the most at a time.
local function entered(counter)
  counter.open = (counter.open or 0) + 1
  counter.most = math.max(counter.most or 0, counter.open)
  return setmetatable({}, { __close = function() counter.open = counter.open - 1 end })
end

describe("coaio.map", function()
  local function double(item)
    coaio.cede()
    return 2 * item
  end

  it("gives results in order, for lists and iterators", function()
    run(function()
      assert.same({ 2, 4, 6, 8 }, coaio.map({ 1, 2, 3, 4 }, 2, double))
      assert.same({}, coaio.map({}, 2, double))
      assert.same({ "a1", "b2" }, coaio.map(("ab"):gmatch ".", 9, function(item, index) return item .. index end))
      assert.same({ true, false }, coaio.map({ false, true }, 1, function(item) return not item end))
    end)
  end)

  it("calls at most n at a time, and n where there are that many", function()
    run(function()
      for _, n in ipairs { 1, 3, 10, math.maxinteger } do
        for _, source in ipairs { { 1, 2, 3, 4, 5 }, ("12345"):gmatch "." } do
          local counter = {}
          coaio.map(source, n, function()
            local _ <close> = entered(counter)
            for _ = 1, 20 do coaio.cede() end
          end)
          assert.equal(math.min(n, 5), counter.most)
        end
      end
    end)
  end)

  it("asks an iterator that waits for one item at a time, and not again after its end", function()
    run(function()
      local counter, ended = {}, 0
      local items = coaio.coroutine.wrap(function()
        for i = 1, 20 do
          coaio.aio_busy(0)
          coaio.coroutine.yield(i)
        end
        ended = ended + 1
      end)
      local results = coaio.map(function()
        local _ <close> = entered(counter)
        return items()
      end, 4, double)
      for i = 1, 20 do assert.equal(2 * i, results[i]) end
      assert.equal(1, counter.most)
      assert.equal(1, ended)
    end)
  end)

  it("stops at the first error, in a call or in the iterator", function()
    run(function()
      local counter = {}
      raises("third", coaio.map, { 1, 2, 3, 4 }, 4, function(item)
        local _ <close> = entered(counter)
        coaio.cede()
        if item == 3 then error "third" end
        coaio.sleep(slow)
      end)
      raises("no more", coaio.map, function() error "no more" end, 4, double)
      assert.equal(0, counter.open)
      assert.is_true(counter.most >= 3)
    end)
  end)

  it("is stopped with its task", function()
    run(function()
      local counter = {}
      local function wait()
        local _ <close> = entered(counter)
        coaio.sleep(slow)
      end
      for _, source in ipairs { { 1, 2, 3 }, function() wait() return 1 end } do
        local task = coaio.async(coaio.map, source, 3, wait)
        for _ = 1, 10 do coaio.cede() end
        assert.is_true(counter.open > 0)
        task:cancel()
        assert.is_false(pcall(task.join, task))
        assert.equal("cancelled", task:status())
        assert.equal(0, counter.open)
      end
    end)
  end)
end)

describe("coaio.first", function()
  it("stops the tasks it was called with, whatever becomes of the list", function()
    run(function()
      local loser = coaio.async(coaio.sleep, slow)
      local list = { loser }
      list[2] = coaio.async(function()
        coaio.cede()
        list[1] = nil
        return "won"
      end)
      assert.equal("won", coaio.first(list))
      assert.equal("cancelled", loser:status())
    end)
  end)

  it("gives what the first one gives, and stops the others", function()
    run(function()
      local counter = {}
      local others = {}
      for i = 1, 3 do
        others[i] = coaio.async(function()
          local _ <close> = entered(counter)
          coaio.sleep(slow)
        end)
      end
      others[4] = coaio.async(function() coaio.cede() return "first", nil, 3 end)
      assert.same({ n = 3, "first", nil, 3 }, table.pack(coaio.first(others)))
      assert.equal(0, counter.open)
      raises("lost", coaio.first, { coaio.async(coaio.sleep, slow), coaio.async(error, "lost") })
    end)
  end)

  it("is stopped with its task, also by a run that ends", function()
    run(function()
      local task = coaio.async(function() return coaio.first { coaio.async(coaio.sleep, slow) } end)
      for _ = 1, 10 do coaio.cede() end
      task:cancel()
      assert.is_true(select(2, pcall(task.join, task)) == coaio.cancelled)
    end)
    local err
    raises("the end", run, function()
      coaio.async(function()
        local _
        _, err = pcall(coaio.first, { coaio.async(coaio.sleep, slow) })
      end)
      for _ = 1, 10 do coaio.cede() end
      error "the end"
    end)
    assert.is_true(err == coaio.cancelled)
  end)
end)

describe("coaio.timeout", function()
  it("gives results that come in time, and errors", function()
    run(function()
      local function pass(...)
        coaio.cede()
        return ...
      end
      assert.same({ n = 2, nil, "b" }, table.pack(coaio.timeout(slow, pass, nil, "b")))
      raises("own", coaio.timeout, slow, error, "own")
    end)
  end)

  it("may be without end, as a sleep may", function()
    run(function()
      assert.equal("in time", coaio.timeout(math.huge, function() return "in time" end))
    end)
  end)

  it("stops what is late", function()
    run(function()
      local counter = {}
      helper.failed("ETIMEDOUT", nil, (function()
        local ok, _, code = coaio.timeout(0.001, function()
          local _ <close> = entered(counter)
          coaio.sleep(slow)
        end)
        return ok, coaio.strerror(code), code
      end)())
      assert.equal(0, counter.open)
    end)
  end)
end)
