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
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* What is taken for an argument that was left out. No argument's field is read that this does not set. */
static const coaio_arg left_out = {.i = 0, .d = 0, .p = NULL, .n = 0};

static int copy_bytes(struct coaio__mem *mem, char **to, const coaio_arg *given)
{
    size_t length;

    if (!given->p)
        return -EINVAL;
    length = given->n ? (size_t)given->n : strlen(given->p);
    if (memchr(given->p, 0, length))
        return -EINVAL;
    *to = coaio__alloc(mem, length + 1);
    if (!*to)
        return -ENOMEM;
    memcpy(*to, given->p, length);
    (*to)[length] = '\0';
    return 0;
}

static int copy_path(struct coaio__mem *mem, char **to, coaio_wd **wd, const coaio_arg *given)
{
    int rc = copy_bytes(mem, to, given);

    if (rc < 0)
        return rc;
    *wd = (coaio_wd *)(intptr_t)given->i;
    if (*wd)
        (*wd)->refs++;
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
        return copy_path(mem, &args->path, &args->wd, given);
    args->fd = descriptor(given);
    return 0;
}

static int copy_offset(struct coaio__args *args, const struct coaio__op *op, const coaio_arg *given)
{
    args->offset = given == &left_out && op->own_position ? -1 : given->i;
    return args->offset < (op->own_position ? -1 : 0) ? -EINVAL : 0;
}

static int copy_mode(struct coaio__args *args, const struct coaio__op *op, const coaio_arg *given)
{
    int64_t mode = given == &left_out ? (int64_t)op->mode.left_out : given->i;

    args->mode = (uint32_t)mode;
    return mode < 0 || (mode & ~(int64_t)op->mode.mask) ? -EINVAL : 0;
}

static int copy_flags(struct coaio__args *args, const coaio_arg *given)
{
    args->flags = (uint32_t)given->i;
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
    int64_t id = given == &left_out ? -1 : given->i;

    *to = (uint32_t)id;
    return id < -1 || id >= UINT32_MAX ? -EINVAL : 0;
}

static int64_t nanoseconds(const coaio_arg *given)
{
    return given == &left_out ? COAIO_TIME_NOW : given->i;
}

static int copy_seconds(struct coaio__args *args, const coaio_arg *given)
{
    args->seconds = given->d;
    return given->d >= 0 && given->d < 1e9 ? 0 : -EINVAL;
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
    case COAIO_ARG_PATH: return copy_path(mem, &args->path, &args->wd, given);
    case COAIO_ARG_PATH2: return copy_path(mem, &args->path2, &args->wd2, given);
    case COAIO_ARG_TARGET: return copy_target(mem, args, given);
    case COAIO_ARG_TEXT: return copy_bytes(mem, &args->text, given);
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
    case COAIO_ARG_ATIME: args->atime_ns = nanoseconds(given); return 0;
    case COAIO_ARG_MTIME: args->mtime_ns = nanoseconds(given); return 0;
    case COAIO_ARG_DEV: args->dev = given->n; return 0;
    case COAIO_ARG_SECONDS: return copy_seconds(args, given);
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
    coaio__free(mem, args->path);
    coaio__free(mem, args->path2);
    if (args->wd)
        args->wd->refs--;
    if (args->wd2)
        args->wd2->refs--;
    args->wd = args->wd2 = NULL;
    args->path = args->path2 = NULL;
}

void coaio__result_drop(struct coaio__mem *mem, struct coaio__result *result)
{
    coaio__free(mem, result->memory);
    result->memory = NULL;
    result->size = 0;
}

void coaio__result_dispose(struct coaio__mem *mem, uint32_t kind, struct coaio__result *result)
{
    if (kind == COAIO_RESULT_FD && result->value >= 0)
        close((int)result->value);
    coaio__result_drop(mem, result);
}

int coaio__dirfd(const coaio_wd *wd)
{
    return wd ? wd->fd : AT_FDCWD;
}
