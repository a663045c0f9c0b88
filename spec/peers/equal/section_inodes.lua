-- Steps on a file system with ten inodes, which they use up.

local C = require "coaio"

return function(_, shared)
  local steps = {}
  for i = 1, 9 do steps[i] = { "mkdir", "directory " .. i, 511 } end
  local last = {
    { "mkdir", "one too many", 511 },
    { "open", "file", C.O_WRONLY | C.O_CREAT, 420 },
    { "mknod", "fifo", C.S_IFIFO | 420, 0 },
    { "symlink", "target", "link" },
    { "copy", shared .. "/large", "copy" },
    { "move", shared .. "/large", "moved" },
    { "rmdir", "directory 1" },
    { "open", "file", C.O_WRONLY | C.O_CREAT, 420 },
    { "link", "file", "hard" },
    { "rename", "file", "renamed" },
    { "readdir", "." },
  }
  table.move(last, 1, #last, #steps + 1, steps)
  return { steps = steps }
end
