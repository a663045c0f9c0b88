/*
 * Arguments in, by kind.
 *
 * One function per argument kind says which field it fills and what it may be. What a kind cannot
 * know, because it differs between requests, stands in the row (own_position, mode, length).
 * Everything refused here is -EINVAL; what the system call itself refuses (a descriptor below 0, a
 * path too long) is left to it, so that the errors are the system's.
 */
#include "ops/ops.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __linux__
#include <sys/ioctl.h>
#endif

#include "base/narrow.h"
#include "ops/wd.h"

enum { BLOCK_MIN = 256, BILLION = 1000000000 };

/* ---- left out -------------------------------------------------------------------------------- */

#ifdef STATX_BTIME
enum { MASK_LEFT_OUT = STATX_BASIC_STATS | STATX_BTIME };
#else
enum { MASK_LEFT_OUT = 0 };
#endif

/* The argument that stands for one that a caller of coaio_submit left out. */
static coaio_arg left_out(const struct coaio__op *op, uint8_t kind)
{
    coaio_arg value = {.i = 0, .d = 0, .p = NULL, .n = 0};
    switch (kind) {
    case COAIO_ARG_FD:
    case COAIO_ARG_FD2:
    case COAIO_ARG_TARGET:
    case COAIO_ARG_UID:
    case COAIO_ARG_GID: value.i = -1; break;
    case COAIO_ARG_OFFSET: value.i = op->own_position ? -1 : 0; break;
    case COAIO_ARG_MODE: value.i = op->mode.left_out; break;
    case COAIO_ARG_ATIME:
    case COAIO_ARG_MTIME: value.i = COAIO_TIME_NOW; break;
    case COAIO_ARG_COUNT: value.n = UINT32_MAX; break;
    case COAIO_ARG_MASK: value.i = MASK_LEFT_OUT; break;
    default: break;
    }
    return value;
}

/* Whether a request makes no sense to a person without this argument. */
static bool is_needed(const struct coaio__op *op, uint8_t kind)
{
    switch (kind) {
    case COAIO_ARG_FD:
    case COAIO_ARG_FD2:
    case COAIO_ARG_PATH:
    case COAIO_ARG_PATH2:
    case COAIO_ARG_TARGET:
    case COAIO_ARG_TEXT:
    case COAIO_ARG_BYTES:
    case COAIO_ARG_SECONDS:
    case COAIO_ARG_COMMAND:
    case COAIO_ARG_RANGE: return true;
    case COAIO_ARG_LENGTH: return op->length == COAIO__LENGTH_NEEDED;
    case COAIO_ARG_MODE: return op->mode.left_out > COAIO__MODE_BITS;
    default: return false;
    }
}

int coaio__args_left_out(const struct coaio__op *op, uint32_t index, coaio_arg *value)
{
    if (index >= op->info.nargs || is_needed(op, op->info.args[index]))
        return -EINVAL;
    *value = left_out(op, op->info.args[index]);
    if (op->info.args[index] == COAIO_ARG_LENGTH && op->length == COAIO__LENGTH_TO_END)
        value->n = UINT64_MAX;
    return 0;
}

/* ---- descriptors and paths ------------------------------------------------------------------- */

typedef void *allocator(struct coaio__mem *mem, size_t size);

static int copy_string(struct coaio__mem *mem, allocator *alloc, char **to, const coaio_arg *given)
{
    if (!given->p || given->n > SIZE_MAX - 1)
        return -EINVAL;
    size_t length = given->n ? (size_t)given->n : strlen(given->p);
    if (memchr(given->p, 0, length))
        return -EINVAL;
    *to = alloc(mem, length + 1);
    if (!*to)
        return -ENOMEM;
    memcpy(*to, given->p, length);
    (*to)[length] = '\0';
    return 0;
}

/* A language may have taken the address of a wd for a signed number. */
static int copy_path(struct coaio__mem *mem, allocator *alloc, char **to, coaio_wd **wd,
                     const coaio_arg *given)
{
    int rc = coaio__is_word(given->i) ? copy_string(mem, alloc, to, given) : -EINVAL;
    if (rc < 0)
        return rc;
    *wd = (coaio_wd *)(intptr_t)given->i;
    coaio__wd_ref(*wd);
    return 0;
}

/* All negative numbers become -1: some, as AT_FDCWD, would mean something to the system. */
static int descriptor(const coaio_arg *given)
{
    return given->i < 0 || given->i > INT_MAX ? -1 : (int)given->i;
}

static int copy_target(struct coaio__mem *mem, struct coaio__args *args, const coaio_arg *given)
{
    if (given->p)
        return copy_path(mem, coaio__alloc_bare, &args->path, &args->wd, given);
    args->fd = descriptor(given);
    return 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static int copy_offset(struct coaio__args *args, const struct coaio__op *op, const coaio_arg *given)
{
    args->offset = given->i;
    return args->offset < (op->own_position ? -1 : 0) ? -EINVAL : 0;
}

/* The mode that stat gives has the type of the file as well, which only mknod(2) looks at. */
static int copy_mode(struct coaio__args *args, const struct coaio__op *op, const coaio_arg *given)
{
    args->mode = (uint32_t)given->i & op->mode.mask;
    return given->i < 0 || (given->i & ~(int64_t)COAIO__MODE_BITS) ? -EINVAL : 0;
}

static int copy_u32(uint32_t *to, const coaio_arg *given)
{
    *to = (uint32_t)given->i;
    return given->i < 0 || given->i > UINT32_MAX ? -EINVAL : 0;
}

static int copy_whence(struct coaio__args *args, const coaio_arg *given)
{
    args->whence = (int32_t)given->i;
    return given->i < 0 || given->i > INT32_MAX ? -EINVAL : 0;
}

/* The id UINT32_MAX is -1 by another name and no user's. */
static int copy_id(uint32_t *to, const coaio_arg *given)
{
    *to = (uint32_t)given->i;
    return given->i < -1 || given->i >= UINT32_MAX ? -EINVAL : 0;
}

/* The nanoseconds are never negative, also before 1970. */
static coaio_time time_of(int64_t ns)
{
    int64_t rest = ns % BILLION;
    rest += rest < 0 ? BILLION : 0;
    return (coaio_time){.sec = (ns - rest) / BILLION, .nsec = (uint32_t)rest};
}

static bool is_valid(const coaio_time *time)
{
    return time->nsec < BILLION || time->nsec == COAIO_NSEC_NOW || time->nsec == COAIO_NSEC_OMIT;
}

static int copy_time(int64_t *sec, uint32_t *nsec, const coaio_arg *given)
{
    int64_t ns = given->i;
    coaio_time time = {.nsec = ns == COAIO_TIME_NOW ? COAIO_NSEC_NOW : COAIO_NSEC_OMIT};
    if (ns == COAIO_TIME_EXACT && !given->p)
        return -EINVAL;
    if (ns == COAIO_TIME_EXACT)
        memcpy(&time, given->p, sizeof time);
    else if (ns != COAIO_TIME_NOW && ns != COAIO_TIME_OMIT)
        time = time_of(ns);
    *sec = time.sec;
    *nsec = time.nsec;
    return is_valid(&time) ? 0 : -EINVAL;
}

static int copy_seconds(struct coaio__args *args, const coaio_arg *given)
{
    args->seconds = given->d;
    return given->d >= 0 && given->d < 1e9 ? 0 : -EINVAL;
}

static int copy_count(struct coaio__args *args, const coaio_arg *given)
{
    args->count = given->n > UINT32_MAX ? UINT32_MAX : (uint32_t)given->n;
    return 0;
}

/* ---- commands -------------------------------------------------------------------------------- */

/* The kernel looks at 32 bits. A language may have taken them for a signed number. */
static int copy_command(struct coaio__args *args, const coaio_arg *given)
{
    args->command = (uint32_t)given->i;
    return given->i < INT32_MIN || given->i > UINT32_MAX ? -EINVAL : 0;
}

/* Bytes that a command says it moves. */
static uint64_t bytes_moved(const struct coaio__op *op, uint32_t command)
{
#ifdef _IOC_SIZE
    if (op->command_has_size)
        return _IOC_SIZE(command);
#endif
    (void)op, (void)command;
    return 0;
}

/* The kernel may write more than it was given: so the block is at least as long as the command
   says, and has some room behind that. The command stands before the argument in every row. */
static int copy_argument(struct coaio__mem *mem, struct coaio__args *args,
                         const struct coaio__op *op, const coaio_arg *given)
{
    uint64_t moved = bytes_moved(op, args->command);
    args->argument = given->i;
    args->length = given->n > moved ? given->n : moved;
    if (!given->p)
        return given->n ? -EINVAL : 0;
    if (args->length > SIZE_MAX / 2 - BLOCK_MIN)
        return -ENOMEM;
    args->block = coaio__calloc(mem, (size_t)args->length + BLOCK_MIN);
    if (!args->block)
        return -ENOMEM;
    memcpy(args->block, given->p, (size_t)given->n);
    return 0;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int copy_memory(struct coaio__args *args, const coaio_arg *given)
{
    memcpy(&args->memory, &given->p, sizeof args->memory); /* drops a const */
    return 0;
}

/* No memory is longer than the difference of two pointers can say: its pages have a size, too. */
static int copy_range(struct coaio__args *args, const coaio_arg *given)
{
    args->length = given->n;
    (void)copy_memory(args, given);
    return args->memory && given->n <= PTRDIFF_MAX ? 0 : -EINVAL;
}

/* The length stands before the bytes in every row. */
static int copy_bytes(struct coaio__args *args, const coaio_arg *given)
{
    (void)copy_memory(args, given);
    return !args->memory && args->length > 0 ? -EINVAL : 0;
}

/* ---- all ------------------------------------------------------------------------------------- */

static int copy_one(struct coaio__mem *mem, struct coaio__args *args, const struct coaio__op *op,
                    uint8_t kind, const coaio_arg *given)
{
    switch ((enum coaio_arg_kind)kind) {
    case COAIO_ARG_FD: args->fd = descriptor(given); return 0;
    case COAIO_ARG_FD2: args->fd2 = descriptor(given); return 0;
    case COAIO_ARG_PATH: return copy_path(mem, coaio__alloc_bare, &args->path, &args->wd, given);
    case COAIO_ARG_PATH2: return copy_path(mem, coaio__alloc, &args->path2, &args->wd2, given);
    case COAIO_ARG_TARGET: return copy_target(mem, args, given);
    case COAIO_ARG_TEXT: return copy_string(mem, coaio__alloc, &args->text, given);
    case COAIO_ARG_FLAGS: return copy_u32(&args->flags, given);
    case COAIO_ARG_MODE: return copy_mode(args, op, given);
    case COAIO_ARG_OFFSET: return copy_offset(args, op, given);
    case COAIO_ARG_LENGTH: args->length = given->n; return 0;
    case COAIO_ARG_MEMORY: return copy_memory(args, given);
    case COAIO_ARG_BYTES: return copy_bytes(args, given);
    case COAIO_ARG_DELTA: args->delta = given->i; return 0;
    case COAIO_ARG_WHENCE: return copy_whence(args, given);
    case COAIO_ARG_UID: return copy_id(&args->uid, given);
    case COAIO_ARG_GID: return copy_id(&args->gid, given);
    case COAIO_ARG_ATIME: return copy_time(&args->atime_sec, &args->atime_nsec, given);
    case COAIO_ARG_MTIME: return copy_time(&args->mtime_sec, &args->mtime_nsec, given);
    case COAIO_ARG_DEV: args->dev = given->n; return 0;
    case COAIO_ARG_SECONDS: return copy_seconds(args, given);
    case COAIO_ARG_COUNT: return copy_count(args, given);
    case COAIO_ARG_COMMAND: return copy_command(args, given);
    case COAIO_ARG_ARGUMENT: return copy_argument(mem, args, op, given);
    case COAIO_ARG_RANGE: return copy_range(args, given);
    case COAIO_ARG_MASK: return copy_u32(&args->mask, given);
    case COAIO_ARG_NONE: break;
    }
    return -EINVAL;
}

int coaio__args_copy(struct coaio__mem *mem, struct coaio__args *args, const struct coaio__op *op,
                     const coaio_arg *given, uint32_t n)
{
    assert(op->info.nargs <= COAIO_ARGS_MAX);
    int rc = n > op->info.nargs ? -EINVAL : 0;
    memset(args, 0, sizeof *args);
    args->fd = args->fd2 = -1;
    for (uint32_t i = 0; rc == 0 && i < op->info.nargs; i++) {
        uint8_t kind = op->info.args[i];
        coaio_arg none;
        if (i >= n)
            none = left_out(op, kind);
        rc = copy_one(mem, args, op, kind, i < n ? &given[i] : &none);
    }
    if (rc < 0)
        coaio__args_free(mem, args);
    return rc;
}

void coaio__args_free(struct coaio__mem *mem, struct coaio__args *args)
{
    if (args->path)
        coaio__free_bare(mem, args->path, strlen(args->path) + 1);
    coaio__free(mem, args->path2); /* or text, or block */
    coaio__wd_unref(mem, args->wd);
    coaio__wd_unref(mem, args->wd2);
    args->wd = args->wd2 = NULL;
    args->path = args->path2 = NULL;
}
