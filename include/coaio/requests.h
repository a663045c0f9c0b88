/*
 * coaio: the requests, one function each.               See LICENSE for copyright.
 *
 * Each function submits one request and returns it, or NULL when out of memory (or called from a thread that does not
 * own the engine). Everything else that can go wrong is its result, -errno: first of all -EINVAL for an argument out
 * of range. `cb` may be NULL: then coaio_reap delivers. Paths are copied; `wd` NULL is the current directory.
 * Where no source is named, meaning and errors are those of the system call of the same name (section 2 of the manual).
 */
#ifndef COAIO_REQUESTS_H
#define COAIO_REQUESTS_H

#include "../coaio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Codes are part of the ABI: new ones are appended, none is ever reused. */
enum coaio_opcode {
    COAIO_NOP = 1,
    COAIO_BUSY = 2,
    COAIO_SLEEP = 3,
    COAIO_OPEN = 4,
    COAIO_CLOSE = 5,
    COAIO_SEEK = 6,
    COAIO_READ = 7,
    COAIO_WRITE = 8,
    COAIO_SENDFILE = 9,
    COAIO_READAHEAD = 10,
    COAIO_STAT = 11,
    COAIO_LSTAT = 12,
    COAIO_FSTAT = 13,
    COAIO_STATVFS = 14,
    COAIO_UTIME = 15,
    COAIO_CHOWN = 16,
    COAIO_CHMOD = 17,
    COAIO_TRUNCATE = 18,
    COAIO_ALLOCATE = 19,
    COAIO_UNLINK = 20,
    COAIO_RMDIR = 21,
    COAIO_MKDIR = 22,
    COAIO_MKNOD = 23,
    COAIO_LINK = 24,
    COAIO_SYMLINK = 25,
    COAIO_RENAME = 26,
    COAIO_RENAME2 = 27,
    COAIO_READLINK = 28,
    COAIO_REALPATH = 29,
    COAIO_READDIR = 30,
    COAIO_READDIRX = 31,
    COAIO_SYNC = 32,
    COAIO_SYNCFS = 33,
    COAIO_FSYNC = 34,
    COAIO_FDATASYNC = 35,
    COAIO_SYNC_FILE_RANGE = 36,
    COAIO_GROUP = 37,
    COAIO_FIEMAP = 38,
    COAIO_FCNTL = 39,
    COAIO_IOCTL = 40,
    COAIO_MSYNC = 41,
    COAIO_MTOUCH = 42,
    COAIO_MLOCK = 43,
    COAIO_MLOCKALL = 44,
    COAIO_SLURP = 45,
    COAIO_LOAD = 46,
    COAIO_COPY = 47,
    COAIO_MOVE = 48,
    COAIO_SCANDIR = 49,
    COAIO_RMTREE = 50,
    COAIO_PATHSYNC = 51,
    COAIO_WD = 52,
    COAIO_STATX = 53,
    COAIO_FLOCK = 54
};

/* ---- result memory, of fixed layout ---------------------------------------------------------------------------- */

/* A time of any year: seconds since 1970, and nanoseconds after that. */
typedef struct coaio_time {
    int64_t  sec;
    uint32_t nsec; /* 0..999999999, or one of the values below */
    uint32_t reserved;
} coaio_time;

enum coaio_nsec {
    COAIO_NSEC_OMIT = 0x3ffffffe, /* in an argument: leave that time as it is */
    COAIO_NSEC_NOW = 0x3fffffff,  /* in an argument: the current time */
    COAIO_NSEC_NONE = 0x40000000  /* in a result: there is no such time */
};

typedef struct coaio_statbuf {
    uint64_t dev, ino, mode, nlink, uid, gid, rdev;
    int64_t  size, blksize, blocks; /* bytes, bytes, units of 512 bytes */
    int64_t  atime_ns, mtime_ns, ctime_ns; /* nanoseconds since 1970; the nearest, if before 1677 or after 2262 */
    int64_t  btime_ns;              /* birth; -1 where the file system does not record it */
    coaio_time atime, mtime, ctime; /* the same, exact */
    coaio_time btime;               /* COAIO_NSEC_NONE where the file system does not record it */
} coaio_statbuf;

/* As struct statx of Linux: fields mean something where `mask` has their STATX_ bit. Later versions may add fields. */
typedef struct coaio_statxbuf {
    uint32_t mask, mode, uid, gid, dev_major, dev_minor, rdev_major, rdev_minor;
    uint64_t ino, nlink, size, blksize, blocks; /* size, blksize: bytes; blocks: units of 512 bytes */
    uint64_t attributes, attributes_mask; /* STATX_ATTR_*: those that it has, and those that its file system tells */
    coaio_time atime, mtime, ctime, btime;
} coaio_statxbuf;

/* As struct statvfs of POSIX. */
typedef struct coaio_statvfsbuf {
    uint64_t bsize, frsize, blocks, bfree, bavail, files, ffree, favail, fsid, flag, namemax;
} coaio_statvfsbuf;

typedef struct coaio_dirent {
    const char *name;   /* ended by NUL; never "." or ".." */
    uint64_t    ino COAIO_ALIGNED;
    uint32_t    length; /* of the name */
    uint32_t    type;   /* DT_REG, DT_DIR, ... or DT_UNKNOWN (0) */
} coaio_dirent;

typedef struct coaio_listing {
    uint64_t      count;
    uint32_t      flags; /* enum coaio_readdir_flags */
    uint32_t      reserved;
    coaio_dirent *entry COAIO_ALIGNED; /* count of them */
} coaio_listing;

/* Of scandir: what can be entered, and everything else. */
typedef struct coaio_lists {
    coaio_listing dirs, nondirs;
} coaio_lists;

/* As struct fiemap_extent of Linux: positions and length in bytes, FIEMAP_EXTENT_* flags. */
typedef struct coaio_extent {
    uint64_t logical, physical, length;
    uint32_t flags, reserved;
} coaio_extent;

/* IO::AIO's aio_readdirx flags, with its values. */
enum coaio_readdir_flags {
    COAIO_READDIR_DENTS = 0x01,        /* entries with type and inode (Lua: tables instead of names) */
    COAIO_READDIR_DIRS_FIRST = 0x02,   /* likely directories first */
    COAIO_READDIR_STAT_ORDER = 0x04,   /* in the order in which stat is fast */
    COAIO_READDIR_FOUND_UNKNOWN = 0x80 /* in the result: some entries have type DT_UNKNOWN */
};

#define COAIO_TIME_NOW INT64_MIN         /* a time argument: the current time */
#define COAIO_TIME_OMIT (INT64_MIN + 1)  /* a time argument: leave it as it is */
#define COAIO_TIME_EXACT (INT64_MIN + 2) /* a time argument of coaio_submit: what the coaio_time says that `p` is */

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* Open a file: openat(2) with O_CLOEXEC. Result: the descriptor. */
COAIO_EXTERN coaio_req *coaio_open(coaio_engine *engine, coaio_wd *wd, const char *path, int flags, uint32_t mode,
                                   coaio_cb cb, void *data);

/*
 * Close a descriptor. Result: 0, or the error of close(2); the descriptor is gone in either case. After a cancel or
 * timeout it is still there if coaio_outcome is -ECANCELED, and else it is closed, now or later. It does not wait for
 * requests that use the descriptor, of which there must be none; but for those that were cancelled and are under way.
 */
COAIO_EXTERN coaio_req *coaio_close(coaio_engine *engine, int fd, coaio_cb cb, void *data);

/* Move the descriptor's own position: lseek(2). Result: the new position. */
COAIO_EXTERN coaio_req *coaio_seek(coaio_engine *engine, int fd, int64_t offset, int whence, coaio_cb cb, void *data);

/*
 * Read up to `length` bytes at `offset` (-1: at the descriptor's own position, which moves): pread(2), read(2).
 * `buf` is the caller's and must stay valid until completion, or NULL: then the engine sizes the memory by what there
 * is to read, and coaio_data has it. Result: bytes read, 0 at end of file; fewer than asked is not an error.
 * Cancelled while it waits for a pipe, socket or terminal it has read nothing, and coaio_outcome is -ECANCELED; if it
 * was just reading, coaio_outcome is what it took.
 * Several at one position are served in any order; each byte is read by one of them.
 *
 * With COAIO_TO_END (coaio_next) one of a regular file, of whatever file system, or of a block device goes on until no
 * more comes: with `buf` NULL whatever `length` is, else until the buffer is full. An error on the way is the result,
 * whatever was read before. Of pipes, sockets and the like it reads what is there, once.
 */
COAIO_EXTERN coaio_req *coaio_read(coaio_engine *engine, int fd, void *buf, size_t length, int64_t offset, coaio_cb cb,
                                   void *data);

/*
 * Write `length` bytes of `buf` at `offset` (-1: at the descriptor's own position): pwrite(2), write(2). `buf` must
 * stay valid until completion. Result: bytes written, possibly fewer than asked; a pipe or stream socket takes them
 * all, however long that takes, unless it fails on the way. Cancelled there, coaio_outcome is the part that it took. A
 * broken pipe is -EPIPE, and what is beyond RLIMIT_FSIZE -EFBIG: no signals.
 */
COAIO_EXTERN coaio_req *coaio_write(coaio_engine *engine, int fd, const void *buf, size_t length, int64_t offset,
                                    coaio_cb cb, void *data);

/*
 * Copy up to `length` bytes of `in_fd` from `in_offset` to `out_fd` at its own position: sendfile(2), or read and
 * write where the system refuses the pair. `in_offset` -1: in_fd's own position, which moves. Result: bytes copied.
 * One at a time from, or to, one position: the system does not keep two of them apart.
 *
 * With COAIO_TO_END (coaio_next) it goes on, up to `length`, until no more comes of a regular file or block device, but
 * not beyond the size that the file has when it begins: the two may be one file. An error on the way is the result, but
 * for -EAGAIN: then it is the bytes copied so far.
 */
COAIO_EXTERN coaio_req *coaio_sendfile(coaio_engine *engine, int out_fd, int in_fd, int64_t in_offset, size_t length,
                                       coaio_cb cb, void *data);

/* Read a range, however long, into the page cache: readahead(2), elsewhere by reading it. Result: 0. */
COAIO_EXTERN coaio_req *coaio_readahead(coaio_engine *engine, int fd, int64_t offset, size_t length, coaio_cb cb,
                                        void *data);

/*
 * Set a file's length: truncate(2), ftruncate(2). Below a wd the file is opened for that only where there is no /proc.
 * Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_truncate(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t length,
                                       coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_ftruncate(coaio_engine *engine, int fd, int64_t length, coaio_cb cb, void *data);

/* Allocate or free file space: fallocate(2) with its mode flags (FALLOC_FL_*); mode 0 elsewhere posix_fallocate. 0. */
COAIO_EXTERN coaio_req *coaio_allocate(coaio_engine *engine, int fd, int mode, int64_t offset, int64_t length,
                                       coaio_cb cb, void *data);

/* ---- metadata ---------------------------------------------------------------------------------------------------- */

/* stat(2), lstat(2), fstat(2). Result: 0, and coaio_data is a coaio_statbuf. */
COAIO_EXTERN coaio_req *coaio_stat(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_lstat(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_fstat(coaio_engine *engine, int fd, coaio_cb cb, void *data);

/*
 * statx(2): `flags` are AT_* (AT_SYMLINK_NOFOLLOW, AT_STATX_DONT_SYNC), `mask` STATX_*. Result: 0, and coaio_data is a
 * coaio_statxbuf. -ENOSYS elsewhere than on Linux.
 */
COAIO_EXTERN coaio_req *coaio_statx(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags, uint32_t mask,
                                    coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_fstatx(coaio_engine *engine, int fd, uint32_t flags, uint32_t mask, coaio_cb cb,
                                     void *data);

/* statvfs(3), fstatvfs(3). Result: 0, and coaio_data is a coaio_statvfsbuf. */
COAIO_EXTERN coaio_req *coaio_statvfs(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_fstatvfs(coaio_engine *engine, int fd, coaio_cb cb, void *data);

/*
 * Set access and modification time, nanoseconds or COAIO_TIME_NOW or _OMIT: utimensat(2), futimens(3). Below a confined
 * wd Linux before 5.8 needs /proc for it: -ENOTSUP where that is missing. Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_utime(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t atime_ns,
                                    int64_t mtime_ns, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_futime(coaio_engine *engine, int fd, int64_t atime_ns, int64_t mtime_ns, coaio_cb cb,
                                     void *data);

/* The same, with times of any year: those of coaio_stat, to the nanosecond. NULL: the current time. Result: 0. */
COAIO_EXTERN coaio_req *coaio_utimens(coaio_engine *engine, coaio_wd *wd, const char *path, const coaio_time *atime,
                                      const coaio_time *mtime, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_futimens(coaio_engine *engine, int fd, const coaio_time *atime, const coaio_time *mtime,
                                       coaio_cb cb, void *data);

/* Set owner and group, -1 leaves one as it is: chown(2), fchown(2). Result: 0. */
COAIO_EXTERN coaio_req *coaio_chown(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t uid, int64_t gid,
                                    coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_fchown(coaio_engine *engine, int fd, int64_t uid, int64_t gid, coaio_cb cb, void *data);

/* Set permission bits: chmod(2), fchmod(2). Below a confined wd Linux before 6.6 needs /proc for it: -ENOTSUP where it
   is missing. Result: 0. */
COAIO_EXTERN coaio_req *coaio_chmod(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t mode, coaio_cb cb,
                                    void *data);
COAIO_EXTERN coaio_req *coaio_fchmod(coaio_engine *engine, int fd, uint32_t mode, coaio_cb cb, void *data);

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* unlink(2), rmdir(2). Result: 0. */
COAIO_EXTERN coaio_req *coaio_unlink(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_rmdir(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);

/* mkdir(2), mknod(2). The umask of the process applies, as it is when the request runs. Result: 0. */
COAIO_EXTERN coaio_req *coaio_mkdir(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t mode, coaio_cb cb,
                                    void *data);
COAIO_EXTERN coaio_req *coaio_mknod(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t mode, uint64_t dev,
                                    coaio_cb cb, void *data);

/*
 * link(2) (a symbolic link itself is linked, not followed), symlink(2), rename(2), renameat2(2). Result: 0.
 *
 * coaio_flink links an open file, which with O_TMPFILE has no name yet: linkat(2) with AT_EMPTY_PATH. Linux before 6.10
 * wants CAP_DAC_READ_SEARCH for that or else /proc, later ones only where the file was opened with other rights:
 * -ENOTSUP where there is neither. -ENOENT: the file has no name left, or shall have none (O_TMPFILE | O_EXCL).
 */
COAIO_EXTERN coaio_req *coaio_link(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                                   const char *new_path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_flink(coaio_engine *engine, int fd, coaio_wd *new_wd, const char *new_path, coaio_cb cb,
                                    void *data);
COAIO_EXTERN coaio_req *coaio_symlink(coaio_engine *engine, const char *target, coaio_wd *wd, const char *path,
                                      coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_rename(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                                     const char *new_path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_rename2(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                                      const char *new_path, uint32_t flags, coaio_cb cb, void *data);

/* readlink(2), of any length; realpath(3), in any wd, also where /proc is missing: it then reads the directories on
   the way up. Result: the string's length, and coaio_data is the string. */
COAIO_EXTERN coaio_req *coaio_readlink(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_realpath(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);

/*
 * List a directory, without "." and "..": getdents64(2), readdir(3). One that was removed is empty. `flags`: enum
 * coaio_readdir_flags, after IO::AIO's aio_readdirx. Result: the number of entries, and coaio_data is a coaio_listing.
 */
COAIO_EXTERN coaio_req *coaio_readdir(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_readdirx(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags,
                                       coaio_cb cb, void *data);

/* ---- durability -------------------------------------------------------------------------------------------------- */

/* sync(2), syncfs(2), fsync(2), fdatasync(2), sync_file_range(2) (elsewhere fdatasync). Result: 0. */
COAIO_EXTERN coaio_req *coaio_sync(coaio_engine *engine, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_syncfs(coaio_engine *engine, int fd, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_fsync(coaio_engine *engine, int fd, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_fdatasync(coaio_engine *engine, int fd, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_sync_file_range(coaio_engine *engine, int fd, int64_t offset, int64_t length,
                                              uint32_t flags, coaio_cb cb, void *data);

/*
 * Open a file, directory or block device for reading, fsync(2) and close it: for directories, after names in them
 * changed. Anything else is -EINVAL, and not opened. Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_pathsync(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);

/* ---- whole files and trees --------------------------------------------------------------------------------------- */

/* What fails here tells the path it failed on: coaio_error_path. Cancelling stops it between two steps. */

/*
 * Read a part of a file, or all of it: open, read, close. `offset` < 0 counts from the end, and is -EINVAL before the
 * start; `length` 0 is all the rest. Files of /proc, FIFOs and the like are read to their end too. Result: the bytes
 * read, and coaio_data has them.
 */
COAIO_EXTERN coaio_req *coaio_slurp(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t offset,
                                    uint64_t length, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_load(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);

/*
 * Copy a regular file, with its times, permission bits (no set-id bits) and, where allowed, owner and group; without
 * extended attributes, ACLs and capabilities. Holes stay holes.
 * What is at the new path is overwritten, unless it is no regular file (-EISDIR, -EINVAL, and it is not opened) or the
 * source itself (-EINVAL). It is as it was until the first bytes of the source have been read; then it loses what it
 * contains, and the permission bits that the source does not give. A copy that fails or is cancelled after that removes
 * it, as it does a file that it made. Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_copy(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                                   const char *new_path, coaio_cb cb, void *data);

/*
 * Rename; to another file system what looks like one, of regular files: others are -EXDEV. The file is copied to a
 * temporary name (".coaio-" and 16 digits) beside the new path, which is then renamed, and so replaces what a rename
 * would; until then what is there is whole. If that fails or is cancelled the temporary file is removed. The source is
 * removed last; where that turns out not to be allowed both files are there. The new one gets what coaio_copy gives.
 * Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_move(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                                   const char *new_path, coaio_cb cb, void *data);

/*
 * List a directory as coaio_readdir does, its subdirectories (not symbolic links to such) apart from the rest, looking
 * at as few entries as its file system allows. `maxreq` is there for IO::AIO's sake: one entry is looked at at a time.
 * Result: the number of entries, and coaio_data is a coaio_lists.
 */
COAIO_EXTERN coaio_req *coaio_scandir(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t maxreq,
                                      coaio_cb cb, void *data);

/*
 * Remove a directory and everything in it, or what there is of another kind: a symbolic link itself, and also one that
 * is put in the place of a directory meanwhile. After an error it removes what else it can. Result: 0, or the first
 * error. What slashes follow must be a directory, and no link to one: -ENOTDIR. "/", and paths that end in "." or "..",
 * are refused: -EBUSY, -EINVAL. It needs three descriptors, and uses a few more where there are some.
 */
COAIO_EXTERN coaio_req *coaio_rmtree(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data);

/*
 * Open a working directory, which need not be readable. `flags`: enum coaio_wd_flags. With COAIO_WD_BENEATH -ENOSYS
 * where the kernel lacks openat2(2). One below a confined directory is confined too. Result: 0, and coaio_wd_take
 * has it.
 */
COAIO_EXTERN coaio_req *coaio_wd_open(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags, coaio_cb cb,
                                      void *data);

/* ---- straight to the kernel -------------------------------------------------------------------------------------- */

/*
 * fcntl(2) and ioctl(2), the latter, and waits for locks, on the slow lane. `bytes` NULL: with the integer
 * `argument`; else with a copy of these bytes, which coaio_data has afterwards, as the call left them. They must be as
 * many as the command reads and writes. F_DUPFD makes a descriptor that is close-on-exec, as F_DUPFD_CLOEXEC does.
 * Result: what the call returned.
 */
COAIO_EXTERN coaio_req *coaio_fcntl(coaio_engine *engine, int fd, int64_t command, int64_t argument, const void *bytes,
                                    size_t size, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_ioctl(coaio_engine *engine, int fd, int64_t command, int64_t argument, const void *bytes,
                                    size_t size, coaio_cb cb, void *data);

/*
 * flock(2): `operation` is LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB if it is not to wait, which is
 * -EAGAIN if it would have to. The lock belongs to the open file. A wait can be cancelled. Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_flock(coaio_engine *engine, int fd, int operation, coaio_cb cb, void *data);

/*
 * Where a file lies on its device: FS_IOC_FIEMAP of Linux, elsewhere -ENOSYS. `length` 0: to the end. `count`: at most
 * so many extents, UINT32_MAX for all; 0 only counts them. Result: their number, and coaio_data is an array of
 * coaio_extent, which is missing when they were only counted.
 */
COAIO_EXTERN coaio_req *coaio_fiemap(coaio_engine *engine, int fd, int64_t offset, uint64_t length, uint32_t flags,
                                     uint32_t count, coaio_cb cb, void *data);

/*
 * msync(2) (flags 0: MS_SYNC), mlock(2), and touching: reading, or with flag 1 (MT_MODIFY) also writing, each page of
 * memory. The range is the caller's and must stay mapped until completion. It need not begin with a page. Result: 0.
 */
COAIO_EXTERN coaio_req *coaio_msync(coaio_engine *engine, void *memory, size_t length, uint32_t flags, coaio_cb cb,
                                    void *data);
COAIO_EXTERN coaio_req *coaio_mtouch(coaio_engine *engine, void *memory, size_t length, uint32_t flags, coaio_cb cb,
                                     void *data);
COAIO_EXTERN coaio_req *coaio_mlock(coaio_engine *engine, const void *memory, size_t length, coaio_cb cb, void *data);

/* mlockall(2). Result: 0. */
COAIO_EXTERN coaio_req *coaio_mlockall(coaio_engine *engine, uint32_t flags, coaio_cb cb, void *data);

/* ---- nothing, in three ways ------------------------------------------------------------------------------------- */

/* Complete at the next poll. Keep a worker busy for so many seconds. Complete after so many seconds, using nobody. */
COAIO_EXTERN coaio_req *coaio_nop(coaio_engine *engine, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_busy(coaio_engine *engine, double seconds, coaio_cb cb, void *data);
COAIO_EXTERN coaio_req *coaio_sleep(coaio_engine *engine, double seconds, coaio_cb cb, void *data);

#ifdef __cplusplus
}
#endif

#endif
