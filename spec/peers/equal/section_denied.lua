-- Steps of a user who may not: the files belong to another one, as does all that is around them.

local C = require "coaio"

local setup = [[
mkdir closed listed sticky readonly; printf secret >closed/file; printf x >listed/file; printf x >sticky/file
printf secret >secret; printf public >public; mkdir closed/directory readonly/directory; printf x >readonly/directory/f
chmod 644 public; chmod 600 secret; ln -s closed/file link; chmod 700 closed; chmod 744 listed; chmod 1777 sticky
chmod 755 readonly readonly/directory; [ $(id -u) = 0 ] || chmod a-rwx closed secret
]]

local function each_closed(steps, path)
  local part = {
    { "open", path, C.O_RDONLY, 0 }, { "stat", path }, { "lstat", path }, { "statvfs", path }, { "utime", path, 1, 1 },
    { "chown", path, -1, -1 }, { "chmod", path, 420 }, { "truncate", path, 0 }, { "unlink", path }, { "rmdir", path },
    { "mkdir", path, 511 }, { "mknod", path, C.S_IFREG | 420, 0 }, { "link", path, "mine" }, { "link", "public", path },
    { "symlink", "x", path }, { "rename", path, "mine" }, { "rename2", path, "mine", C.RENAME_NOREPLACE },
    { "readlink", path }, { "realpath", path }, { "readdir", path }, { "readdirx", path, 0 }, { "scandir", path, 0 },
    { "load", path }, { "slurp", path, 0, 0 }, { "copy", path, "mine" }, { "copy", "public", path },
    { "move", path, "mine" }, { "pathsync", path }, { "wd", path },
  }
  table.move(part, 1, #part, #steps + 1, steps)
end

return function(script)
  local steps = {
    { "open", "secret", C.O_RDONLY, 0 },
    { "open", "public", C.O_WRONLY, 0 },
    { "open", "public", C.O_RDONLY, 0, as = "public" },
    { "open", "public", C.O_RDONLY | C.O_NOATIME, 0 },
    { "open", "readonly/new", C.O_WRONLY | C.O_CREAT, 420 },
    { "load", "secret" },
    { "load", "link" },
    { "load", "public" },
    { "truncate", "public", 0 },
    { "truncate", script.ref "public", 0 },
    { "chmod", "public", 511 },
    { "chmod", script.ref "public", 511 },
    { "chown", "public", 65534, -1 },
    { "chown", script.ref "public", 65534, -1 },
    { "utime", "public", 1, 1 },
    { "utime", "public", script.NIL, script.NIL },
    { "mkdir", "readonly/new", 511 },
    { "mknod", "device", C.S_IFCHR | 438, 259 },
    { "unlink", "readonly/directory/f" },
    { "rmdir", "readonly/directory" },
    { "rename", "readonly/directory", "mine" },
    { "readdir", "closed" },
    { "readdir", "listed" },
    { "scandir", "closed", 0 },
    { "unlink", "sticky/file" },
    { "rename", "sticky/file", "mine" },
    { "copy", "secret", "mine" },
    { "copy", "public", "secret" },
    { "copy", "public", "mine" },
    { "stat", "mine" },
    { "move", "secret", "readonly/secret" },
    { "pathsync", "secret" },
    { "wd", "closed", differs = "it need not be readable", coaio = "ok", perl = "EACCES" },
    { "rmtree", "readonly", differs = "the first real error, not that of the last rmdir", coaio = "EACCES" },
    { "readdir", "readonly/directory" },
  }
  each_closed(steps, "closed/file")
  return { setup = setup, steps = steps }
end
