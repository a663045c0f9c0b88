--- copas, version 4. Tasks are copas threads, and coroutines wait with copas.pauseforever.
-- It knows sockets only: its watcher reads from an object that has what copas asks of a socket, around the descriptor.

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

  local function watcher()
    while held do
      copas.receive(socket, 1)
      turn()
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

  function host.suspend()
    copas.pauseforever()
  end

  function host.resume(co)
    copas.wakeup(co)
  end

  function host.spawn(fn)
    copas.addthread(function()
      pause(0) -- copas starts a thread at once
      fn()
    end)
  end

  function host.run(done)
    while not done() and not copas.finished() do
      copas.step()
    end
  end

  return host
end
