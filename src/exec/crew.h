/*
 * The inside of a pool, shared by its parts:
 *
 *   staff.c    the decisions: how many workers run, how much one takes, when the watch looks
 *   batch.c    what one worker has taken: taking, running, returning it
 *   worker.c   the threads
 *   overdue.c  what the watch does about workers that take long
 *   pool.c     what the engine sees
 *
 * Each calls only those above it. One lock guards everything here; what is accessed without it is
 * atomic.
 */
#ifndef COAIO_EXEC_CREW_H
#define COAIO_EXEC_CREW_H

#include <assert.h>
#include <pthread.h>
#include <uv.h>

#include "base/clock.h"
#include "base/pause.h"
#include "base/policy.h"
#include "exec/pool.h"

struct coaio__worker {
    struct coaio__link link; /* among the pool's workers */
    struct coaio__pool *pool;
    pthread_t thread;
    struct coaio_req *batch[COAIO__BATCH]; /* the requests that the worker took */
    uint32_t returned, held; /* the worker still holds those from `returned` to `held` */
    atomic_uint next;   /* index of the next one to run: whoever moves it has what it moved over */
    uint64_t since;     /* when the worker began with the first one (coaio__now) */
    int signal_number;  /* interrupts what of the batch may be interrupted, 0: nothing may */
    bool allows_signal; /* the worker has the signal unblocked now */
    bool guarded;       /* the watch interrupts an open for reading that has to wait */
    bool trusts;        /* the worker opens for reading without looking first */
    uint32_t batches;   /* that the worker ran, modulo 2^32 */
    bool measures;      /* the worker measures at the next batch whether its operations sleep */
    bool sleeps;        /* its operations slept when last measured: it occupies no processor */
    bool stuck;         /* it no longer counts as running */
    bool interrupting;  /* the signal is repeated until the worker answers */
};

struct coaio__pool {
    struct coaio__executor executor;
    enum coaio__lane_of_pool lane;
    struct coaio__returns *returns;
    struct coaio__watch *watch;
    uv_mutex_t lock;
    uv_cond_t work;
    struct coaio__priq queue;
    struct coaio__link workers;
    int64_t limit[COAIO__POOL_LIMITS];
    uint32_t queued, threads, starting, idle, running, stuck;

    uint32_t processors;   /* for workers that do not sleep in their operations */
    bool shares_processor; /* there is only one: no worker lingers on it */
    bool unwatched;        /* no thread can be started for the watch, and none was: stays set */

    bool lingering;            /* an idle worker stays awake, */
    uint64_t linger_until;     /* until then (coaio__now), */
    uint32_t lingered_in_vain; /* which was in vain so many times in a row */

    _Atomic uint64_t no_help; /* when workers last slept in operations or could not be started */
    _Atomic uint64_t waited;  /* when a trusted open last had to wait. Both 0: never */
    bool uninterruptible;     /* no signal can interrupt: nothing is trusted */

    uint32_t looks_left;  /* so many more times the watch comes by itself; 0: it has to be asked */
    uint64_t next_look;   /* when it comes, if looks_left */
    uint32_t unannounced; /* requests that were returned without waking the sleeping owner, */
    uint64_t announce_by; /* whom the watch wakes at that look at the latest */

    bool closed;   /* workers leave when nothing is queued */
    bool attended; /* pool_free waits for them; else the last one frees the pool */
};

/* The lock is held for less time than it takes to sleep and be woken, so its taker spins first. */
static inline void coaio__pool_lock(struct coaio__pool *pool)
{
    for (int i = 0; i < COAIO__LOCK_ATTEMPTS; i++) {
        if (uv_mutex_trylock(&pool->lock) == 0)
            return;
        coaio__pause(1);
    }
    uv_mutex_lock(&pool->lock);
}

static inline struct coaio__worker *coaio__worker_of(struct coaio__link *link)
{
    return (struct coaio__worker *)((char *)link - offsetof(struct coaio__worker, link));
}

/* Lock held. Count a request into the queue, or `count` out of it. */
static inline void coaio__pool_count_in(struct coaio__pool *pool)
{
    pool->queued++;
}

static inline void coaio__pool_count_out(struct coaio__pool *pool, uint32_t count)
{
    assert(pool->queued >= count);
    pool->queued -= count;
}

#endif
