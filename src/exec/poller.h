/*
 * The poller: the executor of reads, writes and sendfiles that may wait for somebody else, as long
 * as they do.
 *
 * One thread, started when first needed, tries each request (the row's at_once), sleeps in
 * epoll_wait(2) until the descriptors of the rest are ready, and tries again. So ten thousand idle
 * readers of pipes take no thread each, and nothing waits behind them. A request that can be polled
 * but not tried, of a terminal for instance, is handed back when it is ready, and one that cannot
 * be polled at once, both as COAIO__REROUTE: the slow lane does them.
 *
 * The thread touches memory that was lent for reads and writes; nothing else makes it wait.
 */
#ifndef COAIO_EXEC_POLLER_H
#define COAIO_EXEC_POLLER_H

#include "exec/executor.h"
#include "exec/returns.h"

struct coaio__poller; /* starts with a struct coaio__executor */

/* 0, -ENOMEM, or -ENOSYS where the system has no epoll: then the slow lane waits. Takes a reference
   of `returns`. */
int coaio__poller_new(struct coaio__poller **out, struct coaio__returns *returns);

#endif
