/*
 * The inside of a pool, shared by its parts: pool.c is what the engine sees, worker.c what its threads do, hand.c what
 * they have taken.
 */
#ifndef COAIO_EXEC_WORKER_H
#define COAIO_EXEC_WORKER_H

#include <pthread.h>
#include <uv.h>

#include "base/pause.h"
#include "base/policy.h"
#include "exec/pool.h"

struct coaio__worker {
    struct coaio__link  link; /* among the pool's workers */
    struct coaio__pool *pool;
    pthread_t           thread;
    struct coaio_req   *hand[COAIO__HAND]; /* what it took */
    uint32_t            returned, held;    /* from the one to the other it has them still */
    atomic_uint         next;              /* of them to be run; others may look, and take the rest away */
    uint64_t            since;             /* it began with the first */
    int                 signal_number; /* that interrupts what of it may be interrupted, 0: none */
    bool                allows; /* the signal, now */
    bool                guarded; /* if it waits in an open for reading, it is interrupted */
    bool                trusts;  /* that such an open does not wait: it does not look first */
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
    uint32_t                queued, threads, starting, idle, lingering, running, stuck;
    uint64_t                linger_until; /* by the one that does */
    uint32_t                in_vain; /* times in a row that a worker lingered */
    uint32_t                processors; /* how many workers that do not sleep may run */
    bool                    spare;      /* one beside the owner's, on which a worker may wait awake */
    _Atomic uint64_t        no_help;    /* when workers last slept in their operations, or none could be started */
    _Atomic uint64_t        waited;     /* when an open that was guarded last had to */
    bool                    uninterruptible; /* the signal does not do for that */
    uint32_t                unannounced; /* requests returned while the owner sleeps, without waking it */
    uint32_t                lingers; /* so many more times the watch looks, soon; 0: it has to be asked */
    bool                    closed;   /* workers leave when they have nothing to run */
    bool                    attended; /* and coaio__pool_free waits for them; else the last one frees the pool */
};

/* Whoever has the lock soon gives it back: to sleep would take longer. */
static inline void coaio__pool_lock(struct coaio__pool *pool)
{
    for (int i = 0; i < COAIO__LOCK_ATTEMPTS; i++) {
        if (uv_mutex_trylock(&pool->lock) == 0)
            return;
        coaio__pause(1);
    }
    uv_mutex_lock(&pool->lock);
}

/* The rest with the lock. How many more requests may execute now. */
uint32_t coaio__pool_capacity(const struct coaio__pool *pool);

static inline bool coaio__pool_may_take(const struct coaio__pool *pool)
{
    return pool->queued && coaio__pool_capacity(pool);
}

static inline struct coaio__worker *coaio__worker_of(struct coaio__link *link)
{
    return (struct coaio__worker *)((char *)link - offsetof(struct coaio__worker, link));
}

/* Whether the first in the queue is short, and so most of the others: the owner does a part itself. */
bool coaio__pool_has_short(struct coaio__pool *pool);

/* Whether the queue is so long that the owner will be waiting, and leaves its processor to one more. */
bool coaio__pool_needs_owners_processor(struct coaio__pool *pool);

/* Whether one more worker would get on with the queue, and not only be in the way of those at work. */
bool coaio__pool_wants_worker(struct coaio__pool *pool, uint64_t now);

/* How many workers keep a processor busy. */
uint32_t coaio__pool_awake(const struct coaio__pool *pool, uint64_t now);

/* Whether a worker that is awake is about to look at the queue. */
bool coaio__pool_lingers(const struct coaio__pool *pool, uint64_t now);

/* Have somebody take the next request. 0, or why no worker could be started. */
int coaio__worker_call(struct coaio__pool *pool);

/* hand.c: take some; run them, without the lock; return them, true: the engine has to be woken. */
void coaio__hand_take(struct coaio__pool *pool, struct coaio__worker *worker);
void coaio__hand_run(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t held);
bool coaio__hand_return(struct coaio__pool *pool, struct coaio__worker *worker);

/* Return one that was cancelled before anybody began with it. True: as above. */
bool coaio__hand_refuse(struct coaio__pool *pool, struct coaio_req *req);

/* What the worker is at, NULL: nothing. */
struct coaio_req *coaio__hand_current(const struct coaio__worker *worker);

/* With that, if it may be interrupted. True: the signal is on its way; it is lost where the call begins only now. */
bool coaio__hand_interrupt(struct coaio__worker *worker);

/* Leave the worker what it is at; what it has done is returned, and the rest goes back to the queue. True: as above. */
bool coaio__hand_relieve(struct coaio__pool *pool, struct coaio__worker *worker);

/* In a forked child: what the worker was at, and was to do, is returned as cancelled; what it has done as it is. */
void coaio__hand_forget(struct coaio__pool *pool, struct coaio__worker *worker);

/* Without the lock: free a pool that the last one left. */
void coaio__pool_destroy(struct coaio__pool *pool);

#endif
