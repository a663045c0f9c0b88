/*
 * The inside of a pool, shared by its two halves: pool.c is what the engine sees, worker.c what its threads do.
 */
#ifndef COAIO_EXEC_WORKER_H
#define COAIO_EXEC_WORKER_H

#include <pthread.h>
#include <uv.h>

#include "exec/pool.h"

struct coaio__worker {
    struct coaio__link  link; /* among the pool's workers */
    struct coaio__pool *pool;
    pthread_t           thread;
    struct coaio_req   *req;   /* what it runs */
    uint64_t            since; /* it runs it */
    int                 signal_number; /* that may interrupt it, 0: none */
    uint32_t            count;  /* of what it ran */
    bool                looks;  /* at itself, the next time: whether it sleeps in its operation */
    bool                sleeps; /* it did when it last looked: it leaves the processor to others */
    bool                stuck;
    bool                interrupting; /* until it answers */
};

struct coaio__pool {
    struct coaio__executor  executor;
    enum coaio__lane_of_pool lane;
    struct coaio__returns  *returns;
    struct coaio__watch    *watch;
    uv_mutex_t              lock;
    uv_cond_t               work;
    struct coaio__priq      queue;
    struct coaio__link      workers;
    int64_t                 limit[COAIO__POOL_LIMITS];
    uint32_t                queued, threads, starting, idle, running, stuck;
    uint32_t                processors; /* how many workers that do not sleep may run */
    uint32_t                unannounced; /* requests returned while the owner sleeps, without waking it */
    uint32_t                lingers; /* so many more times the watch looks, soon; 0: it has to be asked */
    bool                    closed;   /* workers leave when they have nothing to run */
    bool                    attended; /* and coaio__pool_free waits for them; else the last one frees the pool */
};

/* With the lock: how many more requests may execute now. */
uint32_t coaio__pool_capacity(const struct coaio__pool *pool);

static inline bool coaio__pool_may_take(const struct coaio__pool *pool)
{
    return pool->queued && coaio__pool_capacity(pool);
}

static inline struct coaio__worker *coaio__worker_of(struct coaio__link *link)
{
    return (struct coaio__worker *)((char *)link - offsetof(struct coaio__worker, link));
}

/* With the lock: whether one more worker would get on with the queue, and not only be in the way of those at work. */
bool coaio__pool_wants_worker(const struct coaio__pool *pool, uint64_t now);

/* With the lock: have somebody take the next request. 0, or why no worker could be started. */
int coaio__worker_call(struct coaio__pool *pool);

/* Free a pool that the last one left. Without the lock. */
void coaio__pool_destroy(struct coaio__pool *pool);

#endif
