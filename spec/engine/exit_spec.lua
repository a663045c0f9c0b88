-- The end of a Lua state with work under way: it neither hangs nor crashes, and no callback touches the dead state.
-- Each case is a process of its own; the child's silence and status are the witness.

local coaio = require "coaio"
local helper = require "spec.helper"

describe("a state that closes", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", helper.bytes(3000000))
  tmp:fifo "fifo"
  teardown(tmp.remove)

  local head = [[
    local coaio = require "coaio"
    local path, fifo, out = arg[1], arg[2], arg[3]
    local function start(fn, ...) coroutine.wrap(fn)(...) end
  ]]

  local collectors = {
    [""] = "",
    [", with a collector that makes a round at every allocation"] = "collectgarbage('incremental', 1, 1000, 24)",
    [", with a generational collector in a hurry"] = "collectgarbage('generational', 1, 1)",
  }

  local cases = {
    ["with nothing done"] = "",
    ["after a run"] = "coaio.run(coaio.aio_nop)",
    ["with an open of a FIFO under way"] = "start(coaio.aio_open, fifo, 'r')",
    ["with a hundred opens of a FIFO"] = "for _ = 1, 100 do start(coaio.aio_open, fifo, 'r') end",
    ["with a busy worker"] = "start(coaio.aio_busy, 100000)",
    ["with a sleeper"] = "start(coaio.sleep, 100000)",
    ["with a thousand requests"] = "for _ = 1, 1000 do start(coaio.aio_stat, path) end",
    ["with reads of a file"] = [[
      local fh = coaio.aio_open(path, "r")
      for i = 1, 50 do start(coaio.aio_read, fh, i * 1000, 1000000) end
    ]],
    ["with a read of a pipe into a buffer"] = [[
      local fh = coaio.aio_open(fifo, "r+")
      start(coaio.aio_read, fh, nil, 1000000, coaio.buffer(1000000))
    ]],
    ["with a large string being written"] = [[
      local fh = coaio.aio_open(out, "w")
      for i = 1, 10 do start(coaio.aio_write, fh, 0, nil, ("x"):rep(5000000 + i)) end
    ]],
    ["with files left open"] = "for _ = 1, 100 do _G[#_G + 1] = coaio.aio_open(path, 'r') end",
    ["with tasks that never started"] = "for _ = 1, 10 do coaio.async(error, 'never') end",
    ["with tasks that wait"] = [[
      coaio.run(function()
        for _ = 1, 10 do
          coaio.async(function()
            local _ <close> = setmetatable({}, { __close = function() pcall(coaio.aio_nop) end })
            coaio.sleep(100000)
          end)
        end
        coaio.cede()
        os.exit(0, true)
      end)
    ]],
    ["inside a run"] = [[
      coaio.run(function()
        local fh = assert(coaio.aio_open(path, "r"))
        for i = 1, 50 do coaio.async(coaio.aio_read, fh, i * 1000, 100000) end
        coaio.cede()
        os.exit(0, true)
      end)
    ]],
    ["inside a callback"] = [[
      local request = require "coaio.request"
      for _ = 1, 10 do request.aio_open(fifo, "r") end
      request.aio_stat(path, function() os.exit(0, true) end)
      while true do coaio.poll() end
    ]],
    ["inside a generator"] = [[
      coaio.run(function()
        coaio.async(coaio.sleep, 100000)
        coaio.coroutine.wrap(function()
          coaio.aio_busy(0)
          os.exit(0, true)
        end)()
      end)
    ]],
    ["after an error came out of a run"] = [[
      local closed = 0
      local ok, err = pcall(coaio.run, function()
        for _ = 1, 10 do
          coaio.async(function()
            local fh <close> = assert(coaio.aio_open(path, "r"))
            local _ <close> = setmetatable({}, { __close = function()
              coaio.aio_read(fh, 0, 100)
              closed = closed + 1
            end })
            coaio.aio_open(fifo, "r")
          end)
        end
        coaio.aio_busy(0.01)
        start(coaio.aio_open, fifo, "r")
        error "out"
      end)
      assert(not ok and err:find "out", err)
      assert(closed == 10)
    ]],
    ["after coroutines that waited were closed"] = [[
      local closed = 0
      for i = 1, 40 do
        local co = coroutine.create(function()
          local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
          if i % 2 == 0 then coaio.aio_open(fifo, "r") else coaio.aio_read(coaio.aio_open(path, "r"), 0, 1000000) end
        end)
        assert(coroutine.resume(co))
        if i % 4 < 2 then coaio.poll_cb() end
        assert(coroutine.close(co))
        co = nil
        collectgarbage "step"
      end
      assert(closed == 40)
    ]],
    ["after coroutines that waited were closed by others inside a run"] = [[
      coaio.run(function()
        local fh = assert(coaio.aio_open(fifo, "r+"))
        for i = 1, 40 do
          local co = coroutine.create(function() coaio.aio_read(fh, nil, 10, coaio.buffer(i)) end)
          assert(coroutine.resume(co))
          if i % 2 == 0 then coaio.cede() end
          assert(coroutine.close(co))
        end
        assert(fh:close())
      end)
    ]],
    ["with coroutines that wait and that nobody holds"] = [[
      for i = 1, 100 do
        start(coaio.aio_open, fifo, "r")
        coroutine.wrap(function()
          local fh <close> = coaio.aio_open(path, "r")
          local buffer <const> = coaio.buffer(100)
          coaio.aio_read(fh, 0, 100, buffer)
          coaio.aio_busy(100000)
        end)()
        collectgarbage "step"
      end
    ]],
    ["without lua_close"] = [[
      start(coaio.aio_open, fifo, "r")
      start(coaio.aio_busy, 100000)
      os.exit(0, false)
    ]],
    ["with a closing file"] = [[
      local fh = coaio.aio_open(fifo, "r+")
      start(coaio.aio_read, fh, nil, 10)
      start(coaio.aio_close, fh)
    ]],
    ["with finalizers that make requests"] = [[
      setmetatable({}, { __gc = function() pcall(coaio.aio_stat, path) end })
      start(coaio.aio_busy, 100000)
    ]],
    ["after an engine that stays unused"] = "coaio = require 'coaio'",
    ["in a state of its own kind, twice required"] = [[
      package.loaded.coaio = nil
      local again = require "coaio"
      again.run(again.aio_nop)
      coaio.run(coaio.aio_nop)
    ]],
    ["after its core was loaded twice"] = [[
      coaio.run(coaio.aio_nop)
      for name in pairs(package.loaded) do if name:find "^coaio" then package.loaded[name] = nil end end
      local again = require "coaio"
      again.run(function() assert(again.aio_stat("/").type == "directory") end)
      coaio.run(function() assert(coaio.aio_stat("/").type == "directory") end)
    ]],
  }

  for name, script in pairs(cases) do
    for collector, set in pairs(collectors) do
      it(name .. collector, function()
        assert.equal("", helper.works(set .. head .. script, { args = { path, tmp "fifo", tmp "out" } }))
      end)
    end
  end

  it("runs no coroutine any more", function()
    local output = helper.works(head .. [[
      start(function()
        local _ <close> = setmetatable({}, { __close = function() print "closed" end })
        coaio.aio_busy(0.001)
        print "resumed"
      end)
    ]], { args = { path, tmp "fifo", tmp "out" } })
    assert.is_nil(output:find "resumed")
  end)
end)

describe("loading the module", function()
  it("creates nothing: no thread, no descriptor", function()
    local script = [[
      local function count(what)
        local pipe = io.popen("ls /proc/" .. io.open("/proc/self/stat"):read "n" .. "/" .. what .. " | wc -l")
        return pipe:read "n"
      end
      local threads, fds = count "task", count "fd"
      collectgarbage()
      require "coaio"
      collectgarbage()
      print(count "task" - threads)
    ]]
    assert.equal("0\n", helper.works(script))
    local log = os.tmpname()
    local wrap = "strace -f -qq -e signal=none -o " .. log .. " -e trace="
    wrap = wrap .. "eventfd2,io_uring_setup,epoll_create1,clone,clone3,pipe2"
    helper.works("require 'coaio'", { wrap = wrap })
    assert.equal("", helper.slurp(log))
    os.remove(log)
  end)

  it("names its back end", function()
    local wanted = os.getenv "COAIO_BACKEND"
    assert.is_true(coaio.backend() == "threads" or coaio.backend() == "uring")
    if wanted == "threads" or wanted == "uring" then assert.equal(wanted, coaio.backend()) end
  end)

  it("fails clearly with a back end that there is not", function()
    local script = "local c = require 'coaio' print(pcall(c.aio_nop)) print(pcall(c.run, c.aio_nop))"
    local message = 'false\tcoaio: COAIO_BACKEND is "nonsense" (threads, uring or auto expected)\n'
    assert.equal(message .. message, helper.works(script, { env = "COAIO_BACKEND=nonsense" }))
  end)
end)

describe("tasks that nobody ever ran", function()
  local script = [[
    local coaio = require "coaio"
    for _ = 1, 3 do coaio.async(print, "never") end
  ]]

  it("are warned of at the end, where warnings are on", function()
    local output, errors, code = helper.child("warn '@on' " .. script)
    assert.equal(0, code)
    assert.equal("", output)
    assert.equal("Lua warning: coaio: tasks that were never started: 3 (coaio.run starts them)\n", errors)
  end)

  it("vanish without a word otherwise", function()
    assert.equal("", helper.works(script))
    assert.equal("ran\n", helper.works [[
      warn "@on"
      local coaio = require "coaio"
      coaio.async(print, "ran")
      coaio.run(coaio.cede)
    ]])
  end)
end)
