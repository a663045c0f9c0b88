/*
 * Inline attempts: nop, seek, and reads from the page cache.
 *
 * A cached read is a copy of memory, and asking for it costs less than waking a worker. preadv2(RWF_NOWAIT) takes what
 * the cache has and stops where it would have to wait; that is no short read, so the whole is left to an executor then,
 * and the descriptor's own position goes back to where it was. O_DIRECT would wait for the disk in spite of the flag.
 */
#include "ops/try.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ops/after.h"
#include "ops/prep.h"
#include "ops/run.h"

int64_t coaio__try_nop(struct coaio__args *args, struct coaio__context *context)
{
    return coaio__run_nop(args, context);
}

/* SEEK_END, SEEK_DATA and SEEK_HOLE may have to ask a server or the disk. */
int64_t coaio__try_seek(struct coaio__args *args, struct coaio__context *context)
{
    if (args->whence != SEEK_SET && args->whence != SEEK_CUR)
        return -EAGAIN;
    return coaio__run_seek(args, context);
}

#ifdef RWF_NOWAIT

/* Bytes from the cache, all that were asked for or up to the end of the file; else `missing` is why it stopped. */
static int64_t read_cache(const struct coaio__args *args, char *to, int64_t *missing)
{
    uint64_t have = 0;
    int64_t  n;

    do {
        struct iovec part = {.iov_base = to + have, .iov_len = (size_t)(args->length - have)};
        int64_t      offset = args->offset < 0 ? -1 : args->offset + (int64_t)have;

        n = coaio__value(preadv2(args->fd, &part, 1, offset, RWF_NOWAIT));
        have += n > 0 ? (uint64_t)n : 0;
    } while (n > 0 && have < args->length);
    *missing = n < 0 ? n : 0;
    return (int64_t)have;
}

static bool would_block(int64_t error)
{
    return error == -EAGAIN || error == -EOPNOTSUPP || error == -ENOSYS || error == -EINVAL || error == -EINTR;
}

/* A pipe has given all it has. A file has more, and nobody is to read there in between: it is read as a whole. */
static int64_t partly_read(struct coaio__args *args, struct coaio__context *context, int64_t have)
{
    if (args->offset < 0 && lseek(args->fd, -have, SEEK_CUR) < 0)
        return coaio__after_read(args, context, have);
    coaio__result_drop(context->mem, context->result);
    return -EAGAIN;
}

int64_t coaio__try_read(struct coaio__args *args, struct coaio__context *context)
{
    int64_t have, missing;
    int     rc;

    if (!context->cached && coaio__is_direct(args->fd))
        return -EAGAIN;
    context->cached = true;
    if (!args->memory)
        coaio__read_clip(args, false);
    if (args->length > COAIO__TRY_READ_MAX)
        return -EAGAIN;
    rc = coaio__read_room(args, context);
    if (rc < 0)
        return rc;
    have = read_cache(args, args->memory ? args->memory : context->result->memory, &missing);
    if (have > 0 && missing < 0)
        return partly_read(args, context, have);
    if (missing < 0)
        return coaio__after_read(args, context, would_block(missing) ? -EAGAIN : missing);
    return coaio__after_read(args, context, have);
}

#else

int64_t coaio__try_read(struct coaio__args *args, struct coaio__context *context)
{
    (void)args;
    (void)context;
    return -EAGAIN;
}

#endif
