/*
 * What one worker has taken. See batch.c. All but coaio__batch_run is called with the pool's lock
 * held, and requests are returned under it: so whoever has the lock may look at what a worker
 * holds. A true result of those that return requests: the engine has to be woken.
 */
#ifndef COAIO_EXEC_BATCH_H
#define COAIO_EXEC_BATCH_H

#include "exec/crew.h"

/* Take requests out of the queue, which is not empty. The worker holds none. */
void coaio__batch_take(struct coaio__pool *pool, struct coaio__worker *worker);

/* Lock not held, on the worker's thread. Run the `held` requests that it took. */
void coaio__batch_run(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t held);

/* Return all that the worker holds. */
bool coaio__batch_return(struct coaio__pool *pool, struct coaio__worker *worker);

/* Return a request that was cancelled before a worker began with it. */
bool coaio__batch_refuse(struct coaio__pool *pool, struct coaio_req *req);

/* The request that the worker runs now, or NULL. */
struct coaio_req *coaio__batch_current(const struct coaio__worker *worker);

/* Interrupt that request if it may be interrupted. True: the signal is on its way. It is lost if
   the system call begins only after it. */
bool coaio__batch_interrupt(struct coaio__worker *worker);

/* Leave the worker the request that it runs. Those that it has run are returned, the others go back
   to the front of the queue. */
bool coaio__batch_relieve(struct coaio__pool *pool, struct coaio__worker *worker);

/* In a forked child: return what the parent's worker has run, and the rest as cancelled. */
void coaio__batch_forget(struct coaio__pool *pool, struct coaio__worker *worker);

#endif
