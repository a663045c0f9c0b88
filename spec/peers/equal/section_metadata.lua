-- Steps about what is known of files: stat, lstat, statvfs, utime, chown, chmod.

local C = require "coaio"

local NONE = 9999
local times = { "atime", "mtime" }
local missing = { "missing", "file/below", "dangling", "loop", "", ("n"):rep(256) }

local function each_missing(steps, op, ...)
  for _, path in ipairs(missing) do steps[#steps + 1] = { op, path, ... } end
end

local function errors(steps)
  each_missing(steps, "stat")
  each_missing(steps, "lstat")
  each_missing(steps, "statvfs")
  each_missing(steps, "utime", 1, 2)
  each_missing(steps, "chown", -1, -1)
  each_missing(steps, "chmod", 420)
  for _, step in ipairs {
    { "stat", NONE }, { "statvfs", NONE }, { "utime", NONE, 1, 2 }, { "chown", NONE, -1, -1 }, { "chmod", NONE, 420 },
  } do
    step.differs, step.coaio, step.perl = "an integer is a descriptor, in Perl a name", "EBADF", "ENOENT"
    steps[#steps + 1] = step
  end
end

return function(script)
  local NIL, ref = script.NIL, script.ref
  local steps = {
    { "stat", "file" },
    { "stat", "link" },
    { "lstat", "link" },
    { "lstat", "dangling" },
    { "stat", "directory", fields = { "mode", "uid", "gid" } },
    { "lstat", "directory/", fields = { "mode", "uid", "gid" } },
    { "lstat", "fifo" },
    { "stat", "/dev/null", fields = { "mode", "uid", "gid", "rdev", "size", "ino", "dev" } },
    { "stat", "/proc/self/status", fields = { "size" } },
    { "open", "file", C.O_RDWR, 0, as = "file" },
    { "stat", ref "file" },
    { "statvfs", ".", fields = { "bsize", "frsize", "blocks", "namemax", "flag" } },
    { "statvfs", ref "file", fields = { "bsize", "frsize", "blocks", "namemax", "flag" } },
    { "statvfs", "/proc", fields = { "bsize", "frsize", "blocks", "bfree", "files", "namemax", "flag", "fsid" } },
    { "statvfs", "/dev/null", fields = { "bsize", "frsize", "blocks", "namemax", "flag" } },

    { "utime", "file", 1000000000, 1000000001 },
    { "stat", "file", fields = times },
    { "utime", "file", 1000000000.25, 1000000001.5 },
    { "stat", "file", fields = times },
    { "utime", ref "file", 1, 2.125 },
    { "stat", ref "file", fields = times },
    { "utime", "link", 900000000, 900000001 },
    { "stat", "link", fields = times },
    { "utime", "directory", 900000000, 900000001 },
    { "utime", "file", 0, 0 },
    { "utime", "file", -1, -1.5, differs = "IO::AIO hands the kernel a negative fraction", coaio = "ok" },
    { "utime", "file", 800000000, 800000000 },
    { "utime", "file", NIL, NIL },
    { "sh", "test \"$(find file -newermt 2015-01-01 -newerat 2015-01-01)\" = file" },
    { "utime", ref "file", 800000000, 800000000 },
    { "utime", ref "file", NIL, NIL },
    { "sh", "test \"$(find file -newermt 2015-01-01 -newerat 2015-01-01)\" = file" },
    { "utime", "file", 700000000, NIL },
    { "sh", "test \"$(find file -newermt 2015-01-01)\" = file", differs = "nil is now; one undef alone is 1970",
      coaio = "ok", perl = "failed" },
    { "utime", "file", 700000000, 700000000 },

    { "chmod", "file", 384 },
    { "chmod", ref "file", 448 },
    { "stat", "file" },
    { "chmod", "link", 420 },
    { "stat", "file" },
    { "chmod", "directory", 1023 },
    { "stat", "directory", fields = { "mode" } },
    { "chmod", "fifo", 0 },
    { "chmod", "setid", 3565 },
    { "stat", "setid" },
    { "chmod", "file", 65536 + 420, differs = "other bits than those of permissions are an error", coaio = "EINVAL" },

    { "chown", "file", -1, -1 },
    { "chown", "file", NIL, NIL },
    { "chown", "file", 12, NIL },
    { "stat", "file", fields = { "uid", "gid" } },
    { "chown", "file", NIL, 34 },
    { "stat", "file", fields = { "uid", "gid" } },
    { "chown", ref "file", 56, 78 },
    { "stat", ref "file", fields = { "uid", "gid" } },
    { "chown", "link", 9, 10 },
    { "lstat", "link", fields = { "uid", "gid" } },
    { "stat", "file", fields = { "uid", "gid" } },
    { "chown", "setid", 12, 34 },
    { "stat", "setid" },
    { "chown", "file", 4294967294, 4294967294 },
    { "stat", "file", fields = { "uid", "gid" } },
    { "chown", "file", 0, 0 },
  }
  errors(steps)
  return {
    setup = [[printf 0123456789 >file; ln -s file link; mkdir directory; mkfifo fifo; ln -s nowhere dangling
      ln -s loop loop; printf x >setid]],
    steps = steps,
  }
end
