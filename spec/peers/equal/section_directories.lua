-- Steps about directories: readdir, readdirx, scandir, rmtree.

local C = require "coaio"

local setup = [[
mkdir -p tree/a/b/c/d tree/e .hidden-dir plain.dir longer-name-of-a-directory empty deep sticky
for i in 1 2 3 4 5 6 7 8 9; do printf $i >tree/file.$i; printf $i >tree/a/b/file.$i; done
ln -s a tree/link; ln -s ../.. tree/a/up; ln -s nowhere tree/dangling; mkfifo tree/fifo; printf x >tree/.hidden
cd deep; for i in $(seq 60); do mkdir directory-$i; cd directory-$i; printf $i >file; done
]]

return function(_, shared)
  return { setup = setup, steps = {
    { "readdir", "tree" },
    { "readdir", "tree/link" },
    { "readdir", "tree/link/up" },
    { "readdir", "empty" },
    { "readdir", "." },
    { "readdir", "tree/file.1" },
    { "readdir", "tree/fifo" },
    { "readdir", "missing" },
    { "readdir", "tree/dangling" },
    { "readdir", "" },
    { "readdir", "/dev/null" },
    { "readdir", shared .. "/many", count = true },

    { "readdirx", "tree", 0 },
    { "readdirx", "tree", C.READDIR_DENTS },
    { "readdirx", "tree", C.READDIR_DENTS | C.READDIR_DIRS_FIRST, first = 2 },
    { "readdirx", ".", C.READDIR_DIRS_FIRST, first = 7 },
    { "readdirx", ".", C.READDIR_DIRS_FIRST | C.READDIR_STAT_ORDER, first = 7 },
    { "readdirx", "tree", C.READDIR_STAT_ORDER },
    { "readdirx", "tree", C.READDIR_STAT_ORDER | C.READDIR_DENTS },
    { "readdirx", "empty", C.READDIR_DENTS },
    { "readdirx", "missing", C.READDIR_DENTS },
    { "readdirx", "tree/file.1", C.READDIR_DENTS },

    { "scandir", "tree", 0 },
    { "scandir", "tree", 3 },
    { "scandir", "tree/link", 0 },
    { "scandir", ".", 0 },
    { "scandir", "empty", 0 },
    { "scandir", "/dev/fd/..", 0, count = true },
    { "scandir", "/proc/self/net", 0, count = true },
    { "scandir", "missing", 0 },
    { "scandir", "tree/file.1", 0 },
    { "scandir", shared .. "/many", 0, count = true },

    { "rmtree", "tree/a" },
    { "readdir", "tree" },
    { "rmtree", "tree" },
    { "lstat", "tree" },
    { "rmtree", "deep" },
    { "rmtree", "empty" },
    { "rmtree", "empty" },
    { "rmtree", "missing/below" },
    { "readdir", "." },
    { "sh", "mkdir target; printf x >target/kept; ln -s target to-target; printf x >file" },
    { "rmtree", "to-target", differs = "a link itself is removed, not followed", coaio = "ok" },
    { "rmtree", "file", differs = "anything can be removed, not only directories", coaio = "ok" },
    { "sh", "rm -rf target to-target file" },
    { "sh", "printf x >sticky/file; mkdir sticky/below" },
    { "rmtree", "sticky/." },
    { "lstat", "sticky/file", fields = { "size" }, differs = "refused before anything is removed", coaio = "size=1" },
    { "rmtree", "sticky/below/..", differs = "the same", coaio = "EINVAL" },
    { "sh", "rm -rf sticky" },
  } }
end
