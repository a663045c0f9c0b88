-- coaio from LuaJIT, through its FFI and without the Lua module: stat and read files, many at once.
--
--   luajit ffi_read.lua libcoaio.so.1 /etc/passwd /etc/hostname
--
-- coaio_cdef has the declarations of the headers: `make install` puts it where LuaJIT looks, `make bindings` in
-- build/made.

local ffi = require "ffi"
local coaio = require "coaio_cdef".load(arg[1])
local tonumber = tonumber

local number = ffi.new "int64_t[1]"
assert(coaio.coaio_constant("O_RDONLY", number) == 0)
local O_RDONLY = tonumber(number[0])

local out = ffi.new "coaio_engine *[1]"
local failure = coaio.coaio_engine_new(out, nil)
assert(failure == 0, ffi.string(coaio.coaio_strerror(failure)))
local engine = out[0]

-- Each file is a coroutine that yields a request and is resumed with it, finished.
local function read_file(index, path)
  local tag = ffi.cast("void *", index)
  local function await(req)
    req = coroutine.yield(req)
    return tonumber(coaio.coaio_result(req)), req
  end
  local function fail(errno)
    print(path .. ": " .. ffi.string(coaio.coaio_strerror(errno)))
  end
  local fd = await(coaio.coaio_open(engine, nil, path, O_RDONLY, 0, nil, tag))
  if fd < 0 then
    return fail(fd)
  end
  local _, stat = await(coaio.coaio_fstat(engine, fd, nil, tag))
  local size = tonumber(ffi.cast("const coaio_statbuf *", coaio.coaio_data(stat, nil)).size)
  local count, req = await(coaio.coaio_read(engine, fd, nil, 1e9, 0, nil, tag))
  if count < 0 then
    fail(count)
  else
    local text = count > 0 and ffi.string(coaio.coaio_data(req, nil), count) or ""
    print(("%s: %d bytes of %d, first line %q"):format(path, count, size, text:match "[^\n]*"))
  end
  await(coaio.coaio_close(engine, fd, nil, tag))
end

print(("coaio %s on %s"):format(ffi.string(coaio.coaio_version()), ffi.string(coaio.coaio_backend(engine))))
local running, count = {}, 0
for index = 1, #arg - 1 do
  running[index] = coroutine.create(read_file)
  count = count + 1
  assert(coroutine.resume(running[index], index, arg[index + 1]))
end
local reaped = ffi.new "coaio_req *[16]"
while count > 0 do
  coaio.coaio_wait(engine, -1)
  for i = 0, tonumber(coaio.coaio_reap(engine, reaped, 16)) - 1 do
    local index = tonumber(ffi.cast("intptr_t", coaio.coaio_req_data(reaped[i])))
    assert(coroutine.resume(running[index], reaped[i]))
    if coroutine.status(running[index]) == "dead" then count = count - 1 end
  end
end
coaio.coaio_engine_free(engine)
