-- The words of docs/requests.md and of the annotations in lua/coaio/meta: what the table of requests cannot say.
--
-- Types, defaults, results, executors and C prototypes come from src/ops.c and the headers: see tools/gen_docs.lua. Per
-- request: `args` has the names of its Lua arguments and what there is to say about them; `does`, `errors` and
-- `differs` are paragraphs. `default` and `type` of an argument, and `result`, replace what is derived.

local files = {
  title = "Files",
  {
    name = "aio_open",
    does = [[
Opens or creates a file: `openat(2)`. The descriptor is always close-on-exec. The file object closes itself when it
is collected, and when a variable `<close>` goes out of scope; both hand the descriptor to a worker and wait for
nothing.]],
    args = {
      { "path" },
      { "flags", [[`coaio.O_RDONLY \| ...`, or a mode string of `io.open` (`"r"`, `"w+"`, `"a"`; `x` is O_EXCL)]],
        type = "integer or string" },
      { "mode", "permission bits of a file that is created, under the umask" },
    },
    errors = [[`ENOENT`, `EACCES`, `EEXIST` (O_EXCL), `EMFILE`, `ELOOP` (O_NOFOLLOW), `ENXIO` (a FIFO without
readers, opened for writing with O_NONBLOCK). Opening a FIFO waits for the other end, on the slow lane, and can be
cancelled.]],
    differs = [[flags and mode may be left out (O_RDONLY, 0666); mode strings. A cancelled open leaks nothing: a
descriptor that arrives too late is closed.]],
  },
  {
    name = "aio_close",
    does = [[
Closes a file. From the call on, other requests on the same file object raise. Requests under way finish first, also
writes; what might never is cancelled: waits for locks, and of pipes, terminals and sockets reads, ioctls and sendfiles
from there. A close that is cancelled waits no longer: the file closes by itself when its last request is done. An
integer descriptor is closed as it is: nothing keeps its number from being used again by somebody else.]],
    args = { { "fh", "closing a Lua io file raises: its own finalizer would close a stranger's descriptor later" } },
    errors = "`EIO`, `ENOSPC`, `EDQUOT`: writing back failed. The descriptor is gone all the same. `EBADF`.",
    differs = [[IO::AIO keeps the number busy with a dup2 trick until the Perl handle is closed; here the descriptor
is gone when the request is done.]],
  },
  {
    name = "aio_seek",
    does = "Moves the file's own position: `lseek(2)`.",
    args = {
      { "fh" },
      { "offset", "bytes, signed" },
      { "whence", [[`coaio.SEEK_SET`, `SEEK_CUR`, `SEEK_END`, `SEEK_DATA`, `SEEK_HOLE`, or `"set"`, `"cur"`, `"end"`]],
        type = "integer or string" },
    },
    errors = "`ESPIPE` (pipes), `EINVAL` (before the start), `ENXIO` (SEEK_DATA, SEEK_HOLE beyond the end).",
    differs = "names as of `file:seek`. On big files a position is not rounded: Lua integers have 64 bits.",
  },
  {
    name = "aio_read",
    lua = { "(fh, offset, length) -> string", "(fh, offset, length, buffer, bufferoffset) -> integer" },
    does = [[
Reads up to `length` bytes at `offset`: `pread(2)`, `read(2)`. Fewer than asked is no error; at the end of the file
the string is empty, the count 0. Without a buffer memory is sized by what there is to read, not by `length`: a
length of a terabyte on a small file costs nothing. With a buffer the bytes go to `bufferoffset` without a copy; an
idle buffer grows as needed, and its length is `bufferoffset` + count afterwards. Aligned and mapped buffers are
fixed: what does not fit raises. One read gets no more than the system's limit, on Linux 2 GB less a page.

Without a length it goes on to the end, of regular files, also those of /proc, which claim to be empty, and of block
devices: until nothing more comes, or a fixed buffer is full. An error on the way is the result, whatever was read
before it. A cancel stops it between two steps. Of pipes, sockets and terminals it reads what is there, once.]],
    args = {
      { "fh" }, { "offset" },
      { "length", "an upper bound", default = "to the end; with a fixed or busy buffer at most its length" },
      { "buffer", "writable memory from `coaio.buffer`" },
      { "bufferoffset", "where in the buffer; negative counts from its end" },
    },
    errors = [[`EISDIR`, `EBADF` (not open for reading), `ESPIPE` (an offset on a pipe), `EINVAL` (O_DIRECT: buffer,
offset or length not aligned), `EAGAIN` (a non-blocking descriptor without data).]],
    differs = [[without a buffer the data is the result, where IO::AIO fills a scalar. A failed read leaves the
buffer's length as it was.]],
  },
  {
    name = "aio_write",
    does = [[
Writes `length` bytes of `data` at `offset`: `pwrite(2)`, `write(2)`. Fewer than asked are possible (a full disk, a
pipe, a signal) and are no error: the count says so. Small strings are copied, large ones kept alive, until the write
is done. Nothing but regular files and block devices is written through io_uring: a broken pipe is `EPIPE`, never a
signal.]],
    args = {
      { "fh", "what a Lua io file still buffers is not flushed" }, { "offset" },
      { "length", "at most what `data` has from `dataoffset` on: more raises", default = "all of it" },
      { "data", type = "string or buffer" },
      { "dataoffset", "where in `data` to begin; negative counts from its end" },
    },
    errors = [[`ENOSPC`, `EDQUOT`, `EFBIG`, `EPIPE`, `EBADF` (not open for writing), `EINVAL` (O_DIRECT alignment).
With O_APPEND Linux appends whatever the offset says.]],
    differs = "length and everything after it may be left out; strings as well as buffers.",
  },
  {
    name = "aio_sendfile",
    does = [[
Copies up to `length` bytes from one descriptor to another: `sendfile(2)`; pairs that the system refuses (a target
with O_APPEND, a source that is a pipe) are copied by reading and writing. The target is written at its own position.
What was read from a pipe is always written out. Check the count: it may be less than `length`. Let no two copy from one
position, or to one, at a time: the system does not keep them apart.

Without a length it goes on to the end of a regular file or block device, but not beyond the size that the file has when
it begins: both may be the same file. An error on the way is the result, and the position of `out_fh` tells how far it
came; but where a non-blocking one takes no more, the result is the count so far. Of pipes and the like it copies what
is there.]],
    args = {
      { "out_fh", "where to" }, { "in_fh", "where from" },
      { "in_offset", "where in `in_fh`" }, { "length", default = "to the end" },
    },
    errors = [[those of reading `in_fh` and of writing `out_fh`; `EAGAIN` where nothing could be written to a
non-blocking one.]],
    differs = "works for any pair of descriptors, on a worker of the slow lane when one of them may wait.",
  },
  {
    name = "aio_readahead",
    does = [[
Reads a range into the page cache, so that later reads need not wait: `readahead(2)`, in steps, since one call reads no
more than the device takes at a time; where the system has none the range is read and thrown away. The file's own
position does not change.]],
    args = { { "fh" }, { "offset" }, { "length", default = "to the end" } },
    errors = "`EINVAL`: not a regular file. `EBADF`.",
  },
  {
    name = "aio_truncate",
    does = [[
Sets a file's length: `truncate(2)`, `ftruncate(2)`. A longer file ends in a hole. Below a working directory the file is
opened for that only where there is no /proc.]],
    args = { { "fh_or_path" }, { "length", "bytes" } },
    errors = "`EISDIR`, `EINVAL` (not a regular file, or the descriptor is not open for writing), `EFBIG`, `ETXTBSY`.",
  },
  {
    name = "aio_allocate",
    does = [[
Allocates or frees file space: `fallocate(2)`; elsewhere `posix_fallocate` for mode 0.]],
    args = {
      { "fh" },
      { "mode", "`coaio.FALLOC_FL_KEEP_SIZE`, `..._PUNCH_HOLE`, `..._COLLAPSE_RANGE`, `..._ZERO_RANGE`, "
        .. "`..._INSERT_RANGE`, `..._UNSHARE_RANGE`; 0 allocates and extends the file" },
      { "offset" }, { "length", "bytes, more than 0" },
    },
    errors = [[`EOPNOTSUPP`: the file system cannot do it, or other systems than Linux were given a mode. `ENOSPC`.
`EINVAL`: not a multiple of the block size, for the modes that want one.]],
    differs = "`EOPNOTSUPP` instead of `ENOSYS` for what the system lacks.",
  },
  {
    name = "aio_fiemap",
    lua = { "(fh, start, length, flags, count) -> extents", "(fh, start, length, flags, 0) -> integer" },
    does = [[
The extents of a file: where its bytes lie on the device. Each is a table `{logical, physical, length, flags}`, which
also has fields of these names: `extent[1]` is `extent.logical`. Offsets and lengths are in bytes, flags are
`coaio.FIEMAP_EXTENT_*`. Without a count all extents of the range are collected, in as many system calls as that takes;
with count 0 only their number is returned.]],
    args = {
      { "fh" }, { "start" }, { "length", default = "to the end" },
      { "flags", "`coaio.FIEMAP_FLAG_SYNC`, `FIEMAP_FLAG_XATTR`" },
      { "count", "the most extents to return; 0: only their number", default = "all" },
    },
    result = { "a list of `{logical, physical, length, flags}`; with count 0 their number",
      "(coaio.extent[]|integer)? extents" },
    errors = [[`EOPNOTSUPP`, `ENOTTY`: the file system or the file has none. `EBADR` (flags). `ENOSYS` elsewhere than
on Linux.]],
  },
}

local metadata = {
  title = "Metadata",
  {
    name = "aio_stat",
    does = [[
What the system knows about a file: `stat(2)`, `fstat(2)`, by `statx(2)` on Linux. Symbolic links are followed. The
result has the fields

    size mode type ino dev nlink uid gid rdev blksize blocks
    atime mtime ctime btime              seconds, with fraction
    atimesec mtimesec ctimesec btimesec        the seconds alone
    atimensec mtimensec ctimensec btimensec    and the nanoseconds after them: together they are exact

`type` is "file", "directory", "link", "fifo", "socket", "char" or "block". The `btime`s (birth) are nil where the file
system records no birth. `blocks` counts units of 512 bytes. `pairs` goes through all fields.]],
    args = { { "fh_or_path" } },
    errors = "`ENOENT`, `EACCES`, `ENOTDIR`, `ELOOP`, `ENAMETOOLONG`, `EBADF`.",
    differs = [[the result is an object, not a global state that the next stat overwrites. Times of birth and
nanoseconds are part of it.]],
  },
  {
    name = "aio_lstat",
    does = "As `aio_stat`, but of a symbolic link itself.",
    args = { { "path" } },
    errors = "as `aio_stat`.",
    differs = "takes a path only.",
  },
  {
    name = "aio_fstat",
    does = "As `aio_stat` of an open file.",
    args = { { "fh" } },
    errors = "`EBADF`.",
    differs = "IO::AIO has only `aio_stat`, which takes either; so does coaio's.",
  },
  {
    name = "aio_statx",
    does = [[
All that the system tells of a file: `statx(2)`. A table with

    mask mode ino nlink uid gid size blksize blocks
    dev_major dev_minor rdev_major rdev_minor
    attributes attributes_mask                 of `coaio.STATX_ATTR_*`: which it has, which its file system tells
    atime mtime ctime btime                    and with sec and nsec, as of aio_stat

What the resulting `mask` (`coaio.STATX_*`) does not have is nil.]],
    args = {
      { "fh_or_path" },
      { "flags", "`coaio.AT_SYMLINK_NOFOLLOW`, `AT_NO_AUTOMOUNT`, `AT_STATX_FORCE_SYNC`, `AT_STATX_DONT_SYNC`" },
      { "mask", "what is wanted", default = "`STATX_BASIC_STATS \\| STATX_BTIME`" },
    },
    errors = "as `aio_stat`; `EINVAL`: flags or mask. `ENOSYS` elsewhere than on Linux.",
    differs = "IO::AIO has only the synchronous `statx`, which coaio has too.",
  },
  {
    name = "aio_statvfs",
    does = [[
What the system knows about a file system: `statvfs(3)`. A table with `bsize frsize blocks bfree bavail files ffree
favail fsid flag namemax`; sizes in bytes, blocks in units of `frsize`, `flag` of `coaio.ST_*`.]],
    args = { { "fh_or_path" } },
    errors = "`ENOENT`, `EACCES`, `EBADF`, `ENOSYS`.",
  },
  {
    name = "aio_utime",
    does = [[
Sets the times of access and modification: `utimensat(2)`, `futimens(3)`. Symbolic links are followed. A time is one of

* seconds since 1970: an integer is exact, a float is rounded to nanoseconds. Floats of these years are a quarter of a
  microsecond apart: a file that gets the `mtime` of another has the same `mtime`, but maybe not the same `mtimensec`;
* `{seconds, nanoseconds}`, two integers, which are exact: `{st.mtimesec, st.mtimensec}`;
* a stat object: its `atime` as first and its `mtime` as second argument, exactly, so that `aio_utime(path, st, st)`
  gives a file the times of another, as `touch -r` does;
* `coaio.TIME_OMIT`: stays as it is; `coaio.TIME_NOW`, or nil: the current time.

What is beyond the times that a file system knows becomes the nearest of these.]],
    args = {
      { "fh_or_path" },
      { "atime", "see above", type = "number or table or stat" },
      { "mtime", "the same", type = "number or table or stat" },
    },
    errors = [[`EACCES`, `EPERM` (not the owner), `EROFS`; `ENOTSUP`: below a confined wd Linux before 5.8 needs
/proc for it.]],
    differs = [[each time that is left out becomes the current time. In Perl both must be undef for that; one undef
alone means 1970.]],
  },
  {
    name = "aio_chown",
    does = "Sets owner and group: `fchownat(2)`, `fchown(2)`. Symbolic links are followed.",
    args = { { "fh_or_path" }, { "uid", "-1 leaves it" }, { "gid", "-1 leaves it" } },
    errors = "`EPERM`, `EROFS`; `EINVAL`: an id below -1 or above 4294967294.",
  },
  {
    name = "aio_chmod",
    does = "Sets the permission bits: `fchmodat(2)`, `fchmod(2)`. Symbolic links are followed.",
    args = { { "fh_or_path" }, { "mode", "with set-id and sticky bits; the type, as in a stat's mode, is ignored" } },
    errors = [[`EPERM` (not the owner), `EROFS`; `EINVAL`: other bits than these. `ENOTSUP`: below a confined wd Linux
before 6.6 needs /proc for it.]],
  },
}

local names = {
  title = "Names",
  {
    name = "aio_unlink",
    does = "Removes a name, and the file with its last one: `unlinkat(2)`. Of a symbolic link the link itself.",
    args = { { "path" } },
    errors = "`ENOENT`, `EISDIR` (a directory), `EACCES`, `EPERM`, `EBUSY`.",
  },
  {
    name = "aio_rmdir",
    does = "Removes an empty directory: `rmdir(2)`. With all that is in it: `aio_rmtree`.",
    args = { { "path" } },
    errors = "`ENOTEMPTY` or `EEXIST`, `ENOTDIR`, `EBUSY` (a mount point), `EINVAL` (`.`).",
    differs = "`{wd, \".\"}` is no special case: it is `EINVAL`, as `rmdir(2)` says.",
  },
  {
    name = "aio_mkdir",
    does = "Makes a directory: `mkdirat(2)`.",
    args = { { "path" }, { "mode", "under the umask as it is when the request runs" } },
    errors = "`EEXIST`, `ENOENT` (the parent), `ENOSPC`, `EACCES`.",
    differs = "the mode may be left out.",
  },
  {
    name = "aio_mknod",
    does = "Makes a FIFO, a device, a socket or an empty file: `mknodat(2)`.",
    args = {
      { "path" },
      { "mode", "type (`coaio.S_IFIFO`, `S_IFCHR`, `S_IFBLK`, `S_IFSOCK`, `S_IFREG`), permissions; the umask applies" },
      { "dev", "device number, for devices" },
    },
    errors = "`EEXIST`; `EPERM`: devices are for root.",
    differs = "dev may be left out; no type means a regular file, as `mknod(2)` says.",
  },
  {
    name = "aio_link",
    does = [[
Gives a file another name: `linkat(2)`. A symbolic link is itself linked, not followed. An open file can be given a
name, also one that has none yet: what is opened with `coaio.O_TMPFILE` in a directory, and written, appears there
whole.]],
    args = { { "fh_or_path" }, { "new" } },
    errors = [[`EEXIST`, `EXDEV` (another file system), `EPERM` (a directory), `EMLINK`. Of an open file `ENOENT`: it
has no name left, or was opened with O_EXCL to have none; `ENOTSUP`: Linux before 6.10 needs /proc or a privilege.]],
    differs = "takes an open file, too.",
  },
  {
    name = "aio_symlink",
    does = "Makes a symbolic link: `symlinkat(2)`. What it says need not exist.",
    args = { { "target", "what the link says, as it stands" }, { "new", "the link" } },
    errors = [[`EEXIST`, `ENOENT` (an empty target, no parent), `ENAMETOOLONG`. The message names `new`; where the
target may be wrong, both.]],
  },
  {
    name = "aio_rename",
    does = "Moves a name within a file system, replacing what is there: `renameat(2)`.",
    args = { { "old" }, { "new" } },
    errors = [[`ENOENT`, `EXDEV` (another file system: `aio_move`), `ENOTEMPTY`, `EISDIR`, `ENOTDIR`.]],
    differs = "`{wd, \".\"}` is no special case.",
  },
  {
    name = "aio_rename2",
    does = "As `aio_rename`, with flags: `renameat2(2)`.",
    args = {
      { "old" }, { "new" },
      { "flags", "`coaio.RENAME_NOREPLACE`, `RENAME_EXCHANGE`, `RENAME_WHITEOUT`" },
    },
    errors = [[as `aio_rename`; `EEXIST` (NOREPLACE); `EINVAL`: the file system cannot. `ENOSYS`: other systems than
Linux, with flags.]],
  },
  {
    name = "aio_readlink",
    does = "What a symbolic link says: `readlinkat(2)`, of any length.",
    args = { { "path" } },
    errors = "`EINVAL`: no symbolic link. `ENOENT`, `EACCES`.",
  },
  {
    name = "aio_realpath",
    does = [[
The absolute path without symbolic links, `.` and `..`: `realpath(3)`. `"."` gives the current directory. Below a
working directory it is the kernel's name of what was opened, if that leads there. Without /proc the directories
on the way up are read instead.]],
    args = { { "path" } },
    errors = "`ENOENT` (also: it was removed, or has no name below the root), `EACCES`, `ELOOP`.",
  },
}

local directories = {
  title = "Directories",
  {
    name = "aio_readdir",
    does = [[
The names in a directory, all at once and in no order, without `.` and `..`: `getdents64(2)`, `readdir(3)`. Names are
bytes and may contain anything but `/` and NUL. A directory that was removed, as a wd may be, is empty. A cancel stops
the listing of a large directory half way.]],
    args = { { "path" } },
    errors = "`ENOENT`, `ENOTDIR`, `EACCES`.",
  },
  {
    name = "aio_readdirx",
    does = [[
As `aio_readdir`, with flags:

* `coaio.READDIR_DENTS`: entries are lists `{name, type, inode}` without names of fields: `entry[2]` is the type, one of
  `coaio.DT_REG`, `DT_DIR`, `DT_LNK`, ... or `DT_UNKNOWN`, where the file system does not tell.
* `coaio.READDIR_DIRS_FIRST`: likely directories first. Types decide where they are known; else dot files and then names
  without a dot, short ones first.
* `coaio.READDIR_STAT_ORDER`: by inode number, the order in which stat is fast.

The second result is the flags, with `coaio.READDIR_FOUND_UNKNOWN` where some type is unknown.]],
    args = { { "path" }, { "flags", "any of the above" } },
    errors = "as `aio_readdir`.",
    differs = "unknown flags are ignored, and types are ordinary integers.",
  },
  {
    name = "aio_scandir",
    does = [[
Two lists of names: directories that one can descend into, and everything else, symbolic links to directories
included. No entry is looked at where the file system tells types. Otherwise likely directories are tried first, and
only until all are found, where the link count of the directory says how many there are.]],
    args = { { "path" }, { "maxreq", "accepted and not needed: one worker does it all", default = "0" } },
    composite = true,
    result = { "`dirs, nondirs`: two lists of names", "string[]? dirs, string[]? nondirs" },
    errors = "as `aio_readdir`.",
    differs = [[one request on one worker, not a tree of subrequests. The link count is believed only on file systems
known to count in that way, and only if the directory did not change meanwhile.]],
  },
}

local whole = {
  title = "Whole files and trees",
  text = [[
Each of these is one request: a single worker does all its steps, and looks between them whether the request was
cancelled. On failure the fourth value is the path that failed, which the message names as well. It is nil
where the system does not tell which of two paths it was.]],
  {
    name = "aio_load",
    does = [[Reads a whole file, to its end: also files of /proc, which claim to be empty, and files that grow
meanwhile.]],
    args = { { "path" } },
    composite = true,
    result = { "a string", "string? data" },
    errors = "those of open and read. A path that names a FIFO waits for a writer, on the slow lane.",
    differs = "the data is the result. `aio_slurp` is the same work, so neither is faster.",
  },
  {
    name = "aio_slurp",
    does = [[Opens a file, reads a part of it and closes it. With a buffer the bytes become its content; a fixed or busy
one, which does not grow, raises where they do not fit.]],
    lua = { "(path, offset, length) -> string", "(path, offset, length, buffer) -> integer" },
    args = {
      { "path" },
      { "offset", "negative counts from the end, which is where reading ends, whatever size is claimed" },
      { "length", "0 means to the end", default = "to the end" },
    },
    lua_args = { { "buffer", "writable memory from `coaio.buffer`", type = "buffer", default = "none" } },
    composite = true,
    errors = "those of open and read; `EINVAL`: an offset before the start.",
    differs = "the data is the result.",
  },
  {
    name = "aio_copy",
    does = [[
Copies a regular file: as a reflink where the file system can; else with `copy_file_range(2)`; else by reading and
writing. Whatever a step refuses the next one does. Holes stay holes. The source is read to its end, whatever size it
claims.

An existing destination keeps its inode and its other names, and is overwritten. It is left as it is until the first
bytes of the source have been read; then it is emptied, and those permission bits go that the source does not give,
before it gets a byte. When the copy fails or is cancelled after that, what is partial is removed, by this name or the
one that a symbolic link leads to, also if it is a file that existed.

Times, permission bits (without set-id), owner and group follow, each as far as it may. Extended attributes, ACLs and
capabilities do not: an existing destination keeps its attributes and ACLs, and a new one gets its directory's.]],
    args = { { "old" }, { "new" } },
    composite = true,
    errors = [[`EINVAL`: both are the same file, by whatever names, which stays whole; or not a regular file, and it is
not opened. `EISDIR`. Those of reading `old` and of writing `new`.]],
    differs = [[IO::AIO truncates a file that is copied onto itself, copies nothing of /proc files, and fills holes.
Set-id bits are not copied, since the owner may not have followed.]],
  },
  {
    name = "aio_move",
    does = [[
Renames a file. To another file system a regular file is copied, to a temporary name beside `new` (`.coaio-` and 16
digits) that is then renamed: so what is at `new` is replaced as a rename replaces it, a symbolic link itself, and of a
file with several names this one; and it is whole until then. What a rename would refuse is refused before the copy.

As after mv(1) the new file has the content, holes, times, permission bits and, where allowed, owner and group of the
old one. What mv(1) keeps and this does not are the set-id bits, extended attributes, ACLs and capabilities. Other names
of the old file keep that file. The source is removed last, if it is still the file that was copied; what is written to
it meanwhile may be lost.]],
    args = { { "old" }, { "new" } },
    composite = true,
    errors = [[those of `aio_rename`, to another file system also those of reading `old` and writing beside `new`.
`EXDEV`: to another file system, and no regular file. After a failure or a cancel both are as they were, without a
temporary file; only where the source cannot be removed after all (a sticky directory) it is there twice.]],
  },
  {
    name = "aio_rmtree",
    does = [[
Removes a directory with everything in it, or a single file. It descends by directory descriptors and never follows a
symbolic link, also not one that is swapped in meanwhile: the link itself is removed. The directory that the path is in
is looked up once, whatever takes its name meanwhile. Depth is not limited, and three descriptors are enough. An error
does not stop it: what can be removed is, and the first error is reported.]],
    args = { { "path" } },
    composite = true,
    errors = [[the first real one, with the path where it happened. `EBUSY` (`/`), `EINVAL` (a path that ends in `.`
or `..`), `ENOTDIR` (slashes behind what is no directory, as a file or a link).]],
    differs = [[IO::AIO reports the status of the last rmdir only (`ENOTEMPTY`), and works by paths, which can be
swapped.]],
  },
  {
    name = "aio_pathsync",
    does = "Opens a path for reading, syncs it and closes it. For directories, after renames in them.",
    args = { { "path" } },
    composite = true,
    errors = "those of open and fsync; `EINVAL`: no file, directory or block device, and it is not opened.",
  },
}

local durability = {
  title = "Durability",
  {
    name = "aio_sync",
    does = "Writes all file systems out: `sync(2)`.",
    args = {},
  },
  {
    name = "aio_syncfs",
    does = "Writes the file system of an open file out: `syncfs(2)`; elsewhere all of them.",
    args = { { "fh" } },
    errors = "`EIO`, `ENOSPC`, `EBADF`.",
    differs = "`sync(2)` stands in where there is no `syncfs(2)`.",
  },
  {
    name = "aio_fsync",
    does = "Writes a file out, data and metadata: `fsync(2)`.",
    args = { { "fh" } },
    errors = "`EIO`, `ENOSPC`, `EDQUOT`; `EINVAL` (a pipe or socket); `EROFS`.",
  },
  {
    name = "aio_fdatasync",
    does = "Writes a file out, without metadata that is not needed to read it: `fdatasync(2)`.",
    args = { { "fh" } },
    errors = "as `aio_fsync`.",
  },
  {
    name = "aio_sync_file_range",
    does = [[Starts, or waits for, the writing of a range of a file's data: `sync_file_range(2)`; elsewhere
`fdatasync(2)`.]],
    args = {
      { "fh" }, { "offset" }, { "length", default = "0, which means to the end" },
      { "flags", "`coaio.SYNC_FILE_RANGE_WAIT_BEFORE`, `..._WRITE`, `..._WAIT_AFTER`" },
    },
    errors = "`EIO`, `ENOSPC`; `ESPIPE`: not a regular file, block device or directory; `EINVAL`.",
  },
}

local control = {
  title = "Descriptors and memory",
  {
    name = "aio_fcntl",
    does = [[
`fcntl(2)`, on the slow lane: a lock may wait without bound, and a cancel ends the waiting. A lock is a table, `{type =
coaio.F_WRLCK, whence = coaio.SEEK_SET, start = 0, len = 0}`: without whence and start it counts from the start, without
a len it reaches to the end and beyond. `F_GETLK` fills it in with the lock that is in the way and the `pid` of its
owner, or else with the type `F_UNLCK`. `F_DUPFD` makes a descriptor that is close-on-exec, as `F_DUPFD_CLOEXEC` does:
an integer, for you to close.

The locks of `F_SETLK` belong to the process, which loses all that it has on a file by closing any descriptor of it.
That is what `aio_load`, `aio_slurp`, `aio_pathsync`, `aio_copy` (of both files) and `aio_move` (to another file system)
do, besides `aio_close`. Those of `F_OFD_SETLK` belong to the open file and stay.]],
    args = {
      { "fh" }, { "cmd", "`coaio.F_*`" },
      { "arg", "an integer; a lock; or a buffer or string, which is copied in, and what comes back: into the buffer, "
        .. "or as second result", type = "integer or table or buffer or string", default = "0" },
    },
    errors = [[`EAGAIN`, `EACCES` (a lock is taken), `EDEADLK`, `EINVAL`; `ERANGE`: the owner that F_GETOWN asks for is
a process group, which is a negative number (F_GETOWN_EX tells it).]],
    differs = "a table describes a lock, where Perl needs pack.",
  },
  {
    name = "aio_ioctl",
    does = "`ioctl(2)`, on the slow lane.",
    args = {
      { "fh" }, { "request", "the number" },
      { "arg", "an integer; or a buffer or string, which is copied in, and what comes back: into the buffer, or as "
        .. "second result", type = "integer or buffer or string", default = "0" },
    },
    errors = "`ENOTTY`, `EINVAL`, `EFAULT`.",
    differs = "no memory of the caller's is used while the call runs.",
  },
  {
    name = "aio_flock",
    does = [[
Locks an open file as a whole, or unlocks it: `flock(2)`. The lock belongs to the open file: two
opens of one file exclude each other also within the program, and the last close of it ends the lock. A close of the
file, or a cancel, ends the wait.]],
    args = {
      { "fh" },
      { "operation", "`coaio.LOCK_SH`, `LOCK_EX` or `LOCK_UN`, with `\\| coaio.LOCK_NB` if it is not to wait" },
    },
    errors = "`EAGAIN` (LOCK_NB, and somebody else has it), `EINVAL`, `ENOLCK`.",
    differs = "IO::AIO has the constants only.",
  },
  {
    name = "aio_msync",
    does = "Writes mapped memory out: `msync(2)`.",
    args = {
      { "buffer", "from `coaio.mmap`" }, { "offset" }, { "length", default = "to its end" },
      { "flags", "`coaio.MS_SYNC`, `MS_ASYNC`, `MS_INVALIDATE`", default = "`MS_SYNC`" },
    },
    errors = "`EIO`, `ENOMEM`, `EINVAL`.",
  },
  {
    name = "aio_mtouch",
    does = "Touches every page of a range, so that later accesses need not wait for the disk.",
    args = {
      { "buffer", "from `coaio.mmap`, or any other" }, { "offset" }, { "length", default = "to its end" },
      { "flags", "0 reads, `coaio.MT_MODIFY` also writes a byte of each page back" },
    },
    errors = "`EINVAL`.",
  },
  {
    name = "aio_mlock",
    does = "Reads a range into memory and keeps it there: `mlock(2)`. `coaio.munlock` ends it.",
    args = {
      { "buffer", "from `coaio.mmap`, or any other" }, { "offset" }, { "length", default = "to its end" },
    },
    errors = "`ENOMEM` (more than the limit), `EPERM`.",
  },
  {
    name = "aio_mlockall",
    does = "Keeps the whole process in memory: `mlockall(2)`. `coaio.munlockall` ends it.",
    args = { { "flags", "`coaio.MCL_CURRENT`, `MCL_FUTURE`, `MCL_ONFAULT`" } },
    errors = "`ENOMEM`, `EPERM`, `EINVAL`.",
  },
}

local others = {
  title = "Working directories, groups and nothing",
  {
    name = "aio_wd",
    does = [[
Opens a directory to resolve paths from: a wd may stand for a path, and `{wd, "name"}` names something below it. It
stays the same directory when it is renamed, and the current directory of the process does not matter. With `{beneath
= true}` no path may leave it, neither by `..` nor by symbolic links nor by `/`: such a path is `EXDEV`. `coaio.CWD`
is the current directory.]],
    args = {
      { "path" },
      { "options", "`{beneath = true}`: confine the paths", type = "table", default = "none" },
    },
    errors = [[`ENOENT`, `ENOTDIR`, `EACCES`; `ENOSYS`: the kernel cannot confine paths (Linux before 5.6, other
systems).]],
    differs = "`beneath`. It is an error, not an object that fails later.",
  },
  {
    name = "aio_group",
    lua = { "([callback]) -> group" },
    stub = "---@param callback? async fun(...)\n---@return coaio.group\nfunction coaio.aio_group(callback) end",
    does = [[
A request that waits for other requests, its members: request objects of the callback style (`coaio.request`), groups
among them. It finishes when it has no member left; a member is done when its callback has ended, and until then more
may be added. One of `coaio.aio_group` stays open until it is waited for with `aio_wait`, has a `:result` or is closed
with `:close`; one of `request.aio_group` that is empty finishes at the next poll. In C see `coaio_group` and the
functions after it in `coaio.h`.

* `:add(request...)` adds members and returns its arguments. `:cancel()` cancels members and group; `:cancel_subs()` the
  members only, and drops the feeder.
* `:result(...)` sets what the callback gets, `:errno(number)` makes it a failure (0: not).
* `:feed(fn)` calls `fn(group)` now and whenever there are fewer members than `:limit(n)` (2 at first, 0 pauses), to add
  some. One that adds none, or raises, is dropped. It may not yield: a request in coroutine style in it blocks
  everything until it is done.]],
    args = {},
    result = { "a group; the callback and `aio_wait` get what `:result` set, `true` by default" },
    errors = "the one that was set by `:errno`; `ECANCELED`.",
    differs = "the results of a cancelled group are delivered, as `ECANCELED`. A callback may wait. `:close`.",
  },
  {
    name = "aio_nop",
    does = "Does nothing, successfully. It goes through the same queues as other requests, so it can measure them.",
    args = {},
    differs = "it completes at once where that is allowed (`coaio.max_inline`), so it does not wait for a free worker.",
  },
  {
    name = "aio_busy",
    does = "Keeps a worker busy for a while. For tests and demonstrations.",
    args = { { "seconds" } },
    errors = "`EINVAL`: a billion seconds or more (from C).",
    differs = "part of the ordinary names.",
  },
  {
    name = "aio_sleep",
    does = "Waits without using a worker. `coaio.sleep` is the same function.",
    args = { { "seconds" } },
    errors = "`EINVAL`: a billion seconds or more (from C).",
    differs = "IO::AIO has no such request; event loops have timers.",
  },
}

return { files, metadata, names, directories, whole, durability, control, others }
