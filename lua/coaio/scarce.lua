--- Requests for which there was no descriptor left: how they are tried again.
-- One at a time, so that the descriptors that one collection gives back serve as many requests. As long as a collection
-- gives some back, or others come and go meanwhile, another try may succeed.

local core = require "coaio.core"

local EMFILE, ENFILE = core.errno.EMFILE, core.errno.ENFILE
local tries = 16
local credit = 0 -- what the last collection gave back and nobody has used yet

local function is_short(results)
  return results[1] == nil and (results[3] == EMFILE or results[3] == ENFILE)
end

local function try(attempt, ...)
  local results
  for _ = 1, tries do
    local before, had_credit = core.ndescriptors(), credit > 0
    credit = had_credit and credit - 1 or core.collect() - 1
    results = table.pack(attempt(...))
    if not is_short(results) then
      break
    end
    credit = 0
    if not had_credit and core.ndescriptors() == before then
      core.futile()
      break
    end
  end
  return table.unpack(results, 1, results.n)
end

-- A value for a <close> variable of a coroutine that may be collected as well.
local function leaving(fn)
  local left = false
  local function leave()
    if not left then
      left = true
      fn()
    end
  end
  return setmetatable({}, { __close = leave, __gc = leave })
end

local last -- the task of the one who came last

local function in_turn(attempt, ...)
  local before = last
  local when = core.retrying(1)
  local _ <close> = leaving(function() core.retrying(-1, when) end)
  local task = core.async(function(...)
    if before and before:status() ~= "lost" then -- in a forked child
      core.await_end(before)
    end
    return try(attempt, ...)
  end, ...)
  last = task
  local _ <close> = setmetatable({}, { __close = function()
    task:cancel()
    pcall(core.await_end, task)
    if last == task then
      last = nil
    end
  end })
  core.await_end(task)
  return task:join()
end

core.set_retry(function(attempt, ...)
  if coroutine.isyieldable() then
    return in_turn(attempt, ...)
  end
  return try(attempt, ...)
end)
