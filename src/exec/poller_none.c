/*
 * The poller of a system without epoll cannot be made.
 */
#include "exec/poller.h"

#ifndef __linux__

int coaio__poller_new(struct coaio__poller **out, struct coaio__returns *returns)
{
    (void)out, (void)returns;
    return -ENOSYS;
}

#endif
