/*
 * Closes and stats that come back from the ring.
 */
#include "ops/after.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/run.h"

/* To the ring another ring's descriptor is a bad one. */
static bool is_ring(int fd)
{
    static const char ring[] = "anon_inode:[io_uring]";
    char              link[40], what[sizeof ring];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return readlink(link, what, sizeof what) == (ssize_t)(sizeof ring - 1) && memcmp(what, ring, sizeof ring - 1) == 0;
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
