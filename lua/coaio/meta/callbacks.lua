---@meta coaio.request
-- luacheck: ignore
-- Annotations of callback style, for editors: what the module coaio.request is.

---The requests in the style of IO::AIO: the arguments as in coaio, then a function, or nil, that gets the results.
---@class coaio.callbacks
---@field aio_wait async fun(req: coaio.request): any the request's results, when its callback has ended
---@field aio_group fun(callback?: async fun(...: any)): coaio.group
---@field [string] fun(...: any): coaio.request
local request = {}

return request
