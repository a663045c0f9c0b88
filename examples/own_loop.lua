--- A loop of one's own, around LuaSocket's select: timers, sockets, and coaio as one more descriptor.
-- What it runs: wc for everybody. A UDP datagram names a file, the answer is how many lines and bytes it has.
--
-- lua5.4 examples/own_loop.lua [port [requests]]      with `requests` it ends by itself after that many

local coaio = require "coaio"
local socket = require "socket"

local readers, timers = {}, {} -- functions by what select takes; the sooner timers first

local function after(seconds, fn)
  table.insert(timers, { due = coaio.now() + seconds, fn = fn })
  table.sort(timers, function(a, b) return a.due < b.due end)
end

-- Runs until there is nothing left to wait for.
local function run()
  while next(readers) or timers[1] do
    local sources = {}
    for source in pairs(readers) do
      sources[#sources + 1] = source
    end
    local patience = timers[1] and math.max(0, timers[1].due - coaio.now())
    for _, source in ipairs((socket.select(sources, nil, patience))) do
      readers[source]()
    end
    while timers[1] and timers[1].due <= coaio.now() do
      table.remove(timers, 1).fn()
    end
  end
end

-- All that coaio asks of a loop.
local descriptor, turn
coaio.attach {
  watch = function(fd, fn)
    descriptor = { getfd = function() return fd end, dirty = function() return false end }
    turn = fn
  end,
  unwatch = function() end,
  hold = function() readers[descriptor] = turn end,
  release = function() readers[descriptor] = nil end,
}

local port, limit = tonumber(arg[1]) or 0, tonumber(arg[2]) or math.huge
local server = assert(socket.udp())
assert(server:setsockname("127.0.0.1", port))
server:settimeout(0)
local requests, answers = 0, 0

local function answer(path, host, client)
  local text, message = coaio.aio_load(path)
  if text then
    message = ("%d %d %s"):format(select(2, text:gsub("\n", "")), #text, path)
  end
  server:sendto(message .. "\n", host, client)
  answers = answers + 1
end

readers[server] = function()
  local path, host, client = server:receivefrom()
  if not path then
    return
  end
  requests = requests + 1
  coaio.async(answer, path, host, client)
  if requests == limit then
    readers[server] = nil
  end
end

local function tick(said)
  if requests ~= said then
    io.stderr:write(("%d requests, %d answers\n"):format(requests, answers))
  end
  if readers[server] then
    local now = requests
    after(1, function() tick(now) end)
  end
end

tick(0)
print((select(2, server:getsockname())))
io.stdout:flush()
run()
