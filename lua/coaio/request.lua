--- Callback style, as IO::AIO has it: request.aio_stat(path, function(stat, message, errno) end) -> request object.
-- The callback gets what the coroutine call returns. It runs as a task of its own, so it may wait.

local core = require "coaio.core"
local coaio = require "coaio"

local request = { aio_wait = core.aio_wait }
for name, submit in pairs(core.requests) do
  request[name] = submit
end

-- Nothing may stop the request from ending.
local function report(err, traceback)
  local ok, problem = pcall(coaio.onerror, err, traceback, coaio.self())
  if not ok then
    local text = type(problem) == "string" and problem or type(problem)
    io.stderr:write("coaio: error while reporting an error: ", text, "\n")
  end
end

-- An error in a callback is reported; the request has its results all the same.
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

return request
