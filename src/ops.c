/*
 * THE TABLE: one row per request. Start reading here.
 *
 * A row says what a request is called, what it takes (argument kinds, in the order of its Lua
 * signature) and gives, which function does it on a worker (run), and on which workers (lane). If
 * they exist: the attempt to do it at once (try_inline), the function that prepares it for io_uring
 * with the opcode to probe for, what the ring cannot do (ring_refuses), what becomes of its answer
 * (after), and the memory that is made first (memory). Dispatch, argument copying and freeing, the
 * Lua layer and the coverage tests all derive from these rows: a request added here appears in Lua
 * by itself.
 *
 * What a request means is documented at its function in coaio/requests.h; what a column means, in
 * ops/ops.h.
 *
 * tools/gen_docs.lua reads this file as text. So each row is `[COAIO_X] = { ... }` and begins with
 * `.info = {"name", COAIO_X, COAIO_RESULT_KIND, number, {KINDS}}`; who does it is said by RUN,
 * BRIEF, VARIES, TRY, ALONE and RING; and .own_position, LENGTH_IS and .mode are written as below.
 */
#include "ops/ops.h"

#include <sys/stat.h>

#include "ops/at_once.h"
#include "ops/composite.h"
#include "ops/control.h"
#include "ops/prep.h"
#include "ops/read.h"
#include "ops/run.h"
#include "ops/try.h"

enum kind {
    FD = COAIO_ARG_FD,
    FD2 = COAIO_ARG_FD2,
    PATH = COAIO_ARG_PATH,
    PATH2 = COAIO_ARG_PATH2,
    TARGET = COAIO_ARG_TARGET,
    TEXT = COAIO_ARG_TEXT,
    FLAGS = COAIO_ARG_FLAGS,
    MODE = COAIO_ARG_MODE,
    OFFSET = COAIO_ARG_OFFSET,
    LENGTH = COAIO_ARG_LENGTH,
    MEMORY = COAIO_ARG_MEMORY,
    BYTES = COAIO_ARG_BYTES,
    DELTA = COAIO_ARG_DELTA,
    WHENCE = COAIO_ARG_WHENCE,
    UID = COAIO_ARG_UID,
    GID = COAIO_ARG_GID,
    ATIME = COAIO_ARG_ATIME,
    MTIME = COAIO_ARG_MTIME,
    DEV = COAIO_ARG_DEV,
    SECONDS = COAIO_ARG_SECONDS,
    COUNT = COAIO_ARG_COUNT,
    COMMAND = COAIO_ARG_COMMAND,
    ARGUMENT = COAIO_ARG_ARGUMENT,
    RANGE = COAIO_ARG_RANGE,
    MASK = COAIO_ARG_MASK
};

enum {
    PERMISSIONS = 07777,
    REQUIRED = -1 /* a mode that cannot be left out: no mask lets it pass */
};

/* What attempts cost. */
enum {
    NOTHING = COAIO__NOTHING_COST,
    CALL = COAIO__CALL_COST,
    SEVERAL_CALLS = COAIO__SEVERAL_COST
};

#define RUN(function, where) .run = (function), .lane = COAIO__LANE_##where
#define BRIEF(function, where) RUN(function, where), .span = COAIO__SPAN_BRIEF
#define VARIES(function, where) RUN(function, where), .span = COAIO__SPAN_VARIES
#define TRY(function, what) .try_inline = (function), .cost = (what)
#define ALONE(function) TRY(function, SEVERAL_CALLS), .alone = true
#define LENGTH_IS(what) .length = COAIO__LENGTH_##what
#define RING COAIO__RING
#define REFUSES COAIO__RING_REFUSES
#define MEMORY_BY(function) .memory = (function)
#define AFTER COAIO__RING_AFTER
#define AT_ONCE COAIO__AT_ONCE
#ifdef STATX_BASIC_STATS
#define RING_STAT(function, opcode) \
    RING(function, opcode), MEMORY_BY(coaio__stat_memory), AFTER(coaio__after_stat)
#else /* musl before 1.2.4 */
#define RING_STAT(function, opcode) .prep = NULL
#endif

/* clang-format off */

static const struct coaio__op table[] = {
    [COAIO_NOP] = {
        .info = {"aio_nop", COAIO_NOP, COAIO_RESULT_NONE, 0, {0}},
        RUN(coaio__run_nop, ORDINARY), TRY(coaio__try_nop, NOTHING)},
    [COAIO_BUSY] = {
        .info = {"aio_busy", COAIO_BUSY, COAIO_RESULT_NONE, 1, {SECONDS}},
        RUN(coaio__run_busy, ORDINARY), .interruptible = true},
    [COAIO_SLEEP] = {
        .info = {"aio_sleep", COAIO_SLEEP, COAIO_RESULT_NONE, 1, {SECONDS}},
        RUN(NULL, NONE)},
    [COAIO_OPEN] = {
        .info = {"aio_open", COAIO_OPEN, COAIO_RESULT_FD, 3, {PATH, FLAGS, MODE}},
        .mode = {PERMISSIONS, 0666},
        BRIEF(coaio__run_open, BY_PATH), ALONE(coaio__try_open)},
    [COAIO_CLOSE] = {
        .info = {"aio_close", COAIO_CLOSE, COAIO_RESULT_NONE, 1, {FD}},
        BRIEF(coaio__run_close, ORDINARY), ALONE(coaio__try_close),
        RING(coaio__prep_close, IORING_OP_CLOSE), AFTER(coaio__after_close)},
    [COAIO_SEEK] = {
        .info = {"aio_seek", COAIO_SEEK, COAIO_RESULT_POSITION, 3, {FD, DELTA, WHENCE}},
        .moves_position = true, BRIEF(coaio__run_seek, ORDINARY), TRY(coaio__try_seek, CALL)},
    [COAIO_READ] = {
        .info = {"aio_read", COAIO_READ, COAIO_RESULT_BYTES, 4, {FD, OFFSET, LENGTH, MEMORY}},
        .own_position = true, LENGTH_IS(TO_END), .goes_on = true,
        RUN(coaio__run_read, BY_FD), TRY(coaio__try_read, CALL), MEMORY_BY(coaio__read_memory),
        RING(coaio__prep_read, IORING_OP_READ), REFUSES(coaio__ring_refuses_read),
        AFTER(coaio__after_ring_read), AT_ONCE(coaio__read_at_once, COAIO__INPUT)},
    [COAIO_WRITE] = {
        .info = {"aio_write", COAIO_WRITE, COAIO_RESULT_COUNT, 4, {FD, OFFSET, LENGTH, BYTES}},
        .own_position = true, RUN(coaio__run_write, BY_FD),
        RING(coaio__prep_write, IORING_OP_WRITE), REFUSES(coaio__ring_refuses_write),
        AT_ONCE(coaio__write_at_once, COAIO__OUTPUT)},
    [COAIO_SENDFILE] = {
        .info = {"aio_sendfile", COAIO_SENDFILE, COAIO_RESULT_COUNT, 4, {FD, FD2, OFFSET, LENGTH}},
        .own_position = true, .moves_position = true, LENGTH_IS(TO_END), .goes_on = true,
        RUN(coaio__run_sendfile, BY_FD), AT_ONCE(coaio__sendfile_at_once, COAIO__OUTPUT)},
    [COAIO_READAHEAD] = {
        .info = {"aio_readahead", COAIO_READAHEAD, COAIO_RESULT_NONE, 3, {FD, OFFSET, LENGTH}},
        LENGTH_IS(TO_END), RUN(coaio__run_readahead, ORDINARY)},
    [COAIO_STAT] = {
        .info = {"aio_stat", COAIO_STAT, COAIO_RESULT_STAT, 1, {TARGET}},
        BRIEF(coaio__run_stat, ORDINARY), ALONE(coaio__try_stat),
        RING_STAT(coaio__prep_stat, IORING_OP_STATX)},
    [COAIO_LSTAT] = {
        .info = {"aio_lstat", COAIO_LSTAT, COAIO_RESULT_STAT, 1, {PATH}},
        BRIEF(coaio__run_lstat, ORDINARY), ALONE(coaio__try_lstat),
        RING_STAT(coaio__prep_lstat, IORING_OP_STATX)},
    [COAIO_FSTAT] = {
        .info = {"aio_fstat", COAIO_FSTAT, COAIO_RESULT_STAT, 1, {FD}},
        BRIEF(coaio__run_stat, ORDINARY), ALONE(coaio__try_stat),
        RING_STAT(coaio__prep_stat, IORING_OP_STATX)},
    [COAIO_STATVFS] = {
        .info = {"aio_statvfs", COAIO_STATVFS, COAIO_RESULT_STATVFS, 1, {TARGET}},
        BRIEF(coaio__run_statvfs, ORDINARY)},
    [COAIO_UTIME] = {
        .info = {"aio_utime", COAIO_UTIME, COAIO_RESULT_NONE, 3, {TARGET, ATIME, MTIME}},
        BRIEF(coaio__run_utime, ORDINARY)},
    [COAIO_CHOWN] = {
        .info = {"aio_chown", COAIO_CHOWN, COAIO_RESULT_NONE, 3, {TARGET, UID, GID}},
        BRIEF(coaio__run_chown, ORDINARY)},
    [COAIO_CHMOD] = {
        .info = {"aio_chmod", COAIO_CHMOD, COAIO_RESULT_NONE, 2, {TARGET, MODE}},
        .mode = {PERMISSIONS, (uint32_t)REQUIRED}, BRIEF(coaio__run_chmod, ORDINARY)},
    [COAIO_TRUNCATE] = {
        .info = {"aio_truncate", COAIO_TRUNCATE, COAIO_RESULT_NONE, 2, {TARGET, LENGTH}},
        LENGTH_IS(NEEDED), VARIES(coaio__run_truncate, ORDINARY)},
    [COAIO_ALLOCATE] = {
        .info = {"aio_allocate", COAIO_ALLOCATE, COAIO_RESULT_NONE, 4, {FD, FLAGS, OFFSET, LENGTH}},
        LENGTH_IS(NEEDED), RUN(coaio__run_allocate, ORDINARY),
        RING(coaio__prep_allocate, IORING_OP_FALLOCATE)},
    [COAIO_UNLINK] = {
        .info = {"aio_unlink", COAIO_UNLINK, COAIO_RESULT_NONE, 1, {PATH}},
        BRIEF(coaio__run_unlink, ORDINARY),
        RING(coaio__prep_unlink, IORING_OP_UNLINKAT)},
    [COAIO_RMDIR] = {
        .info = {"aio_rmdir", COAIO_RMDIR, COAIO_RESULT_NONE, 1, {PATH}},
        BRIEF(coaio__run_rmdir, ORDINARY),
        RING(coaio__prep_rmdir, IORING_OP_UNLINKAT)},
    [COAIO_MKDIR] = {
        .info = {"aio_mkdir", COAIO_MKDIR, COAIO_RESULT_NONE, 2, {PATH, MODE}},
        .mode = {PERMISSIONS, 0777}, BRIEF(coaio__run_mkdir, ORDINARY),
        RING(coaio__prep_mkdir, IORING_OP_MKDIRAT)},
    [COAIO_MKNOD] = {
        .info = {"aio_mknod", COAIO_MKNOD, COAIO_RESULT_NONE, 3, {PATH, MODE, DEV}},
        .mode = {PERMISSIONS | S_IFMT, 0666}, BRIEF(coaio__run_mknod, ORDINARY)},
    [COAIO_LINK] = {
        .info = {"aio_link", COAIO_LINK, COAIO_RESULT_NONE, 2, {TARGET, PATH2}},
        BRIEF(coaio__run_link, ORDINARY),
        RING(coaio__prep_link, IORING_OP_LINKAT), REFUSES(coaio__ring_refuses_link)},
    [COAIO_SYMLINK] = {
        .info = {"aio_symlink", COAIO_SYMLINK, COAIO_RESULT_NONE, 2, {TEXT, PATH}},
        BRIEF(coaio__run_symlink, ORDINARY),
        RING(coaio__prep_symlink, IORING_OP_SYMLINKAT)},
    [COAIO_RENAME] = {
        .info = {"aio_rename", COAIO_RENAME, COAIO_RESULT_NONE, 2, {PATH, PATH2}},
        BRIEF(coaio__run_rename, ORDINARY),
        RING(coaio__prep_rename, IORING_OP_RENAMEAT)},
    [COAIO_RENAME2] = {
        .info = {"aio_rename2", COAIO_RENAME2, COAIO_RESULT_NONE, 3, {PATH, PATH2, FLAGS}},
        BRIEF(coaio__run_rename2, ORDINARY),
        RING(coaio__prep_rename2, IORING_OP_RENAMEAT)},
    [COAIO_READLINK] = {
        .info = {"aio_readlink", COAIO_READLINK, COAIO_RESULT_STRING, 1, {PATH}},
        BRIEF(coaio__run_readlink, ORDINARY)},
    [COAIO_REALPATH] = {
        .info = {"aio_realpath", COAIO_REALPATH, COAIO_RESULT_STRING, 1, {PATH}},
        BRIEF(coaio__run_realpath, ORDINARY)},
    [COAIO_READDIR] = {
        .info = {"aio_readdir", COAIO_READDIR, COAIO_RESULT_NAMES, 1, {PATH}},
        VARIES(coaio__run_readdir, ORDINARY)},
    [COAIO_READDIRX] = {
        .info = {"aio_readdirx", COAIO_READDIRX, COAIO_RESULT_ENTRIES, 2, {PATH, FLAGS}},
        VARIES(coaio__run_readdir, ORDINARY)},
    [COAIO_SYNC] = {
        .info = {"aio_sync", COAIO_SYNC, COAIO_RESULT_NONE, 0, {0}},
        RUN(coaio__run_sync, ORDINARY)},
    [COAIO_SYNCFS] = {
        .info = {"aio_syncfs", COAIO_SYNCFS, COAIO_RESULT_NONE, 1, {FD}},
        RUN(coaio__run_syncfs, ORDINARY)},
    [COAIO_FSYNC] = {
        .info = {"aio_fsync", COAIO_FSYNC, COAIO_RESULT_NONE, 1, {FD}},
        RUN(coaio__run_fsync, ORDINARY),
        RING(coaio__prep_fsync, IORING_OP_FSYNC)},
    [COAIO_FDATASYNC] = {
        .info = {"aio_fdatasync", COAIO_FDATASYNC, COAIO_RESULT_NONE, 1, {FD}},
        RUN(coaio__run_fdatasync, ORDINARY),
        RING(coaio__prep_fdatasync, IORING_OP_FSYNC)},
    [COAIO_SYNC_FILE_RANGE] = {
        .info = {"aio_sync_file_range", COAIO_SYNC_FILE_RANGE, COAIO_RESULT_NONE, 4,
                 {FD, OFFSET, LENGTH, FLAGS}},
        RUN(coaio__run_sync_file_range, ORDINARY),
        RING(coaio__prep_sync_file_range, IORING_OP_SYNC_FILE_RANGE),
        REFUSES(coaio__ring_refuses_range)},
    [COAIO_GROUP] = {
        .info = {"aio_group", COAIO_GROUP, COAIO_RESULT_NONE, 0, {0}},
        RUN(NULL, NONE)},
    [COAIO_FIEMAP] = {
        .info = {"aio_fiemap", COAIO_FIEMAP, COAIO_RESULT_EXTENTS, 5,
                 {FD, OFFSET, LENGTH, FLAGS, COUNT}},
        LENGTH_IS(TO_END), RUN(coaio__run_fiemap, ORDINARY)},
    [COAIO_FCNTL] = {
        .info = {"aio_fcntl", COAIO_FCNTL, COAIO_RESULT_CONTROL, 3, {FD, COMMAND, ARGUMENT}},
        .waits = coaio__fcntl_waits, RUN(coaio__run_fcntl, BY_COMMAND)},
    [COAIO_IOCTL] = {
        .info = {"aio_ioctl", COAIO_IOCTL, COAIO_RESULT_CONTROL, 3, {FD, COMMAND, ARGUMENT}},
        .command_has_size = true, RUN(coaio__run_ioctl, SLOW)},
    [COAIO_MSYNC] = {
        .info = {"aio_msync", COAIO_MSYNC, COAIO_RESULT_NONE, 2, {RANGE, FLAGS}},
        RUN(coaio__run_msync, ORDINARY)},
    [COAIO_MTOUCH] = {
        .info = {"aio_mtouch", COAIO_MTOUCH, COAIO_RESULT_NONE, 2, {RANGE, FLAGS}},
        RUN(coaio__run_mtouch, ORDINARY)},
    [COAIO_MLOCK] = {
        .info = {"aio_mlock", COAIO_MLOCK, COAIO_RESULT_NONE, 1, {RANGE}},
        RUN(coaio__run_mlock, ORDINARY)},
    [COAIO_MLOCKALL] = {
        .info = {"aio_mlockall", COAIO_MLOCKALL, COAIO_RESULT_NONE, 1, {FLAGS}},
        RUN(coaio__run_mlockall, ORDINARY)},
    [COAIO_SLURP] = {
        .info = {"aio_slurp", COAIO_SLURP, COAIO_RESULT_BYTES, 3, {PATH, DELTA, LENGTH}},
        LENGTH_IS(TO_END), VARIES(coaio__run_slurp, BY_PATH)},
    [COAIO_LOAD] = {
        .info = {"aio_load", COAIO_LOAD, COAIO_RESULT_BYTES, 1, {PATH}},
        VARIES(coaio__run_load, BY_PATH)},
    [COAIO_COPY] = {
        .info = {"aio_copy", COAIO_COPY, COAIO_RESULT_NONE, 2, {PATH, PATH2}},
        VARIES(coaio__run_copy, ORDINARY)},
    [COAIO_MOVE] = {
        .info = {"aio_move", COAIO_MOVE, COAIO_RESULT_NONE, 2, {PATH, PATH2}},
        VARIES(coaio__run_move, ORDINARY)},
    [COAIO_SCANDIR] = {
        .info = {"aio_scandir", COAIO_SCANDIR, COAIO_RESULT_LISTS, 2, {PATH, COUNT}},
        VARIES(coaio__run_scandir, ORDINARY)},
    [COAIO_RMTREE] = {
        .info = {"aio_rmtree", COAIO_RMTREE, COAIO_RESULT_NONE, 1, {PATH}},
        RUN(coaio__run_rmtree, ORDINARY)},
    [COAIO_PATHSYNC] = {
        .info = {"aio_pathsync", COAIO_PATHSYNC, COAIO_RESULT_NONE, 1, {PATH}},
        RUN(coaio__run_pathsync, ORDINARY)},
    [COAIO_WD] = {
        .info = {"aio_wd", COAIO_WD, COAIO_RESULT_WD, 2, {PATH, FLAGS}},
        BRIEF(coaio__run_wd, ORDINARY)},
    [COAIO_STATX] = {
        .info = {"aio_statx", COAIO_STATX, COAIO_RESULT_STATX, 3, {TARGET, FLAGS, MASK}},
        BRIEF(coaio__run_statx, ORDINARY)},
    [COAIO_FLOCK] = {
        .info = {"aio_flock", COAIO_FLOCK, COAIO_RESULT_NONE, 2, {FD, COMMAND}},
        .waits = coaio__flock_waits, RUN(coaio__run_flock, BY_COMMAND)}
};

/* clang-format on */

enum { OPS_END = sizeof table / sizeof *table };

const struct coaio__op *coaio__op_of(int code)
{
    return code > 0 && code < OPS_END ? &table[code] : NULL;
}

const coaio_op *coaio_ops(uint32_t index)
{
    return index < OPS_END - 1 ? &table[index + 1].info : NULL;
}

int coaio_op_left_out(int op, uint32_t index, coaio_arg *value)
{
    const struct coaio__op *row = coaio__op_of(op);
    return row ? coaio__args_left_out(row, index, value) : -EINVAL;
}
