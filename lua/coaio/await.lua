--- A wait for something that is not coaio's: a callback of the host, say.

local core = require "coaio.core"

-- The values of the first call of `done`, for the task that waits at `gate`, if it waits already.
local function answer_for(answer)
  return function(...)
    if answer.given or answer.given_up then
      return false
    end
    answer.given = table.pack(...)
    if answer.gate then
      answer.gate:cancel()
    end
    return true
  end
end

-- Waits until `answer.gate` is cancelled, a task that waits for nothing else. If the task that waits here is cancelled
-- as well, but goes on after the answer came, the answer is not lost; its next wait raises.
local function wait_for(answer)
  answer.gate = core.async(core.park)
  local leaving <close> = setmetatable({}, { __close = function() -- luacheck: ignore
    answer.given_up = true
    answer.gate:cancel()
  end })
  local _, err = pcall(core.await_end, answer.gate)
  if not answer.given then
    error(err, 0)
  end
end

--- await(start) -> calls start(done) at once, and waits until done(...) was called; returns what that was given.
-- done may be called from any callback of the host, or before start returns. It returns true, and false if it comes too
-- late: after another call of it, or after the task was cancelled. An error in start is raised.
return function(start)
  if type(start) ~= "function" then
    error(("bad argument #1 to 'await' (function expected, got %s)"):format(type(start)), 2)
  end
  local answer = {}
  start(answer_for(answer))
  if not answer.given then
    wait_for(answer)
  end
  return table.unpack(answer.given, 1, answer.given.n)
end
