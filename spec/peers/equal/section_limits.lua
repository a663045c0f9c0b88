-- Steps at the limits of names: too many links, too long, and bytes that no encoding knows.

local C = require "coaio"

local ELEMENT = ("n"):rep(256)
local PATH = ("d/"):rep(2048) .. "f"
local odd = { "new\nline", "\xff\xfe\x80", "  spaces ", "-rf", "*", "'\"\\$(x)", "caf\xc3\xa9", "caf\xe9", "\t\r\27[0m",
  ("\xf0\x9f\x98\x80"):rep(63), ("m"):rep(255), "...", "~", "\1", ":" }

-- Each request on a path that cannot be: what the kernel says is what both say.
local function refused(steps, path)
  local too_long = #path > 4096 and "IO::AIO has no errno of its own for these two" or nil
  local dead = {
    { "open", path, C.O_RDONLY, 0 }, { "stat", path }, { "lstat", path .. "/x" }, { "statvfs", path },
    { "utime", path, 1, 1 }, { "chown", path, -1, -1 }, { "chmod", path, 420 }, { "truncate", path, 0 },
    { "unlink", path .. "/x" }, { "rmdir", path .. "/x" }, { "mkdir", path .. "/x", 511 },
    { "mknod", path .. "/x", C.S_IFREG | 420, 0 }, { "link", path .. "/x", "other" }, { "link", "file", path .. "/x" },
    { "symlink", "file", path .. "/x" }, { "rename", path .. "/x", "other" }, { "rename", "file", path .. "/x" },
    { "rename2", path .. "/x", "other", C.RENAME_NOREPLACE }, { "readlink", path .. "/x" }, { "realpath", path },
    { "readdir", path }, { "readdirx", path, C.READDIR_DENTS }, { "load", path },
    { "slurp", path, 0, 0 }, { "copy", path, "other" }, { "copy", "file", path .. "/x" },
    { "move", path .. "/x", "other" }, { "pathsync", path },
    { "wd", path, differs = too_long, coaio = too_long and "ENAMETOOLONG" },
    { "scandir", path, 0, differs = too_long, coaio = too_long and "ENAMETOOLONG" },
  }
  table.move(dead, 1, #dead, #steps + 1, steps)
end

local function odd_names(steps, script)
  for i, name in ipairs(odd) do
    local link = name:sub(1, 250) .. ".l"
    local part = {
      { "open", name, C.O_WRONLY | C.O_CREAT | C.O_EXCL, 420, as = "odd" },
      { "write", script.ref "odd", 0, #name, name, 0 },
      { "stat", name },
      { "load", name },
      { "realpath", name },
      { "symlink", name, link },
      { "readlink", link },
      { "slurp", link, 0, 0 },
      { "copy", name, "copy " .. i },
      { "rename", link, "link " .. i },
      { "mkdir", "directory " .. i, 511 },
      { "wd", "directory " .. i, as = "below" },
      { "link", name, script.at("below", name) },
      { "readdir", "directory " .. i },
    }
    table.move(part, 1, #part, #steps + 1, steps)
  end
end

return function(script)
  local steps = {}
  for _, path in ipairs { "loop", "chain40", ELEMENT, PATH, "file/x" } do refused(steps, path) end
  odd_names(steps, script)
  local last = {
    { "stat", "chain39" },
    { "readdir", "." },
    { "readdirx", ".", C.READDIR_DENTS },
    { "scandir", ".", 0 },
    { "rmtree", "directory 2" },
    { "rmtree", "directory 1" },
  }
  table.move(last, 1, #last, #steps + 1, steps)
  return {
    setup = [[printf file >file; ln -s loop2 loop; ln -s loop loop2
      ln -s file chain0; for i in $(seq 40); do ln -s chain$((i - 1)) chain$i; done]],
    steps = steps,
  }
end
