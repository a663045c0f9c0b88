/*
 * Arguments in, by kind.
 *
 * One case per argument kind says which field it fills, what it may be, and what it is when left out. What a kind
 * cannot know, because it differs between requests, stands in the row (own_position, mode). Everything refused here is
 * -EINVAL; what the system call itself refuses (a descriptor below 0, a path too long) is left to it, so that the
 * errors are the system's.
 */
#include "ops/ops.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __linux__
#include <sys/ioctl.h>
#endif

#include "base/narrow.h"
#include "ops/wd.h"

enum { BLOCK_MIN = 256 };

/* What is taken for an argument that was left out. No argument's field is read that this does not set. */
static const coaio_arg left_out = {.i = 0, .d = 0, .p = NULL, .n = 0};

typedef void *allocator(struct coaio__mem *mem, size_t size);

static int copy_string(struct coaio__mem *mem, allocator *alloc, char **to, const coaio_arg *given)
{
    size_t length;

    if (!given->p || given->n > SIZE_MAX - 1)
        return -EINVAL;
    length = given->n ? (size_t)given->n : strlen(given->p);
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
static int copy_path(struct coaio__mem *mem, allocator *alloc, char **to, coaio_wd **wd, const coaio_arg *given)
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
    if (given == &left_out || given->i < 0 || given->i > INT_MAX)
        return -1;
    return (int)given->i;
}

static int copy_target(struct coaio__mem *mem, struct coaio__args *args, const coaio_arg *given)
{
    if (given->p)
        return copy_path(mem, coaio__alloc_bare, &args->path, &args->wd, given);
    args->fd = descriptor(given);
    return 0;
}

static int copy_offset(struct coaio__args *args, const struct coaio__op *op, const coaio_arg *given)
{
    args->offset = given == &left_out && op->own_position ? -1 : given->i;
    return args->offset < (op->own_position ? -1 : 0) ? -EINVAL : 0;
}

/* The mode that stat gives is one with the type of the file, which the system calls take no notice of but mknod(2). */
static int copy_mode(struct coaio__args *args, const struct coaio__op *op, const coaio_arg *given)
{
    int64_t mode = given == &left_out ? (int64_t)op->mode.left_out : given->i;

    args->mode = (uint32_t)mode & op->mode.mask;
    return mode < 0 || (mode & ~(int64_t)COAIO__MODE_BITS) ? -EINVAL : 0;
}

static int copy_flags(struct coaio__args *args, const coaio_arg *given)
{
    args->flags = (uint32_t)given->i;
    return given->i < 0 || given->i > UINT32_MAX ? -EINVAL : 0;
}

#ifdef STATX_BTIME
enum { MASK_LEFT_OUT = STATX_BASIC_STATS | STATX_BTIME };
#else
enum { MASK_LEFT_OUT = 0 };
#endif

static int copy_mask(struct coaio__args *args, const coaio_arg *given)
{
    int64_t mask = given == &left_out ? MASK_LEFT_OUT : given->i;

    args->mask = (uint32_t)mask;
    return mask < 0 || mask > UINT32_MAX ? -EINVAL : 0;
}

static int copy_whence(struct coaio__args *args, const coaio_arg *given)
{
    args->whence = (int32_t)given->i;
    return given->i < 0 || given->i > INT32_MAX ? -EINVAL : 0;
}

/* The id UINT32_MAX is -1 by another name and no user's. */
static int copy_id(uint32_t *to, const coaio_arg *given)
{
    int64_t id = given == &left_out ? -1 : given->i;

    *to = (uint32_t)id;
    return id < -1 || id >= UINT32_MAX ? -EINVAL : 0;
}

/* The nanoseconds are never negative, also before 1970. */
static coaio_time time_of(int64_t ns)
{
    int64_t rest = ns % 1000000000;

    rest += rest < 0 ? 1000000000 : 0;
    return (coaio_time){.sec = (ns - rest) / 1000000000, .nsec = (uint32_t)rest};
}

static int copy_time(int64_t *sec, uint32_t *nsec, const coaio_arg *given)
{
    int64_t    ns = given == &left_out ? COAIO_TIME_NOW : given->i;
    coaio_time time = {.nsec = ns == COAIO_TIME_NOW ? COAIO_NSEC_NOW : COAIO_NSEC_OMIT};

    if (ns == COAIO_TIME_EXACT && !given->p)
        return -EINVAL;
    if (ns == COAIO_TIME_EXACT)
        memcpy(&time, given->p, sizeof time);
    else if (ns != COAIO_TIME_NOW && ns != COAIO_TIME_OMIT)
        time = time_of(ns);
    *sec = time.sec;
    *nsec = time.nsec;
    return time.nsec < 1000000000 || time.nsec == COAIO_NSEC_NOW || time.nsec == COAIO_NSEC_OMIT ? 0 : -EINVAL;
}

static int copy_seconds(struct coaio__args *args, const coaio_arg *given)
{
    args->seconds = given->d;
    return given->d >= 0 && given->d < 1e9 ? 0 : -EINVAL;
}

/* The kernel looks at 32 bits. A language may have taken them for a signed number. */
static int copy_command(struct coaio__args *args, const coaio_arg *given)
{
    args->command = (uint32_t)given->i;
    return given->i < INT32_MIN || given->i > UINT32_MAX ? -EINVAL : 0;
}

/* Bytes that an ioctl's number says it moves. */
static uint64_t bytes_moved(const struct coaio__op *op, uint32_t command)
{
#ifdef _IOC_SIZE
    if (op->info.code == COAIO_IOCTL)
        return _IOC_SIZE(command);
#endif
    (void)op, (void)command;
    return 0;
}

/* The kernel may write more than it was given, so small blocks are made larger. The command stands before it. */
static int copy_argument(struct coaio__mem *mem, struct coaio__args *args, const struct coaio__op *op,
                         const coaio_arg *given)
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

static int copy_count(struct coaio__args *args, const coaio_arg *given)
{
    args->count = given == &left_out || given->n > UINT32_MAX ? UINT32_MAX : (uint32_t)given->n;
    return 0;
}

/* No memory is longer than the difference of two pointers can say; so its pages have a size, too. */
static int copy_range(struct coaio__args *args, const coaio_arg *given)
{
    memcpy(&args->memory, &given->p, sizeof args->memory);
    args->length = given->n;
    return args->memory && given->n <= PTRDIFF_MAX ? 0 : -EINVAL;
}

/* Length stands before bytes in every row. */
static int copy_borrowed(struct coaio__args *args, const coaio_arg *given)
{
    memcpy(&args->memory, &given->p, sizeof args->memory);
    return !args->memory && args->length > 0 ? -EINVAL : 0;
}

static int copy_one(struct coaio__mem *mem, struct coaio__args *args, const struct coaio__op *op, uint8_t kind,
                    const coaio_arg *given)
{
    switch ((enum coaio_arg_kind)kind) {
    case COAIO_ARG_FD: args->fd = descriptor(given); return 0;
    case COAIO_ARG_FD2: args->fd2 = descriptor(given); return 0;
    case COAIO_ARG_PATH: return copy_path(mem, coaio__alloc_bare, &args->path, &args->wd, given);
    case COAIO_ARG_PATH2: return copy_path(mem, coaio__alloc, &args->path2, &args->wd2, given);
    case COAIO_ARG_TARGET: return copy_target(mem, args, given);
    case COAIO_ARG_TEXT: return copy_string(mem, coaio__alloc, &args->text, given);
    case COAIO_ARG_FLAGS: return copy_flags(args, given);
    case COAIO_ARG_MODE: return copy_mode(args, op, given);
    case COAIO_ARG_OFFSET: return copy_offset(args, op, given);
    case COAIO_ARG_LENGTH: args->length = given->n; return 0;
    case COAIO_ARG_MEMORY: memcpy(&args->memory, &given->p, sizeof args->memory); return 0;
    case COAIO_ARG_BYTES: return copy_borrowed(args, given);
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
    case COAIO_ARG_MASK: return copy_mask(args, given);
    case COAIO_ARG_NONE: break;
    }
    return -EINVAL;
}

int coaio__args_copy(struct coaio__mem *mem, struct coaio__args *args, const struct coaio__op *op,
                     const coaio_arg *given, uint32_t n)
{
    int rc = n > op->info.nargs ? -EINVAL : 0;

    memset(args, 0, sizeof *args);
    args->fd = args->fd2 = -1;
    for (uint32_t i = 0; rc == 0 && i < op->info.nargs; i++)
        rc = copy_one(mem, args, op, op->info.args[i], i < n ? &given[i] : &left_out);
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
