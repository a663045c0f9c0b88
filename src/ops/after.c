/*
 * Closes and stats that come back from the ring.
 */
#include "ops/after.h"

#include <errno.h>
#include <sys/stat.h>

#ifdef COAIO_URING
#include <liburing.h>
#endif

#include "ops/run.h"

/* To the ring another ring's descriptor is a bad one. What is none refuses even to do nothing. */
static bool is_ring(int fd)
{
#ifdef COAIO_URING
    int rc = io_uring_enter((unsigned)fd, 0, 0, 0, NULL);

    return rc != -EBADF && rc != -EOPNOTSUPP;
#else
    (void)fd;
    return false;
#endif
}

int64_t coaio__after_close(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    (void)context;
    if (value == -EBADF && is_ring(args->fd))
        return -EAGAIN;
    return value == -EINTR ? 0 : value;
}

#ifdef STATX_BASIC_STATS
/* In place: coaio__stat_room made the memory large enough for both. */
int64_t coaio__after_stat(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    struct coaio__result *result = context->result;
    struct statx          from;

    (void)args;
    if (value < 0) {
        coaio__result_drop(context->mem, result);
        return value == -EPERM || value == -ENOSYS ? -EAGAIN : value;
    }
    from = *(struct statx *)result->memory;
    coaio__stat_of_statx(result->memory, &from);
    result->size = sizeof(coaio_statbuf);
    return 0;
}
#endif
