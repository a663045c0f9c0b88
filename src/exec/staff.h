/*
 * The decisions of a pool, as questions about its crew: how many workers are to run, how much each
 * takes, for how long one stays awake, when the watch has to look. They change nothing but what
 * is counted for the next decision; they know nothing of threads, and take the time (coaio__now) as
 * an argument. All are called with the pool's lock held. The numbers are in base/policy.h.
 */
#ifndef COAIO_EXEC_STAFF_H
#define COAIO_EXEC_STAFF_H

#include "exec/crew.h"

/* True if something is queued that may execute now. */
bool coaio__staff_has_work(const struct coaio__pool *pool);

/* How many workers occupy a processor. */
uint32_t coaio__staff_awake(const struct coaio__pool *pool, uint64_t now);

/* How many may: those of the slow lane, which sleep, and those of an unwatched pool are not
   counted. */
uint32_t coaio__staff_processors(const struct coaio__pool *pool);

/* True if the queue is so long that the owner will be waiting: it leaves its processor to one more
   worker. */
bool coaio__staff_needs_owners_processor(struct coaio__pool *pool);

/* True if one more worker that does not sleep would get on with the queue. */
bool coaio__staff_wants_worker(struct coaio__pool *pool, uint64_t now);

/* True if this worker, which is idle, should take what is queued. */
bool coaio__staff_wants(struct coaio__pool *pool, const struct coaio__worker *worker, uint64_t now);

/* True if an idle worker is awake and about to look at the queue. */
bool coaio__staff_lingers(const struct coaio__pool *pool, uint64_t now);

/* True if this worker, which is idle, may stay awake for a while. */
bool coaio__staff_may_linger(const struct coaio__pool *pool, const struct coaio__worker *worker);

/* How many requests this worker takes. `watched`: the watch would notice if one of them took
   long. */
uint32_t coaio__staff_batch(struct coaio__pool *pool, const struct coaio__worker *worker,
                            bool watched);

/* True if the watch interrupts an open of this worker's batch that has to wait. */
bool coaio__staff_guards(const struct coaio__pool *pool, const struct coaio__worker *worker);

/* True if this worker may open for reading without looking first. */
bool coaio__staff_trusts(const struct coaio__pool *pool, const struct coaio__worker *worker);

/* A worker has returned `count` requests to an owner that sleeps. True: it has to be woken now.
   Otherwise they are counted, and announced by the watch's next look at the latest. */
bool coaio__staff_must_wake(struct coaio__pool *pool, uint32_t count);

/* The owner is going to be woken: whatever was returned is announced by that. */
void coaio__staff_announced(struct coaio__pool *pool);

/* When the watch must next look at the queue: soon, if another worker might help or one may take a
   batch; later, if no more may run, since those that run may be stuck; COAIO__NEVER, if nothing is
   queued or each request has a worker of its own. */
uint64_t coaio__staff_next_look(struct coaio__pool *pool, uint64_t now);

/* The same at the end of a look, and planned: after a busy queue has become empty the watch goes on
   to look for some rounds, which costs less than to wake it again. */
uint64_t coaio__staff_plan_look(struct coaio__pool *pool, uint64_t now);

/* When this worker counts as stuck. */
uint64_t coaio__staff_late(const struct coaio__pool *pool, const struct coaio__worker *worker);

#endif
