/*
 * The io_uring executor of a build without liburing: making one fails, and nothing else is ever
 * called.
 */
#include "exec/uring.h"

#include <errno.h>

#ifndef COAIO_URING

int coaio__uring_new(struct coaio__uring **out, uint32_t depth, struct coaio__returns *returns)
{
    (void)out, (void)depth, (void)returns;
    return -ENOTSUP;
}

void coaio__uring_abandon(struct coaio__uring *uring)
{
    (void)uring;
}

bool coaio__uring_is_on(const struct coaio__uring *uring)
{
    (void)uring;
    return false;
}

bool coaio__uring_waits(const struct coaio__uring *uring)
{
    (void)uring;
    return false;
}

int coaio__uring_wait(struct coaio__uring *uring, uint64_t until)
{
    (void)uring, (void)until;
    return -ENOSYS;
}

void coaio__uring_unlisten(struct coaio__uring *uring)
{
    (void)uring;
}

bool coaio__uring_notify(struct coaio__uring *uring, bool on)
{
    (void)uring, (void)on;
    return false;
}

#endif
