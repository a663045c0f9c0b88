-- Generators of coaio.coroutine that wait: in a for, at any depth, mixed with own yields, resumed by strangers.

local coaio = require "coaio"
local helper = require "spec.helper"
local run = helper.run

local wrap, create, resume = coaio.coroutine.wrap, coaio.coroutine.create, coaio.coroutine.resume

describe("a generator that reads files", function()
  local dir

  setup(function()
    dir = helper.tmpdir()
    for i = 1, 5 do dir:file(tostring(i), ("line %d\n"):format(i):rep(100)) end
  end)
  teardown(function() dir.remove() end)

  -- The lines of a file, read in small pieces.
  local function lines_of(path)
    return wrap(function()
      local file <close> = assert(coaio.aio_open(path, "r"))
      local offset, rest = 0, ""
      repeat
        local data = assert(coaio.aio_read(file, offset, 33))
        offset, rest = offset + #data, rest .. data
        while rest:find "\n" do
          coroutine.yield(rest:match "^[^\n]*")
          rest = rest:gsub("^[^\n]*\n", "")
        end
      until #data == 0
    end)
  end

  it("works in a for, while other tasks run", function()
    local kinds, others = {}, 0
    run(function()
      local ticker = coaio.async(function() while true do coaio.cede() others = others + 1 end end)
      local names = wrap(function()
        for _, name in ipairs(assert(coaio.aio_readdir(dir.path))) do
          assert(coaio.aio_busy(0.001))
          coroutine.yield(name, assert(coaio.aio_stat(dir(name))).size)
        end
      end)
      for name, size in names do kinds[name] = size end
      ticker:cancel()
    end)
    assert.same({ ["1"] = 700, ["2"] = 700, ["3"] = 700, ["4"] = 700, ["5"] = 700 }, kinds)
    assert.is_true(others > 0)
  end)

  it("gives the lines of a file, as often as there are", function()
    run(function()
      local n = 0
      for line in lines_of(dir "3") do
        assert(line == "line 3")
        n = n + 1
      end
      assert.equal(100, n)
    end)
  end)

  it("works inside of another one, and in many tasks at once", function()
    run(function()
      local function pieces()
        return wrap(function()
          for i = 1, 5 do
            local contents = wrap(function()
              local data = assert(coaio.aio_load(dir(tostring(i))))
              for line in data:gmatch "[^\n]+" do coroutine.yield(line) end
            end)
            for line in contents do coroutine.yield(i, line) end
          end
        end)
      end
      local tasks = {}
      for t = 1, 20 do
        tasks[t] = coaio.async(function()
          local n = 0
          for i, line in pieces() do
            assert(line == "line " .. i)
            if n % 50 == t then coaio.cede() end
            n = n + 1
          end
          return n
        end)
      end
      for _, task in ipairs(tasks) do assert.equal(500, task:join()) end
    end)
  end)

  it("carries values in and out around its waits", function()
    run(function()
      local co = create(function(a)
        local sum = a
        while true do
          assert(coaio.aio_busy(0.0005))
          sum = sum + coroutine.yield(sum)
        end
      end)
      for i = 1, 20 do
        local ok, sum = resume(co, 1)
        assert(ok)
        assert.equal(i, sum)
      end
      assert.equal("suspended", coroutine.status(co))
    end)
  end)

  it("feeds coaio.map, whose workers wait for it in turns", function()
    run(function()
      local function numbers(n, failing)
        return wrap(function()
          for i = 1, n do
            assert(coaio.aio_busy(0))
            if i == failing then error "in the generator" end
            coroutine.yield(i)
          end
        end)
      end
      local function double(x, index)
        assert(x == index and coaio.aio_busy(0))
        return 2 * x
      end
      local results = coaio.map(numbers(100), 8, double)
      assert.equal(100, #results)
      for i, result in ipairs(results) do assert(result == 2 * i) end
      helper.raises("in the generator", coaio.map, numbers(100, 50), 8, double)
      helper.raises("in fn", coaio.map, numbers(100), 8, function(x) assert(x < 50, "in fn") end)

      local stuck = coaio.async(coaio.map, wrap(function() coaio.sleep(1000) end), 8, double)
      repeat coaio.cede() until stuck:status() == "waiting"
      stuck:cancel()
      local _, err = pcall(stuck.join, stuck)
      assert.equal(coaio.cancelled, err)
    end)
  end)

  it("goes deep", function()
    run(function()
      local function nest(depth)
        if depth == 0 then return function() return assert(coaio.aio_busy(0.001)) end end
        return wrap(function()
          while true do coroutine.yield(nest(depth - 1)()) end
        end)
      end
      assert.is_true(nest(50)())
    end)
  end)

  it("is cancelled with its task, and its close variables run", function()
    local closed = 0
    run(function()
      local task = coaio.async(function()
        local generator = wrap(function()
          local _ <close> = setmetatable({}, { __close = function()
            coaio.aio_busy(0)
            closed = closed + 1
          end })
          coaio.sleep(1000)
          coroutine.yield "never"
        end)
        for value in generator do error(value) end
      end)
      repeat coaio.cede() until task:status() == "waiting"
      task:cancel()
      local ok, err = pcall(task.join, task)
      assert.is_false(ok)
      assert.equal(coaio.cancelled, err)
    end)
    assert.equal(1, closed)
  end)

  it("may be given up in the midst", function()
    run(function()
      for _ = 1, 50 do
        local next_line = lines_of(dir "1")
        assert.equal("line 1", next_line())
      end
      collectgarbage()
    end)
  end)

  it("that a stranger resumes while it waits says so, and other results stay where they belong", function()
    run(function()
      local err
      local co = create(function()
        local ok
        ok, err = pcall(coaio.sleep, 1000)
        assert(not ok)
        coroutine.yield "own"
      end)
      local task = coaio.async(function()
        local first = table.pack(resume(co))
        return first[1], first[2], resume(co)
      end)
      local bystander = coaio.async(function() return coaio.aio_stat("/").type end)
      repeat coaio.cede() until task:status() == "waiting"
      assert.same({ true, "own" }, { coroutine.resume(co, "intruder") })
      assert.truthy(tostring(err):find "aio_sleep.*cancelled")
      assert.equal("directory", bystander:join())
      local ok, message, again = task:join()
      assert.is_false(ok)
      assert.truthy(message:find "resumed by another coroutine")
      assert.is_true(again)
      assert.equal("dead", coroutine.status(co))
    end)
  end)
end)
