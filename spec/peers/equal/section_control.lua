-- Steps that go straight to the kernel, about memory, and about nothing: fcntl, ioctl, fiemap, msync, mtouch, mlock,
-- mlockall, nop, busy, group.

local C = require "coaio"
local request = require "coaio.request"

local NONE = 9999
local TCGETS, FIONREAD = 0x5401, 0x541b
local flags = ("\0"):rep(8)

local function lock(type, start, len)
  return { type = type, whence = C.SEEK_SET, start = start, len = len }
end

local function descriptors(script)
  local ref = script.ref
  return {
    { "open", "file", C.O_RDWR, 0, as = "file" },
    { "open", "file", C.O_RDWR | C.O_APPEND, 0, as = "other" },
    { "open", ".", C.O_RDONLY, 0, as = "directory" },
    { "open", "fifo", C.O_RDWR | C.O_NONBLOCK, 0, as = "fifo" },
    { "fcntl", ref "file", C.F_GETFD, 0 },
    { "fcntl", ref "other", C.F_GETFL, 0 },
    { "fcntl", ref "fifo", C.F_GETFL, 0 },
    { "fcntl", ref "fifo", C.F_SETPIPE_SZ, 8192 },
    { "fcntl", ref "fifo", C.F_GETPIPE_SZ, 0 },
    { "fcntl", ref "file", C.F_GETPIPE_SZ, 0 },
    { "fcntl", ref "file", C.F_GET_SEALS, 0 },
    { "fcntl", ref "file", 12345, 0 },
    { "fcntl", NONE, C.F_GETFD, 0 },
    { "fcntl", ref "file", C.F_OFD_SETLK, lock(C.F_WRLCK, 10, 20) },
    { "fcntl", ref "other", C.F_OFD_SETLK, lock(C.F_WRLCK, 0, 5) },
    { "fcntl", ref "other", C.F_OFD_SETLK, lock(C.F_RDLCK, 15, 5) },
    { "fcntl", ref "other", C.F_OFD_GETLK, lock(C.F_RDLCK, 0, 0) },
    { "fcntl", ref "other", C.F_OFD_GETLK, lock(C.F_RDLCK, 100, 1) },
    { "fcntl", ref "file", C.F_OFD_SETLK, lock(C.F_UNLCK, 0, 0) },
    { "fcntl", ref "other", C.F_OFD_SETLKW, lock(C.F_RDLCK, 15, 5) },
    { "fcntl", ref "directory", C.F_SETLK, lock(C.F_WRLCK, 0, 0) },
    { "fcntl", ref "file", C.F_SETLK, lock(77, 0, 0) },
    { "ioctl", ref "file", C.FS_IOC_GETFLAGS, flags, text = true },
    { "ioctl", ref "directory", C.FS_IOC_GETFLAGS, flags, text = true },
    { "ioctl", ref "file", FIONREAD, "1234", text = true },
    { "write", ref "fifo", script.NIL, 3, "abc", 0 },
    { "ioctl", ref "fifo", FIONREAD, "1234", text = true },
    { "ioctl", ref "file", TCGETS, ("\0"):rep(60) },
    { "ioctl", ref "file", 0, 0 },
    { "ioctl", NONE, FIONREAD, "1234" },
  }
end

local function extents(script, shared)
  local ref, NIL = script.ref, script.NIL
  return {
    { "open", shared .. "/extents", C.O_RDONLY, 0, as = "extents" },
    { "fiemap", ref "extents", 0, NIL, C.FIEMAP_FLAG_SYNC, NIL },
    { "fiemap", ref "extents", 0, NIL, 0, NIL },
    { "fiemap", ref "extents", 0, 300000, 0, NIL },
    { "fiemap", ref "extents", 150000, 100, 0, NIL },
    { "fiemap", ref "extents", 0, NIL, 0, 2 },
    { "fiemap", ref "extents", 0, NIL, 0, 0 },
    { "fiemap", ref "extents", 1 << 30, NIL, 0, NIL },
    { "fiemap", ref "extents", 0, NIL, 1 << 20, NIL },
    { "open", shared .. "/empty", C.O_RDONLY, 0, as = "empty" },
    { "fiemap", ref "empty", 0, NIL, 0, NIL },
    { "fiemap", ref "directory", 0, NIL, 0, 0 },
    { "fiemap", ref "fifo", 0, NIL, 0, NIL },
    { "fiemap", NONE, 0, NIL, 0, NIL },
  }
end

local function memory(script)
  local ref, NIL = script.ref, script.NIL
  return {
    { "map", 65536, as = "map" },
    { "poke", ref "map", 5000, "poked" },
    { "mtouch", ref "map", 0, NIL, 0 },
    { "mtouch", ref "map", 4096, 8192, C.MT_MODIFY },
    { "mtouch", ref "map", 0, 0, 0 },
    { "mlock", ref "map", 0, 8192 },
    { "mlock", ref "map", 8192, NIL },
    { "msync", ref "map", 0, NIL, C.MS_SYNC },
    { "msync", ref "map", 4096, 4096, C.MS_ASYNC },
    { "msync", ref "map", 0, NIL, C.MS_SYNC | C.MS_ASYNC },
    { "mlockall", 0, intercepted = true },
    { "mlockall", 1 << 20, intercepted = true },
    { "map", 8192, ref "file", as = "shared" },
    { "poke", ref "shared", 4000, "through the map" },
    { "msync", ref "shared", 0, NIL, C.MS_SYNC },
    { "msync", ref "shared", 0, 4096, C.MS_SYNC | C.MS_INVALIDATE },
    { "read", ref "file", 3995, 30 },
    { "mtouch", ref "shared", 0, 8192, C.MT_MODIFY },
    { "mlock", ref "shared", 0, NIL },
  }
end

local nothing = {
  { "nop" },
  { "busy", 0 },
  { "busy", 0.01 },
}

local groups = {
  { "group" },
  { "group", result = { 1, 2 } },
  { "group", { "nop" } },
  { "group", { "stat", "file" }, { "stat", "missing" }, { "mkdir", "grouped", 511 }, { "nop" }, result = { 7 } },
  { "group", { "rmdir", "grouped" }, { "rmdir", "missing" }, { "busy", 0.01 }, { "chmod", "file", 384 } },
}

return function(script, shared)
  local steps = {}
  local parts = { descriptors(script), extents(script, shared), memory(script), nothing }
  if request.aio_group().add then parts[#parts + 1] = groups end
  for _, part in ipairs(parts) do table.move(part, 1, #part, #steps + 1, steps) end
  return { setup = "seq 5000 >file; mkfifo fifo", steps = steps }
end
