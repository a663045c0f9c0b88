-- Steps on a file system of one megabyte, which they fill.

local C = require "coaio"

local data = ("0123456789abcdef"):rep(1 << 17) -- 2 MiB
local no_errno = "where a copy breaks off IO::AIO has no errno"
local partial = "and the partial copy is removed"

return function(script, shared)
  local ref = script.ref
  local large = shared .. "/large"
  return { steps = {
    { "copy", large, "copy", differs = no_errno, coaio = "ENOSPC" },
    { "lstat", "copy", differs = partial, coaio = "ENOENT" },
    { "sh", "rm -f copy" },
    { "move", large, "moved", differs = no_errno, coaio = "ENOSPC" },
    { "lstat", "moved", differs = partial, coaio = "ENOENT" },
    { "sh", "rm -f moved" },
    { "stat", large },
    { "open", "file", C.O_RDWR | C.O_CREAT, 420, as = "file" },
    { "open", large, C.O_RDONLY, 0, as = "large" },
    { "allocate", ref "file", 0, 0, 4 << 20 },
    { "stat", "file" },
    { "truncate", "file", 8 << 20 },
    { "truncate", "file", 0 },
    { "sendfile", ref "file", ref "large", 0, 3000000 },
    { "truncate", "file", 0 },
    { "write", ref "file", 0, #data, data, 0 },
    { "write", ref "file", 1 << 20, #data, data, 0 },
    { "stat", "file", fields = { "size" } },
    { "fsync", ref "file" },
    { "write", ref "file", 0, 10, data, 0 },
    { "open", "another", C.O_RDWR | C.O_CREAT, 420, as = "another" },
    { "write", ref "another", 0, 10, data, 0 },
    { "mkdir", "directory", 511 },
    { "symlink", ("t"):rep(4000), "link" },
    { "copy", "file", "copy" },
    { "lstat", "copy", differs = partial, coaio = "ENOENT" },
    { "sh", "rm -f copy" },
    { "unlink", "file" },
    { "close", ref "file" },
    { "readdir", "." },
  } }
end
