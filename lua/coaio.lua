--- coaio: asynchronous file I/O for coroutines.
-- Requests, constants and settings come from the C core by themselves: one that is added to the core's table is here.

if _VERSION < "Lua 5.4" then -- before the core says that it misses a symbol
  error("coaio needs Lua 5.4, this is " .. _VERSION .. "; LuaJIT can use libcoaio through its FFI", 0)
end

local attach = require "coaio.attach"
local core = require "coaio.core"
local task = require "coaio.task"
require "coaio.scarce"

local coaio = {
  VERSION = core.version,
  errno = core.errno,
  CWD = core.CWD,
  attach = attach.attach,
  await = require "coaio.await",
  detach = attach.detach,
  coroutine = require "coaio.coroutine",
}

for _, name in ipairs {
  "aio_wait", "aioreq_nice", "aioreq_pri", "backend", "buffer", "cede", "drain_timeout", "errname", "flush",
  "idle_timeout", "max_idle", "max_inline", "max_outstanding", "max_parallel", "max_poll_reqs", "max_poll_time",
  "max_slow", "min_parallel", "now", "npending", "nready", "nreqs", "nstuck", "nthreads", "nwaiting", "poll", "poll_cb",
  "poll_fileno", "poll_wait", "reinit", "ring_depth", "self", "signal", "strerror", "stuck",
} do
  coaio[name] = core[name]
end

for name, value in pairs(core.constants) do
  coaio[name] = value
end

for _, functions in ipairs { core.ops, core.system } do
  for name, fn in pairs(functions) do
    coaio[name] = fn
  end
end

for _, name in ipairs { "async", "cancelled", "first", "map", "run", "sleep", "tasks", "timeout", "traceback" } do
  coaio[name] = task[name]
end

--- Gets the error of a task that nobody joined, its traceback, and the task (nil: of a plain coroutine). Replace it.
function coaio.onerror(err, traceback)
  io.stderr:write("coaio: error in a coroutine: ", tostring(err), "\n", tostring(traceback), "\n")
end

core.set_reporter(function(err, traceback, failed)
  coaio.onerror(err, failed and task.traceback(failed) or traceback, failed)
end)

-- Nothing may stop a request from ending.
local function report(err, traceback)
  local ok, problem = pcall(coaio.onerror, err, traceback, coaio.self())
  if not ok then
    local text = type(problem) == "string" and problem or type(problem)
    io.stderr:write("coaio: error while reporting an error: ", text, "\n")
  end
end

-- How callbacks run, those of coaio.request and of groups. An error in one is reported; the request has its results
-- all the same.
core.set_runner(function(callback, ...)
  if callback then
    local traceback
    local ok, err = xpcall(callback, function(err)
      traceback = debug.traceback(nil, 2)
      return err
    end, ...)
    if not ok and not rawequal(err, coaio.cancelled) then
      report(err, traceback)
    end
  end
  return ...
end)

return coaio
