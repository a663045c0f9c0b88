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
is collected, and when a `<close>` variable with it goes out of scope. A worker does that, and nobody waits for it.]],
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
writes. Those that may never finish are cancelled: waits for locks, and reads, ioctls and sendfiles from pipes,
terminals and sockets. A close that is cancelled no longer waits: the file closes by itself when its last request is
done. For an integer descriptor it only calls close(2): nothing prevents that its number is
then used for another file.]],
    args = { { "fh", "a Lua io file raises: its finalizer would later close the number again, then another file" } },
    errors = "`EIO`, `ENOSPC`, `EDQUOT`: writing back failed. The descriptor is gone all the same. `EBADF`.",
    differs = [[IO::AIO keeps the number in use by dup2 until the Perl handle is closed. In coaio the descriptor is
free when the request is done.]],
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
    differs = "takes the names of `file:seek`. Positions in big files are exact, because Lua integers have 64 bits.",
  },
  {
    name = "aio_read",
    lua = { "(fh, offset, length) -> string", "(fh, offset, length, buffer, bufferoffset) -> integer" },
    does = [[
Reads up to `length` bytes at `offset`: `pread(2)`, `read(2)`. Fewer bytes than asked for are no error. At the end
of the file the string is empty, or the count 0. Without a buffer coaio allocates as much memory as there is to
read, not `length` bytes: a length of a terabyte on a small file costs nothing. With a buffer the bytes go to
`bufferoffset` without a copy. A buffer that no other request uses grows if necessary, and its length is
`bufferoffset` + count afterwards. Aligned and mapped buffers have a fixed length: a read of more than fits raises.
One read gets no more than the system's limit, on Linux 2 GB less a page.

Without a length it reads regular files and block devices to their end, or until a fixed buffer is full. That
includes files of /proc, which claim to be empty. If an error occurs on the way, the result is the error, whatever
was read before it. A cancel stops it between two steps. From pipes, sockets and terminals it reads once.]],
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
Writes `length` bytes of `data` at `offset`: `pwrite(2)`, `write(2)`. It may write fewer bytes than asked for (a
full disk, a pipe, a signal). That is no error: the result says how many it wrote. coaio copies small strings, and
keeps large ones alive until the write is done. A write to a broken pipe is `EPIPE`, never a signal, because only
regular files and block devices are written through io_uring.]],
    args = {
      { "fh", "what a Lua io file still buffers is not flushed" }, { "offset" },
      { "length", "no more than `data` has from `dataoffset` on, otherwise it raises", default = "all of it" },
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
Copies up to `length` bytes from one descriptor to another: `sendfile(2)`. If the system refuses that (a target with
O_APPEND, a source that is a pipe), it reads and writes. The target is written at its own position. All bytes that
were read from a pipe are written. Check the count: it may be less than `length`. Do not let two of them copy from or
to the same position at the same time: the system does not keep them apart.

From a pipe or socket it takes only what the target has room for, so that a cancel leaves the rest there. If another
writer fills the target at the same moment, up to 4096 bytes are taken already, and lost if it is cancelled then. While
it copies between a file and a pipe or socket, it goes on each time the loop has a turn.

Without a length it copies a regular file or block device to its end, but no more than the size that the file has
when it begins, so that both may be the same file. If an error occurs on the way, the result is the error, and the
position of `out_fh` tells how much was copied. If `out_fh` is non-blocking and takes no more, the result is the
count so far. From pipes and the like it copies what is there.]],
    args = {
      { "out_fh", "where to" }, { "in_fh", "where from" },
      { "in_offset", "where in `in_fh`" }, { "length", default = "to the end" },
    },
    errors = [[those of reading `in_fh` and of writing `out_fh`; `EAGAIN`: `out_fh` is non-blocking and took
nothing.]],
    differs = "works for any two descriptors; while it waits for a pipe or socket it needs no worker.",
  },
  {
    name = "aio_readahead",
    does = [[
Reads a range into the page cache, so that later reads need not wait: `readahead(2)`, in steps, since one call reads
no more than the device takes at a time. If the system has no readahead, it reads the range and throws it away. The
file's own position does not change.]],
    args = { { "fh" }, { "offset" }, { "length", default = "to the end" } },
    errors = "`EINVAL`: not a regular file. `EBADF`.",
  },
  {
    name = "aio_truncate",
    does = [[
Sets a file's length: `truncate(2)`, `ftruncate(2)`. If the file becomes longer, it ends in a hole. Below a working
directory the file is opened for this only if there is no /proc.]],
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
    errors = [[`EOPNOTSUPP`: the file system cannot do it, or the system is not Linux and the mode is not 0.
`ENOSPC`. `EINVAL`: the mode needs a multiple of the block size.]],
    differs = "`EOPNOTSUPP` instead of `ENOSYS` if the system lacks it.",
  },
  {
    name = "aio_fiemap",
    lua = { "(fh, start, length, flags, count) -> extents", "(fh, start, length, flags, 0) -> integer" },
    does = [[
Returns the extents of a file, which tell where its bytes are on the device. Each is a table `{logical, physical,
length, flags}`, which also has fields of these names: `extent[1]` is `extent.logical`. Offsets and lengths are in
bytes, flags are `coaio.FIEMAP_EXTENT_*`. Without a count it returns all extents of the range, in as many system
calls as necessary. With count 0 it returns only their number.]],
    args = {
      { "fh" }, { "start" }, { "length", default = "to the end" },
      { "flags", "`coaio.FIEMAP_FLAG_SYNC`, `FIEMAP_FLAG_XATTR`" },
      { "count", "the most extents to return; 0: only their number", default = "all" },
    },
    result = { "a list of `{logical, physical, length, flags}`; with count 0 their number",
      "(coaio.extent[]|integer)? extents" },
    errors = [[`EOPNOTSUPP`, `ENOTTY`: the file system or the file has no extents. `EBADR` (flags). `ENOSYS`: the
system is not Linux.]],
  },
}

local metadata = {
  title = "Metadata",
  {
    name = "aio_stat",
    does = [[
Returns what the system knows about a file: `stat(2)`, `fstat(2)`; on Linux by `statx(2)`. Symbolic links are
followed. The result has the fields

    size mode type ino dev nlink uid gid rdev blksize blocks
    atime mtime ctime btime              seconds, with fraction
    atimesec mtimesec ctimesec btimesec        the seconds alone
    atimensec mtimensec ctimensec btimensec    and the nanoseconds after them: together they are exact

`type` is "file", "directory", "link", "fifo", "socket", "char" or "block". The `btime`s (birth) are nil if the file
system does not record them. `blocks` counts units of 512 bytes. `pairs` goes through all fields.]],
    args = { { "fh_or_path" } },
    errors = "`ENOENT`, `EACCES`, `ENOTDIR`, `ELOOP`, `ENAMETOOLONG`, `EBADF`.",
    differs = [[the result is an object, not a global state that the next stat overwrites. It has times of birth,
and nanoseconds.]],
  },
  {
    name = "aio_lstat",
    does = "Like `aio_stat`, but for a symbolic link it returns what the system knows about the link itself.",
    args = { { "path" } },
    errors = "as `aio_stat`.",
    differs = "takes a path only.",
  },
  {
    name = "aio_fstat",
    does = "Like `aio_stat`, for an open file.",
    args = { { "fh" } },
    errors = "`EBADF`.",
    differs = "IO::AIO has only `aio_stat`, which takes a path or a file; coaio's does that too.",
  },
  {
    name = "aio_statx",
    does = [[
Returns all that the system tells about a file: `statx(2)`. The result is a table with

    mask mode ino nlink uid gid size blksize blocks
    dev_major dev_minor rdev_major rdev_minor
    attributes attributes_mask                 of `coaio.STATX_ATTR_*`: which it has, which its file system tells
    atime mtime ctime btime                    and with sec and nsec, as of aio_stat

Fields that the resulting `mask` (`coaio.STATX_*`) does not name are nil.]],
    args = {
      { "fh_or_path" },
      { "flags", "`coaio.AT_SYMLINK_NOFOLLOW`, `AT_NO_AUTOMOUNT`, `AT_STATX_FORCE_SYNC`, `AT_STATX_DONT_SYNC`" },
      { "mask", "what is wanted", default = "`STATX_BASIC_STATS \\| STATX_BTIME`" },
    },
    errors = "as `aio_stat`; `EINVAL`: flags or mask. `ENOSYS`: the system is not Linux.",
    differs = "IO::AIO has only the synchronous `statx`, which coaio has too.",
  },
  {
    name = "aio_statvfs",
    does = [[
Returns what the system knows about a file system: `statvfs(3)`. The result is a table with `bsize frsize blocks
bfree bavail files ffree favail fsid flag namemax`; sizes in bytes, blocks in units of `frsize`, `flag` of
`coaio.ST_*`.]],
    args = { { "fh_or_path" } },
    errors = "`ENOENT`, `EACCES`, `EBADF`, `ENOSYS`.",
  },
  {
    name = "aio_utime",
    does = [[
Sets the times of access and modification: `utimensat(2)`, `futimens(3)`. Symbolic links are followed. A time is one of

* seconds since 1970: an integer is exact, a float is rounded to nanoseconds. Today two neighbouring floats are a
  quarter of a microsecond apart: if you give a file the `mtime` of another, both have the same `mtime`, but maybe
  not the same `mtimensec`;
* `{seconds, nanoseconds}`, two integers, which are exact: `{st.mtimesec, st.mtimensec}`;
* a stat object: its `atime` as first and its `mtime` as second argument, exactly, so that `aio_utime(path, st, st)`
  gives a file the times of another, as `touch -r` does;
* `coaio.TIME_OMIT`: the time stays as it is; `coaio.TIME_NOW`, or nil: the current time.

If the file system cannot store a time, it becomes the nearest one that the file system can store.]],
    args = {
      { "fh_or_path" },
      { "atime", "see above", type = "number or table or stat" },
      { "mtime", "the same", type = "number or table or stat" },
    },
    errors = [[`EACCES`, `EPERM` (not the owner), `EROFS`; `ENOTSUP`: below a confined wd Linux before 5.8 needs
/proc for it.]],
    differs = [[a time that is left out becomes the current time. In Perl both must be undef for that; if one is
undef, it becomes 1970.]],
  },
  {
    name = "aio_chown",
    does = "Sets owner and group: `fchownat(2)`, `fchown(2)`. Symbolic links are followed.",
    args = { { "fh_or_path" }, { "uid", "-1: not changed" }, { "gid", "-1: not changed" } },
    errors = "`EPERM`, `EROFS`; `EINVAL`: an id below -1 or above 4294967294.",
  },
  {
    name = "aio_chmod",
    does = "Sets the permission bits: `fchmodat(2)`, `fchmod(2)`. Symbolic links are followed.",
    args = { { "fh_or_path" }, { "mode", "with set-id and sticky bits; the type in the mode of a stat is ignored" } },
    errors = [[`EPERM` (not the owner), `EROFS`; `EINVAL`: the mode has other bits. `ENOTSUP`: below a confined wd
Linux before 6.6 needs /proc for it.]],
  },
}

local names = {
  title = "Names",
  {
    name = "aio_unlink",
    does = [[
Removes a name of a file, and with its last name the file: `unlinkat(2)`. For a symbolic link it removes the link
itself.]],
    args = { { "path" } },
    errors = "`ENOENT`, `EISDIR` (a directory), `EACCES`, `EPERM`, `EBUSY`.",
  },
  {
    name = "aio_rmdir",
    does = "Removes an empty directory: `rmdir(2)`. `aio_rmtree` removes a directory with everything in it.",
    args = { { "path" } },
    errors = "`ENOTEMPTY` or `EEXIST`, `ENOTDIR`, `EBUSY` (a mount point), `EINVAL` (`.`).",
    differs = "`{wd, \".\"}` is not a special case: it is `EINVAL`, as in `rmdir(2)`.",
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
    differs = "dev may be left out; a mode without a type makes a regular file, as in `mknod(2)`.",
  },
  {
    name = "aio_link",
    does = [[
Gives a file another name: `linkat(2)`. If `fh_or_path` is a symbolic link, the link itself gets the name. An open
file can get a name too, also if it has none yet: open a file with `coaio.O_TMPFILE`, write it, and give it a name,
so that it appears with all its content at once.]],
    args = { { "fh_or_path" }, { "new" } },
    errors = [[`EEXIST`, `EXDEV` (another file system), `EPERM` (a directory), `EMLINK`. For an open file also
`ENOENT`: it has no name left, or was opened with O_TMPFILE and O_EXCL; `ENOTSUP`: Linux before 6.10 needs /proc or
a privilege.]],
    differs = "takes an open file, too.",
  },
  {
    name = "aio_symlink",
    does = "Makes a symbolic link: `symlinkat(2)`. Its target need not exist.",
    args = { { "target", "the text of the link, which is stored unchanged" }, { "new", "the link" } },
    errors = [[`EEXIST`, `ENOENT` (an empty target, no parent), `ENAMETOOLONG`. The message names `new`; if the
target may be wrong, it names both.]],
  },
  {
    name = "aio_rename",
    does = "Renames a file within a file system, and replaces a file that has the new name: `renameat(2)`.",
    args = { { "old" }, { "new" } },
    errors = [[`ENOENT`, `EXDEV` (another file system: `aio_move`), `ENOTEMPTY`, `EISDIR`, `ENOTDIR`.]],
    differs = "`{wd, \".\"}` is not a special case.",
  },
  {
    name = "aio_rename2",
    does = "Like `aio_rename`, with flags: `renameat2(2)`.",
    args = {
      { "old" }, { "new" },
      { "flags", "`coaio.RENAME_NOREPLACE`, `RENAME_EXCHANGE`, `RENAME_WHITEOUT`" },
    },
    errors = [[as `aio_rename`; `EEXIST` (NOREPLACE); `EINVAL`: the file system cannot do it. `ENOSYS`: the system
is not Linux, and there are flags.]],
  },
  {
    name = "aio_readlink",
    does = "Returns the target of a symbolic link, of any length: `readlinkat(2)`.",
    args = { { "path" } },
    errors = "`EINVAL`: not a symbolic link. `ENOENT`, `EACCES`.",
  },
  {
    name = "aio_realpath",
    does = [[
Returns the absolute path, without symbolic links, `.` and `..`: `realpath(3)`. For `"."` that is the current
directory. Below a working directory it is the name that the kernel gives for the file, if that name leads to the
file. Without /proc it reads the directories on the way up instead.]],
    args = { { "path" } },
    errors = "`ENOENT` (also if the file was removed, or has no name below the root), `EACCES`, `ELOOP`.",
  },
}

local directories = {
  title = "Directories",
  {
    name = "aio_readdir",
    does = [[
Returns the names in a directory, all at once and in no order, without `.` and `..`: `getdents64(2)`, `readdir(3)`.
Names are bytes, and may contain anything but `/` and NUL. A directory that was removed (a wd may be) is empty. A
cancel stops the listing of a large directory half way.]],
    args = { { "path" } },
    errors = "`ENOENT`, `ENOTDIR`, `EACCES`.",
  },
  {
    name = "aio_readdirx",
    does = [[
Like `aio_readdir`, with flags:

* `coaio.READDIR_DENTS`: entries are lists `{name, type, inode}` without names of fields: `entry[2]` is the type,
  one of `coaio.DT_REG`, `DT_DIR`, `DT_LNK`, ... or `DT_UNKNOWN`, if the file system does not tell.
* `coaio.READDIR_DIRS_FIRST`: likely directories first. If the types are known, they decide. Otherwise dot files
  come first, then names without a dot, short ones first.
* `coaio.READDIR_STAT_ORDER`: sorted by inode number, the order in which stat is fast.

The second result is the flags, with `coaio.READDIR_FOUND_UNKNOWN` if the type of an entry is unknown.]],
    args = { { "path" }, { "flags", "any of the above" } },
    errors = "as `aio_readdir`.",
    differs = "unknown flags are ignored, and types are ordinary integers.",
  },
  {
    name = "aio_scandir",
    does = [[
Returns two lists of names: the directories, and everything else, which includes symbolic links to directories. If
the file system tells types, no entry is looked at. Otherwise likely directories are looked at first; if the link
count of the directory says how many there are, it stops when it has found them all.]],
    args = { { "path" }, { "maxreq", "accepted and ignored: one worker does everything", default = "0" } },
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
Each of these is one request: a single worker does all its steps, and checks between them whether the request was
cancelled. On failure the fourth value is the path that failed, which the message names as well. It is nil if the
system does not tell which of two paths it was.]],
  {
    name = "aio_load",
    does = [[Reads a whole file to its end, also a file of /proc, which claims to be empty, and a file that grows
meanwhile.]],
    args = { { "path" } },
    composite = true,
    result = { "a string", "string? data" },
    errors = "those of open and read. If the path names a FIFO, the request waits for a writer, on the slow lane.",
    differs = "the data is the result. `aio_slurp` does the same work, so neither is faster.",
  },
  {
    name = "aio_slurp",
    does = [[Opens a file, reads a part of it and closes it. With a buffer the bytes become its content. A buffer
that is fixed, or that another request uses, cannot grow: it raises if the bytes do not fit.]],
    lua = { "(path, offset, length) -> string", "(path, offset, length, buffer) -> integer" },
    args = {
      { "path" },
      { "offset", "negative counts from the end: the place where reading ends, not the size that the file claims" },
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
Copies a regular file: as a reflink, if the file system can do that; otherwise with `copy_file_range(2)`; if the
system refuses that too, by reading and writing. Holes stay holes. The source is read to its end, whatever size it
claims.

An existing destination keeps its inode and its other names, and is overwritten. It stays as it is until the first
bytes of the source have been read. Then it is emptied, and loses the permission bits that the source does not have,
before it gets a byte. If the copy fails or is cancelled after that, the partial file is removed, also if it existed
before. (If the destination is a symbolic link, the file that the link leads to is removed.)

Times, permission bits (without set-id), owner and group are copied too, as far as the process may set them.
Extended attributes, ACLs and capabilities are not: an existing destination keeps its attributes and ACLs, and a new
one gets those of its directory.]],
    args = { { "old" }, { "new" } },
    composite = true,
    errors = [[`EINVAL`: both paths are the same file, which stays whole; or one of them is not a regular file, and
is not opened. `EISDIR`. Those of reading `old` and of writing `new`.]],
    differs = [[IO::AIO truncates a file that is copied onto itself, copies 0 bytes of files of /proc, and fills
holes. Set-id bits are not copied, since the copy may have another owner.]],
  },
  {
    name = "aio_move",
    does = [[
Renames a file. If `new` is on another file system, and `old` is a regular file, it is copied to a temporary file
beside `new` (named `.coaio-` and 16 digits), which is then renamed. So a file at `new` is replaced as a rename
replaces it: it stays whole until then, a symbolic link is replaced itself, and a file with several names loses only
this one. Whatever a rename would refuse is refused before the copy.

As after mv(1), the new file has the content, holes, times and permission bits of the old one, and, if allowed, its
owner and group. Unlike mv(1) it does not keep set-id bits, extended attributes, ACLs and capabilities. If the old
file has other names, they keep the old file. The source is removed last, if it is still the file that was copied.
Bytes that are written to it meanwhile may be lost.]],
    args = { { "old" }, { "new" } },
    composite = true,
    errors = [[those of `aio_rename`; to another file system also those of reading `old` and of writing beside
`new`. `EXDEV`: `new` is on another file system, and `old` is not a regular file. After a failure or a cancel both
files are as they were, and there is no temporary file. The exception is a source that cannot be removed after the
copy (a sticky directory): then the file exists twice.]],
  },
  {
    name = "aio_rmtree",
    does = [[
Removes a directory with everything in it, or a single file. It descends by directory descriptors and never follows
a symbolic link, also if another program puts one in the place of a directory meanwhile: the link itself is removed.
The directory that contains the path is looked up once, so that nothing that takes its name meanwhile is removed.
Depth is not limited, and three descriptors are enough. An error does not stop it: it removes what it can, and
reports the first error.]],
    args = { { "path" } },
    composite = true,
    errors = [[the first one that occurred, with the path where it occurred. `EBUSY` (`/`), `EINVAL` (a path that
ends in `.` or `..`), `ENOTDIR` (a path that ends in a slash and is not a directory, but for example a link).]],
    differs = [[IO::AIO reports only the error of the last rmdir (`ENOTEMPTY`), and works with paths, which another
program can swap.]],
  },
  {
    name = "aio_pathsync",
    does = "Opens a path for reading, syncs it and closes it. Use it for a directory after renames in it.",
    args = { { "path" } },
    composite = true,
    errors = "those of open and fsync; `EINVAL`: the path is not a file, directory or block device, and is not opened.",
  },
}

local durability = {
  title = "Durability",
  {
    name = "aio_sync",
    does = "Writes all file systems to their disks: `sync(2)`.",
    args = {},
  },
  {
    name = "aio_syncfs",
    does = [[
Writes the file system of an open file to its disk: `syncfs(2)`. If the system lacks that, it writes all of them.]],
    args = { { "fh" } },
    errors = "`EIO`, `ENOSPC`, `EBADF`.",
    differs = "uses `sync(2)` if the system has no `syncfs(2)`.",
  },
  {
    name = "aio_fsync",
    does = "Writes a file to its disk, data and metadata: `fsync(2)`.",
    args = { { "fh" } },
    errors = "`EIO`, `ENOSPC`, `EDQUOT`; `EINVAL` (a pipe or socket); `EROFS`.",
  },
  {
    name = "aio_fdatasync",
    does = "Writes a file to its disk, without the metadata that is not needed to read it: `fdatasync(2)`.",
    args = { { "fh" } },
    errors = "as `aio_fsync`.",
  },
  {
    name = "aio_sync_file_range",
    does = [[Starts to write a range of a file's data to the disk, or waits for it: `sync_file_range(2)`. If the
system lacks that: `fdatasync(2)`.]],
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
Calls `fcntl(2)`. If it waits for a lock, it does so on the slow lane, and a cancel ends the wait. A lock is a
table, `{type = coaio.F_WRLCK, whence = coaio.SEEK_SET, start = 0, len = 0}`. Without whence and start it begins at
the start of the file; without a len it reaches to the end and beyond. `F_GETLK` fills the table with the lock that
is in the way and the `pid` of its owner, or, if no lock is in the way, with the type `F_UNLCK`. `F_DUPFD` makes a
descriptor that is close-on-exec, as `F_DUPFD_CLOEXEC` does: an integer, for you to close.

The locks of `F_SETLK` belong to the process. It loses all its locks on a file when it closes any descriptor of that
file. Not only `aio_close` does that, but also `aio_load`, `aio_slurp`, `aio_pathsync`, `aio_copy` (for both files)
and `aio_move` (to another file system). The locks of `F_OFD_SETLK` belong to the open file, and stay.]],
    args = {
      { "fh" }, { "cmd", "`coaio.F_*`" },
      { "arg", "an integer; a lock; or a buffer or string, which is copied in, and what comes back: into the buffer, "
        .. "or as second result", type = "integer or table or buffer or string", default = "0" },
    },
    errors = [[`EAGAIN`, `EACCES` (a lock is taken), `EDEADLK`, `EINVAL`; `ERANGE`: the owner for F_GETOWN is a
process group, which is a negative number (F_GETOWN_EX tells it).]],
    differs = "a lock is a table; Perl needs pack.",
  },
  {
    name = "aio_ioctl",
    does = "Calls `ioctl(2)`, on the slow lane.",
    args = {
      { "fh" }, { "request", "the number" },
      { "arg", "an integer; or a buffer or string, which is copied in, and what comes back: into the buffer, or as "
        .. "second result", type = "integer or buffer or string", default = "0" },
    },
    errors = "`ENOTTY`, `EINVAL`, `EFAULT`.",
    differs = "the system call uses a copy, never the memory of the caller.",
  },
  {
    name = "aio_flock",
    does = [[
Locks a whole open file, or unlocks it: `flock(2)`. The lock belongs to the open file: if a program opens a file
twice, the two exclude each other, and the last close of an open file ends its lock. A close of the file, or a
cancel, ends the wait.]],
    args = {
      { "fh" },
      { "operation", "`coaio.LOCK_SH`, `LOCK_EX` or `LOCK_UN`, with `\\| coaio.LOCK_NB` in order not to wait" },
    },
    errors = "`EAGAIN` (LOCK_NB, and the file is locked already), `EINVAL`, `ENOLCK`.",
    differs = "IO::AIO has only the constants.",
  },
  {
    name = "aio_msync",
    does = "Writes mapped memory to its file: `msync(2)`.",
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
      { "flags", "0 reads a byte of each page, `coaio.MT_MODIFY` also writes it back" },
    },
    errors = "`EINVAL`.",
  },
  {
    name = "aio_mlock",
    does = "Reads a range into memory and keeps it there: `mlock(2)`. `coaio.munlock` ends that.",
    args = {
      { "buffer", "from `coaio.mmap`, or any other" }, { "offset" }, { "length", default = "to its end" },
    },
    errors = "`ENOMEM` (more than the limit), `EPERM`.",
  },
  {
    name = "aio_mlockall",
    does = "Keeps the whole process in memory: `mlockall(2)`. `coaio.munlockall` ends that.",
    args = { { "flags", "`coaio.MCL_CURRENT`, `MCL_FUTURE`, `MCL_ONFAULT`" } },
    errors = "`ENOMEM`, `EPERM`, `EINVAL`.",
  },
}

local others = {
  title = "Working directories, groups and nothing",
  {
    name = "aio_wd",
    does = [[
Opens a directory (a wd) from which paths are resolved. Requests take the wd as a path, and `{wd, "name"}` as a path
below it. The wd stays the same directory if that is renamed, and the current directory of the process does not
matter. With `{beneath = true}` no path may leave the directory, neither by `..` nor by symbolic links nor by `/`:
such a path is `EXDEV`. `coaio.CWD` is the current directory.]],
    args = {
      { "path" },
      { "options", "`{beneath = true}`: confine the paths", type = "table", default = "none" },
    },
    errors = [[`ENOENT`, `ENOTDIR`, `EACCES`; `ENOSYS`: the kernel cannot confine paths (Linux before 5.6, other
systems).]],
    differs = [[has `beneath`. If the directory cannot be opened, the request fails; IO::AIO returns an object that
fails later.]],
  },
  {
    name = "aio_group",
    lua = { "([callback]) -> group" },
    stub = "---@param callback? async fun(...)\n---@return coaio.group\nfunction coaio.aio_group(callback) end",
    does = [[
Makes a group, a request that waits for other requests, its members. Members are request objects of the callback
style (`coaio.request`), also groups. A group finishes when it has no member left. A member is done when its
callback has ended, and until then more members may be added. A group of `coaio.aio_group` stays open until a call
of `aio_wait`, `:result` or `:close`. A group of `request.aio_group` finishes at the next poll if it is empty. In C
see `coaio_group` and the functions after it in `coaio.h`.

* `:add(request...)` adds members and returns its arguments. `:cancel()` cancels the members and the group;
  `:cancel_subs()` cancels only the members, and drops the feeder.
* `:result(...)` sets the values that the callback gets. `:errno(number)` makes the group fail with that error (0:
  not).
* `:feed(fn)` makes fn the feeder: `fn(group)` is called now, and whenever there are fewer members than `:limit(n)`
  (2 at first, 0 pauses), to add some. A feeder that adds none, or raises, is dropped. It cannot yield: a request in
  coroutine style in it blocks everything until it is done.]],
    args = {},
    result = { "a group; the callback and `aio_wait` get what `:result` set, `true` by default" },
    errors = "the error that was set by `:errno`; `ECANCELED`.",
    differs = "a cancelled group completes, with `ECANCELED`. A callback may wait. Groups have `:close`.",
  },
  {
    name = "aio_nop",
    does = "Does nothing, successfully. It goes through the same queues as other requests, so it can measure them.",
    args = {},
    differs = "it completes at once if that is allowed (`coaio.max_inline`), and does not wait for a free worker.",
  },
  {
    name = "aio_busy",
    does = "Keeps a worker busy for some time. It is meant for tests and demonstrations.",
    args = { { "seconds" } },
    errors = "`EINVAL`: a billion seconds or more (from C).",
    differs = "has the same kind of name as all requests; in Perl it is `IO::AIO::aio_busy`.",
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
