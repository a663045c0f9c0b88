/*
 * Inline attempts: reads from the page cache.
 *
 * A cached read is a copy of memory, and asking for it costs less than waking a worker.
 * preadv2(RWF_NOWAIT) takes what the cache has and stops where it would have to wait; that is no
 * short read, so the whole is left to an executor then. O_DIRECT would wait for the disk in spite
 * of the flag.
 *
 * A descriptor's own position may be shared with other engines and processes, so it is moved only
 * when all is there, by one seek, which tells whose the bytes are: nothing is to be put back, and
 * nobody else can have read them.
 */
#include "ops/try.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ops/near.h"
#include "ops/read.h"
#include "ops/run.h"

#if defined(RWF_NOWAIT) && defined(STATX_SIZE)

enum { PAGE_MIN = 4096 };

/* The cache has whole pages, nowhere smaller ones: what stops within one has stopped at the end of
   the file. Devices like /dev/zero have no end, and stop after whole pages from where they
   began. */
static bool is_end_of_file(int64_t start, uint64_t have)
{
    return (start + (int64_t)have) % PAGE_MIN != 0 && have % PAGE_MIN != 0;
}

static bool is_complete(const struct coaio__args *args, int64_t start, uint64_t have)
{
    return have >= args->length || coaio__read_is_whole(args, have) || is_end_of_file(start, have);
}

/* Bytes from the cache, from `start` on, all that were asked for or up to the end of the file; else
   `missing` is why it stopped. `start` -1: no file, where two calls would join two messages. */
static int64_t read_cache(const struct coaio__args *args, char *to, int64_t start, int64_t *missing)
{
    uint64_t have = 0;
    int64_t n;

    do {
        struct iovec part = {.iov_base = to + have, .iov_len = (size_t)(args->length - have)};
        int64_t offset = start < 0 ? -1 : start + (int64_t)have;

        n = coaio__value(preadv2(args->fd, &part, 1, offset, RWF_NOWAIT));
        have += n > 0 ? (uint64_t)n : 0;
    } while (n > 0 && start >= 0 && !is_complete(args, start, have));
    *missing = n < 0 ? n : 0;
    return (int64_t)have;
}

static bool would_block(int64_t error)
{
    return error == -EAGAIN || error == -EOPNOTSUPP || error == -ENOSYS || error == -EINVAL
           || error == -EINTR;
}

/* How much of what was claimed is past the end of the file, or would be: that much the position
   goes back. */
static int64_t give_back(int fd, int64_t end, int64_t claimed)
{
    struct statx stx;
    int64_t past = 0;

    if (coaio__statx_unsynced(fd, "", STATX_SIZE, &stx) == 0)
        past = end - (int64_t)stx.stx_size;
    past = past < 0 ? 0 : past;
    past = past > claimed ? claimed : past;
    return past && lseek(fd, -past, SEEK_CUR) < 0 ? 0 : past;
}

/* Move the position past what was read. Where somebody has moved it meanwhile other bytes are ours:
   an executor is to read them, where they are. Devices take no notice of seeks. */
static int64_t claim(struct coaio__args *args, int64_t start, int64_t have)
{
    int64_t end = lseek(args->fd, have, SEEK_CUR), past;

    if (end == start + have || (end >= 0 && end < have))
        return have;
    if (end < 0)
        return -EAGAIN;
    past = give_back(args->fd, end, have);
    args->offset = end - have;
    args->length = (uint64_t)(have - past);
    args->ending = COAIO__END_NONE; /* these, and what is behind them may be somebody else's */
    return args->length ? -EAGAIN : 0;
}

/* As much as the file claimed and a byte more is there: it has grown, and a worker is to see how
   far. */
static bool goes_on(const struct coaio__args *args, int64_t start, int64_t have)
{
    return args->ending != COAIO__END_NONE && !args->memory && start >= 0
           && (uint64_t)have == args->length;
}

int64_t coaio__try_read(struct coaio__args *args, struct coaio__context *context)
{
    int64_t start, have, missing;
    uint64_t length = args->length;
    bool own = args->offset < 0;
    char *to;
    int rc;

    if (!args->length) /* preadv2(2) has no objection to reading nothing from what cannot be read */
        return -EAGAIN;
    if (!context->cached && coaio__is_direct(args->fd))
        return -EAGAIN;
    context->cached = true;
    if (!args->memory)
        coaio__read_clip(args, false);
    if (args->length > COAIO__TRY_READ_MAX)
        return -EAGAIN;
    rc = coaio__read_memory(args, context);
    if (rc < 0)
        return rc;
    to = args->memory ? args->memory : context->result->memory;
    start = own ? lseek(args->fd, 0, SEEK_CUR) : args->offset;
    have = read_cache(args, to, start, &missing);
    if (own && missing == -ESPIPE) { /* an eventfd has a position, but none to read at */
        start = -1;
        have = read_cache(args, to, start, &missing);
    }
    if (missing < 0)
        have = have > 0 || would_block(missing) ? -EAGAIN : missing;
    else if (goes_on(args, start, have))
        have = -EAGAIN;
    else if (have > 0 && own && start >= 0)
        have = claim(args, start, have);
    if (have == -EAGAIN && start < 0)
        args->length = length; /* a pipe may have more by then */
    return coaio__read_done(args, context, have);
}

#else

int64_t coaio__try_read(struct coaio__args *args, struct coaio__context *context)
{
    (void)args;
    (void)context;
    return -EAGAIN;
}

#endif
