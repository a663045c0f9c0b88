/*
 * The io_uring executor of a build without liburing: making one fails, and nothing else is ever called.
 */
#include "exec/uring.h"

#include <errno.h>

#ifndef COAIO_URING

int coaio__uring_new(struct coaio__uring **out, uint32_t depth, struct coaio__returns *returns)
{
    (void)out, (void)depth, (void)returns;
    return -ENOTSUP;
}

void coaio__uring_free(struct coaio__uring *uring)
{
    (void)uring;
}

void coaio__uring_abandon(struct coaio__uring *uring)
{
    (void)uring;
}

void coaio__uring_leave(struct coaio__uring *uring)
{
    (void)uring;
}

void coaio__uring_forget(struct coaio__uring *uring)
{
    (void)uring;
}

bool coaio__uring_is_on(const struct coaio__uring *uring)
{
    (void)uring;
    return false;
}

bool coaio__uring_serves(const struct coaio__uring *uring, const struct coaio_req *req)
{
    (void)uring, (void)req;
    return false;
}

void coaio__uring_limit(struct coaio__uring *uring, uint32_t limit)
{
    (void)uring, (void)limit;
}

uint32_t coaio__uring_queued(const struct coaio__uring *uring)
{
    (void)uring;
    return 0;
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
