-- What valgrind counts for Lua, see bench/instructions.lua:
--   lua5.4 bench/instructions_coroutine.lua WORK CONCURRENCY COUNT TARGET
-- makes COUNT requests, each coroutine one after the other. It measures nothing itself.
local coaio = require "coaio"

local aio_nop, aio_open, aio_read, aio_stat = coaio.aio_nop, coaio.aio_open, coaio.aio_read, coaio.aio_stat
local concurrency, count, target = tonumber(arg[2]), tonumber(arg[3]), arg[4]

local works = {
  nop = function() return aio_nop end,
  stat = function()
    return function() return aio_stat(target) end
  end,
  read = function()
    local fh = assert(aio_open(target, coaio.O_RDONLY, 0))
    return function() return aio_read(fh, 0, 4096) end
  end,
}

coaio.run(function()
  local request, tasks = works[arg[1]](), {}
  for i = 1, concurrency do
    tasks[i] = coaio.async(function()
      for _ = 1, count // concurrency do assert(request()) end
    end)
  end
  for _, task in ipairs(tasks) do task:join() end
end)
print(count)
io.stdout:flush()
os.exit(0, false)
