-- Steps on a file of more than 4 GiB, which is a hole but for two places.

local C = require "coaio"

local GIB = 1 << 30
local HIGH = 4 * GIB + GIB // 2

return function(script)
  local ref = script.ref
  return { steps = {
    { "open", "big", C.O_RDWR | C.O_CREAT, 420, as = "big" },
    { "truncate", ref "big", 5 * GIB },
    { "stat", "big" },
    { "write", ref "big", HIGH, 11, "high above!", 0 },
    { "write", ref "big", 5 * GIB, 4, "tail", 0 },
    { "read", ref "big", HIGH - 3, 20 },
    { "seek", ref "big", HIGH, C.SEEK_SET },
    { "read", ref "big", script.NIL, 4 },
    { "seek", ref "big", 0, C.SEEK_CUR },
    { "seek", ref "big", -4, C.SEEK_END },
    { "fsync", ref "big" },
    { "seek", ref "big", GIB, C.SEEK_DATA },
    { "seek", ref "big", HIGH, C.SEEK_HOLE },
    { "slurp", "big", HIGH, 11 },
    { "slurp", "big", -4, 0 },
    { "slurp", "big", -5, 3 },
    { "readahead", ref "big", HIGH, 4096 },
    { "open", "part", C.O_RDWR | C.O_CREAT, 420, as = "part" },
    { "sendfile", ref "part", ref "big", HIGH, 100000 },
    { "load", "part" },
    { "allocate", ref "big", C.FALLOC_FL_PUNCH_HOLE | C.FALLOC_FL_KEEP_SIZE, HIGH, 4096 },
    { "read", ref "big", HIGH, 11 },
    { "sync_file_range", ref "big", HIGH, 4096, C.SYNC_FILE_RANGE_WRITE },
    { "truncate", "big", 4 * GIB + 1 },
    { "stat", "big" },
    { "stat", ref "big" },
    { "fcntl", ref "big", C.F_OFD_SETLK, { type = C.F_WRLCK, whence = C.SEEK_SET, start = HIGH, len = GIB } },
    { "write", ref "big", (1 << 63) - 2, 4, "tail", 0 },
    { "truncate", ref "big", (1 << 63) - 1 },
    { "rename", "big", "bigger" },
    { "stat", "bigger" },
    { "unlink", "bigger" },
  } }
end
