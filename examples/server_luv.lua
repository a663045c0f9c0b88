--- A file server on luv. Whatever the disk does, it goes on serving: files are read by coaio, sockets belong to luv.
--
-- lua5.4 examples/server_luv.lua [directory [port [requests]]]     HTTP/1.0, GET only, one request per connection
-- With `requests` it ends by itself after that many.

local coaio = require "coaio"
local uv = require "luv"

coaio.attach "luv"

local CHUNK = 1 << 18
local LONGEST_REQUEST = 8192
local PATIENCE = 30000 -- milliseconds for a client to make its request

local root = assert(coaio.aio_wd(arg[1] or ".", { beneath = true }))
local port, limit = tonumber(arg[2]) or 8080, tonumber(arg[3]) or math.huge
local server = uv.new_tcp()

-- A write that is not accepted never calls back.
local function send(socket, data)
  return (coaio.await(function(done)
    local accepted, message = socket:write(data, done)
    if not accepted then
      done(message)
    end
  end))
end

-- The head of a request, nil when the client went away, is too slow, or says too much.
local function receive_head(socket)
  local head, timer = "", uv.new_timer()
  return coaio.await(function(done)
    local function finish(complete)
      socket:read_stop()
      timer:close()
      done(complete and head)
    end
    timer:start(PATIENCE, 0, finish)
    socket:read_start(function(err, data)
      head = head .. (data or "")
      local complete = head:find("\r?\n\r?\n")
      if err or not data or complete or #head > LONGEST_REQUEST then
        finish(complete)
      end
    end)
  end)
end

local function decode(path)
  return (path:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- The file that a request asks for, and its size; else the status line.
local function open(head)
  local path = head:match "^GET /([^ ?\r\n]*)"
  if not path then
    return nil, "405 Method Not Allowed"
  end
  local file = coaio.aio_open({ root, decode(path) }, coaio.O_RDONLY | coaio.O_NONBLOCK)
  local stat = file and coaio.aio_stat(file)
  if not stat or stat.type ~= "file" then
    return nil, "404 Not Found"
  end
  return file, stat.size
end

local function send_file(socket, file, size)
  local err = send(socket, ("HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n"):format(size))
  local offset = 0
  while not err and offset < size do
    local data = assert(coaio.aio_read(file, offset, math.min(CHUNK, size - offset)))
    if #data == 0 then
      return -- it became shorter
    end
    offset = offset + #data
    err = send(socket, data)
  end
end

local function serve(socket)
  local _ <close> = setmetatable({}, { __close = function() socket:close() end })
  local head = receive_head(socket)
  if not head then
    return
  end
  local file <close>, size = open(head)
  if file then
    send_file(socket, file, size)
  else
    send(socket, ("HTTP/1.0 %s\r\nContent-Length: 0\r\n\r\n"):format(size))
  end
end

assert(server:bind("127.0.0.1", port))
assert(server:listen(128, function(err)
  assert(not err, err)
  local socket = uv.new_tcp()
  server:accept(socket)
  coaio.async(serve, socket)
  limit = limit - 1
  if limit == 0 then
    server:close()
  end
end))
print(("http://127.0.0.1:%d/"):format(server:getsockname().port))
io.stdout:flush()
uv.run()
