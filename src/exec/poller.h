/*
 * The poller: the executor of reads, writes and sendfiles that may wait for somebody else, as long as they do.
 *
 * One thread, started when first needed, tries each request (the row's at_once), sleeps in epoll_wait(2) until the
 * descriptors of the rest are ready, and tries again. So ten thousand idle readers of pipes take no thread each, and
 * nothing waits behind them. A request that can be polled but not tried, of a terminal for instance, is handed back
 * when it is ready, and one that cannot be polled at once, both as COAIO__REROUTE: the slow lane does them.
 *
 * The thread touches memory that was lent for reads and writes; nothing else makes it wait.
 */
#ifndef COAIO_EXEC_POLLER_H
#define COAIO_EXEC_POLLER_H

#include "exec/executor.h"
#include "exec/returns.h"

struct coaio__poller; /* starts with a struct coaio__executor */

/* 0, -ENOMEM, or -ENOSYS where the system has no epoll: then the slow lane waits. Takes a reference of `returns`. */
int coaio__poller_new(struct coaio__poller **out, struct coaio__returns *returns);

/* Stop and join its thread, and free it. It may hold no request. */
void coaio__poller_free(struct coaio__poller *poller);

/* In a forked child: return all requests, close what was inherited, leave the parent's registrations alone. */
void coaio__poller_forget(struct coaio__poller *poller);

/* Whether this request, which may wait without bound, may wait here. */
bool coaio__poller_serves(const struct coaio__poller *poller, const struct coaio_req *req);

/* Begin nothing (and go on with nothing) until told otherwise. */
void coaio__poller_pause(struct coaio__poller *poller, bool paused);

/* Requests that it has not begun with. */
uint32_t coaio__poller_queued(struct coaio__poller *poller);

/* Around fork(2). */
void coaio__poller_hold(struct coaio__poller *poller);
void coaio__poller_release(struct coaio__poller *poller);

#endif
