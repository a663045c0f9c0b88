-- Files that nobody closes: a collected one is closed at once, and when descriptors run out a collection gives back
-- those of the forgotten ones. Each case runs in a process that may have few.

local helper = require "spec.helper"

describe("files that were forgotten", function()
  local tmp = helper.tmpdir()
  local path, fifo = tmp:file("file", "content"), tmp:fifo "fifo"
  teardown(tmp.remove)

  -- With a collector that does nothing by itself: it must be asked.
  local head = [[
    collectgarbage "stop"
    local coaio, request = require "coaio", require "coaio.request"
    local path, fifo = arg[1], arg[2]
    local good, bad = 0, nil
    local function check(what, message)
      if what then good = good + 1 else bad = bad or message end
    end
  ]]

  local function with_few(script, limit)
    return helper.works(head .. script .. "\nassert(not bad, bad) io.write(good)", {
      args = { path, fifo, tmp.path },
      wrap = ("sh -c 'ulimit -n %d; exec \"$0\" \"$@\"'"):format(limit or 256),
    })
  end

  local cases = {
    ["by the main chunk"] = "for _ = 1, 5000 do check(coaio.aio_open(path)) end",
    ["by a task"] = "coaio.run(function() for _ = 1, 5000 do check(coaio.aio_open(path)) end end)",
    ["by many tasks"] = [[
      coaio.run(function()
        for _ = 1, 100 do
          coaio.async(function()
            for _ = 1, 50 do
              check(coaio.aio_open(path, "r+")) -- which does not complete inside the call
            end
          end)
        end
      end)
    ]],
    ["in callback style"] = "for _ = 1, 5000 do request.aio_open(path, check) end coaio.flush()",
    ["in callback style, written"] = [[
      for _ = 1, 1000 do request.aio_open(path, "r+", nil, check) end
      coaio.run(coaio.aio_nop)
    ]],
    ["in callback style, in a group"] = [[
      local group = coaio.aio_group()
      for _ = 1, 1000 do group:add(request.aio_open(path, check)) end
      coaio.aio_wait(group)
      assert(good == 1000)
    ]],
    ["by requests that are waited for"] = [[
      for _ = 1, 5000 do check(coaio.aio_wait(request.aio_open(path))) end
    ]],
    ["in plain coroutines"] = [[
      coaio.run(function()
        for _ = 1, 1000 do coroutine.wrap(function() check(coaio.aio_open(path, "r+")) end)() end
      end)
    ]],
    ["in a generator"] = [[
      coaio.run(function()
        local next_file = coaio.coroutine.wrap(function()
          while true do coaio.coroutine.yield(coaio.aio_open(path, "r+")) end
        end)
        for _ = 1, 5000 do check(next_file()) end
      end)
    ]],
    ["where nothing can yield"] = [[
      ("x"):rep(5000):gsub(".", function() check(coaio.aio_open(path, "r+")) end)
    ]],
    ["as working directories"] = "for _ = 1, 5000 do check(coaio.aio_wd(arg[3])) end",
    ["as eventfds"] = "for _ = 1, 5000 do check(coaio.eventfd()) end",
    ["as memfds"] = "for _ = 1, 5000 do check(coaio.memfd_create 'x') end",
    ["as pipes"] = "for _ = 1, 5000 do check(coaio.pipe2()) end",
    ["as timers"] = "for _ = 1, 5000 do check(coaio.timerfd_create(coaio.CLOCK_MONOTONIC)) end",
    ["by another library"] = "for _ = 1, 5000 do check(coaio.aio_open(path)) io.open(path) end",
    ["and are needed within a request"] = [[
      for _ = 1, 300 do
        while io.open(path) do end
        check(coaio.aio_load(path))
      end
    ]],
  }
  for name, script in pairs(cases) do
    it("give back their descriptors: " .. name, function()
      local n = script:match "1, (%d%d%d+)" or "5000"
      assert.equal(n == "100" and "5000" or n, with_few(script))
    end)
  end

  it("give them back to the engine that is not there yet", function()
    assert.equal("1", with_few [[
      while io.open(path) do end
      check(coaio.aio_stat(path))
    ]])
  end)

  it("are not there where all are in use: then it fails, with EMFILE", function()
    local ways = { "coaio.aio_open(path, 'r+')", "coaio.aio_wait(request.aio_open(path, 'r+'))", "coaio.eventfd()" }
    for _, way in ipairs(ways) do
      assert.equal("EMFILE", with_few(([[
        local kept, message, code = {}
        coaio.run(function()
          repeat
            kept[#kept + 1], message, code = %s
          until code
        end)
        assert(#kept > 200)
        good = coaio.errname(code)
      ]]):format(way)))
    end
  end)

  it("are closed when they are collected, although no turn comes", function()
    for _, way in ipairs { "fh = nil collectgarbage()", "do local _ <close> = fh end" } do
      assert.equal("all", helper.works([[
        local coaio = require "coaio"
        local reader = io.popen("cat " .. arg[1])
        local fh = assert(coaio.aio_open(arg[1], "w"))
        assert(coaio.aio_write(fh, nil, nil, "all"))
        ]] .. way .. [[
        io.write(reader:read "a") -- up to the end of the file
      ]], { args = { fifo }, limit = 20 }))
    end
  end)
end)
