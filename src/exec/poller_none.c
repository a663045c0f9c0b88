/*
 * The poller of a system without epoll: making one fails, and nothing else is ever called.
 */
#include "exec/poller.h"

#ifndef __linux__

int coaio__poller_new(struct coaio__poller **out, struct coaio__returns *returns)
{
    (void)out, (void)returns;
    return -ENOSYS;
}

void coaio__poller_free(struct coaio__poller *poller)
{
    (void)poller;
}

void coaio__poller_forget(struct coaio__poller *poller)
{
    (void)poller;
}

bool coaio__poller_serves(const struct coaio__poller *poller, const struct coaio_req *req)
{
    (void)poller, (void)req;
    return false;
}

void coaio__poller_pause(struct coaio__poller *poller, bool paused)
{
    (void)poller, (void)paused;
}

uint32_t coaio__poller_queued(struct coaio__poller *poller)
{
    (void)poller;
    return 0;
}

void coaio__poller_hold(struct coaio__poller *poller)
{
    (void)poller;
}

void coaio__poller_release(struct coaio__poller *poller)
{
    (void)poller;
}

#endif
