/*
 * A pool of worker threads with a queue of nine priorities.
 *
 * An engine has two: the ordinary lane, for work that a disk bounds, and the slow lane, for what
 * may wait without bound. Workers are started on demand, each by the one before it that found more
 * to do, but no more than get on with it (docs/design.md), and leave when there are more than
 * max_idle idle ones for idle_timeout. What may wait without bound can be interrupted by a signal.
 *
 * One lock guards everything here. It is never held during an operation or a system call other than
 * those of locking, of starting threads and of interrupting them.
 */
#ifndef COAIO_EXEC_POOL_H
#define COAIO_EXEC_POOL_H

#include "exec/executor.h"
#include "exec/returns.h"

struct coaio__pool; /* starts with a struct coaio__executor */
struct coaio__watch;

enum coaio__lane_of_pool { COAIO__POOL_ORDINARY, COAIO__POOL_SLOW };

enum coaio__pool_limit {
    COAIO__POOL_PARALLEL,     /* requests executing at once, 0 pauses */
    COAIO__POOL_MAX_IDLE,     /* idle workers kept for ever */
    COAIO__POOL_IDLE_TIMEOUT, /* nanoseconds */
    COAIO__POOL_STUCK_AFTER,  /* nanoseconds */
    COAIO__POOL_SIGNAL,       /* 0: never interrupt */
    COAIO__POOL_LIMITS
};

/* 0 or -ENOMEM. Takes a reference of `returns`. */
int coaio__pool_new(struct coaio__pool **out, enum coaio__lane_of_pool lane,
                    struct coaio__returns *returns, struct coaio__watch *watch);

/* Move up to `most` shared requests that the owner could do, and that no worker has got to, into
   `back`; they are the caller's again. How many. */
uint32_t coaio__pool_take_back(struct coaio__pool *pool, struct coaio__link *back, uint32_t most);

/* Whether a worker is about to return something, so that to wait for it takes less than to sleep;
   and the owner's processor is not needed for another one. */
bool coaio__pool_is_quick(struct coaio__pool *pool);

/* Whether brief requests are in good hands here: not where workers just found that they sleep, or
   there were none. */
bool coaio__pool_is_of_help(const struct coaio__pool *pool);

void coaio__pool_set(struct coaio__pool *pool, enum coaio__pool_limit limit, int64_t value);
uint32_t coaio__pool_threads(struct coaio__pool *pool);

#endif
