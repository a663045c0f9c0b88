-- The engine without coaio.run: a loop of one's own drives it with poll_fileno, poll_wait, poll and flush.

local coaio = require "coaio"
local helper = require "spec.helper"

describe("a loop of one's own", function()
  local head = [[
    local coaio = require "coaio"
    local done = 0
    local function start(n)
      for _ = 1, n do
        coroutine.wrap(function()
          assert(coaio.aio_stat("/").type == "directory")
          assert(coaio.aio_busy(0))
          done = done + 1
        end)()
      end
    end
  ]]

  it("waits and polls", function()
    assert.equal("100 0\n", helper.works(head .. [[
      start(100)
      while coaio.nreqs() > 0 do
        coaio.poll_wait()
        coaio.poll()
      end
      print(done .. " " .. coaio.nreqs())
    ]]))
  end)

  it("flushes", function()
    assert.equal("100\n", helper.works(head .. [[
      start(100)
      coaio.flush()
      print(done)
    ]]))
  end)

  it("watches a descriptor", function()
    local output = helper.works(head .. [[
      assert(math.type(coaio.poll_fileno()) == "integer")
      start(10)
      local fd = coaio.poll_fileno()
      assert(fd == coaio.poll_fileno())
      while coaio.nreqs() > 0 do
        coaio.poll_wait()
        coaio.poll_cb()
      end
      print(done)
    ]])
    assert.equal("10\n", output)
  end)

  it("is refused inside a task", function()
    helper.run(function()
      for _, name in ipairs { "poll", "poll_cb", "poll_wait" } do helper.raises("poll", coaio[name]) end
      coaio.async(function() assert(coaio.aio_nop()) end)
      coaio.flush()
    end)
  end)
end)

describe("the limits", function()
  it("refuse what is no limit", function()
    for _, name in ipairs { "max_parallel", "max_idle", "idle_timeout", "max_poll_reqs", "max_poll_time" } do
      for _, bad in ipairs { -1, "x", {}, 0 / 0 } do
        assert.is_false(pcall(coaio[name], bad), ("%s(%s)"):format(name, tostring(bad)))
      end
    end
  end)

  it("leave every request its completion", function()
    local old = { max_poll_reqs = 0, max_poll_time = 0, max_idle = 4, idle_timeout = 10 }
    helper.run(function()
      coaio.max_poll_reqs(1)
      coaio.max_poll_time(0.0001)
      coaio.max_idle(0)
      coaio.idle_timeout(0)
      local hit = helper.expect(300, "request")
      for i = 1, 300 do
        coaio.async(function()
          assert(i % 2 == 0 and coaio.aio_stat "/" or coaio.aio_busy(0))
          hit()
        end)
      end
    end)
    for name, value in pairs(old) do coaio[name](value) end
  end)
end)
