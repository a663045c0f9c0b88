--- copas, version 4. Tasks are copas threads, and coroutines wait with copas.pauseforever.
-- It knows sockets only: its watcher reads from an object that has what copas asks of a socket, around the descriptor.
-- And it does not tell whether a coroutine is its own. One that does not go on when copas had its turn is not.

local copas = require "copas"

-- A "socket" that answers "timeout" once, so that copas waits for the descriptor, and then that there was something.
local function readable_once(fd)
  local asked = false
  return {
    getfd = function() return fd end,
    dirty = function() return false end,
    settimeout = function() return 1 end,
    receive = function()
      asked = not asked
      if asked then
        return nil, "timeout"
      end
      return "readable"
    end,
  }
end

return function()
  local host = {}
  local pause = copas.pause or copas.sleep
  local socket, turn, held, watching
  local woken = {} -- coroutines that were woken and did not go on yet
  local plain = setmetatable({}, { __mode = "k" }) -- coroutines that are not copas's

  local function resume_plain(co)
    plain[co] = true
    local ok, err = coroutine.resume(co)
    if not ok then
      copas.addthread(require("coaio").onerror, err, debug.traceback(co))
    end
  end

  -- copas goes on with its own at its next step; where it orders by time, and no time has passed, the one after.
  local function resume_woken()
    for _ = 1, 2 do
      if next(woken) then
        pause(0)
      end
    end
    local left = woken
    woken = {}
    for co in pairs(left) do
      if coroutine.status(co) == "suspended" then
        resume_plain(co)
      end
    end
  end

  local function watcher()
    while held do
      copas.receive(socket, 1)
      turn()
      resume_woken()
    end
    watching = false
  end

  function host.watch(fd, fn)
    socket, turn = readable_once(fd), fn
  end

  function host.unwatch()
    held = false
  end

  function host.hold()
    held = true
    if not watching then
      watching = true
      copas.addthread(watcher)
    end
  end

  function host.release()
    held = false
  end

  function host.suspend(co)
    if plain[co] then
      return false
    end
    copas.pauseforever()
    woken[co] = nil
  end

  function host.resume(co)
    woken[co] = true
    copas.wakeup(co)
  end

  function host.spawn(fn)
    copas.addthread(function()
      pause(0) -- some versions of copas start a thread at once
      fn()
    end)
  end

  function host.run(done)
    copas.running = true
    while not done() and not copas.finished() do
      copas.step()
    end
    copas.running = false
  end

  return host
end
