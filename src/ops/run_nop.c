/*
 * Doing nothing, at once or for a while.
 */
#include "ops/run.h"

#include <errno.h>
#include <time.h>

#include "ops/try.h"

int64_t coaio__run_nop(struct coaio__args *args, struct coaio__context *context)
{
    (void)args;
    (void)context;
    return 0;
}

int64_t coaio__try_nop(struct coaio__args *args, struct coaio__context *context)
{
    return coaio__run_nop(args, context);
}

/* When interrupted it leaves the rest of the time for the next attempt. */
int64_t coaio__run_busy(struct coaio__args *args, struct coaio__context *context)
{
    struct timespec wanted, rest;

    (void)context;
    wanted.tv_sec = (time_t)args->seconds;
    wanted.tv_nsec = (long)((args->seconds - (double)wanted.tv_sec) * 1e9);
    if (nanosleep(&wanted, &rest) == 0)
        return 0;
    if (errno == EINTR)
        args->seconds = (double)rest.tv_sec + (double)rest.tv_nsec / 1e9;
    return -errno;
}
