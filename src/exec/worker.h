/*
 * The threads of a pool. See worker.c.
 */
#ifndef COAIO_EXEC_WORKER_H
#define COAIO_EXEC_WORKER_H

#include "exec/crew.h"

/* Lock held. Have a worker take the next request. Returns when to try again (coaio__now), because
   no thread could be started although there are too few, or COAIO__NEVER. If there is none at all
   the queue is returned with errors; `wake`: the engine has to be woken for that. */
uint64_t coaio__worker_call(struct coaio__pool *pool, uint64_t now, bool *wake);

/* Lock not held, no worker left: free the pool. */
void coaio__pool_destroy(struct coaio__pool *pool);

#endif
