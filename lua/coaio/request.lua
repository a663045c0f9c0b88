--- Callback style, as IO::AIO has it: request.aio_stat(path, function(stat, message, errno) end) -> request object.
-- The callback gets what the coroutine call returns. It runs as a task of its own, so it may wait.

require "coaio" -- which runs callbacks
local core = require "coaio.core"

local request = { aio_wait = core.aio_wait }
for name, submit in pairs(core.requests) do
  request[name] = submit
end

return request
