--- cqueues. Its coroutines wait on conditions, never with a yield of coaio's; tasks are coroutines of a controller.
-- In every controller that waits a thread watches the descriptor, as long as coaio has something to do.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"

return function(default)
  local host = {}
  local conditions = setmetatable({}, { __mode = "k" }) -- by coroutine
  local watchers, nwatchers = setmetatable({}, { __mode = "k" }), 0 -- by controller
  local object, turn, held, turning

  local function controller()
    local running, managed = cqueues.running()
    return running or default, managed
  end

  local function watch_from(cq)
    if not held or watchers[cq] then
      return
    end
    watchers[cq], nwatchers = true, nwatchers + 1
    cq:wrap(function()
      while held do
        cqueues.poll(object)
        turning = true
        turn()
        turning = false
      end
      watchers[cq], nwatchers = nil, nwatchers - 1
    end)
  end

  function host.watch(fd, fn)
    object, turn = { pollfd = fd, events = "r" }, fn
  end

  function host.unwatch()
    cqueues.cancel(object.pollfd)
  end

  function host.hold()
    held = true
    local cq = controller()
    if cq then
      watch_from(cq)
    end
  end

  function host.release()
    held = false
    if not turning or nwatchers > 1 then
      cqueues.cancel(object.pollfd) -- wakes the watchers that sleep
    end
  end

  function host.suspend(co)
    local cq, managed = controller()
    if not cq then
      error("coaio: no cqueues controller is running (or was given to coaio.attach)", 0)
    end
    watch_from(cq)
    if not managed and not conditions[co] then -- with a condition it is a thread that a stranger has resumed
      return false
    end
    conditions[co] = conditions[co] or condition.new()
    conditions[co]:wait()
  end

  function host.resume(co)
    conditions[co]:signal()
  end

  function host.spawn(fn)
    local cq = controller()
    if not cq then
      error("coaio.async: no cqueues controller is running (or was given to coaio.attach)", 0)
    end
    cq:wrap(fn)
  end

  function host.run(done)
    if not default then
      error("coaio.run: give the controller to coaio.attach", 0)
    end
    while not done() and not default:empty() do
      local ok, err = default:step()
      if not ok then
        error(err, 0)
      end
    end
  end

  return host
end
