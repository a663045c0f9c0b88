/*
 * Closes and stats that come back from the ring.
 */
#include "ops/after.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/run.h"

int64_t coaio__after_close(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    (void)args;
    (void)context;
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
