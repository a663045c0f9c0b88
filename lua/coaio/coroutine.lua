--- The coroutine library, where a request inside a generator suspends the whole task, and so do its closing values.

local core = require "coaio.core"

local library = {}
for name, fn in pairs(coroutine) do
  library[name] = fn
end
library.create = core.cocreate
library.resume = core.coresume
library.wrap = core.cowrap
library.close = core.coclose

return library
