--- The coroutine library with resume and wrap that let a request inside a generator suspend the whole task.

local core = require "coaio.core"

local library = {}
for name, fn in pairs(coroutine) do
  library[name] = fn
end
library.resume = core.coresume
library.wrap = core.cowrap

return library
