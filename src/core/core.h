/*
 * The engine: what belongs to one owner's thread.
 *
 *   timers     the heap of deadlines
 *   held       what executors hold, and how much
 *   attention  who has to be woken; sleep
 *   members    who is in a group
 *   stuck      what has been executing for too long
 *   life       a request made, ready, done, delivered
 *   limits     limits and gauges
 *   place      who does a request
 *   orphans    operations that outlive their requests
 *   parts      executors, watch and the way back
 *   submit     makes requests, and queues or completes them
 *   verdict    cancelled, timed out
 *   groups     requests that wait for other requests
 *   owner      what the owner runs, since there is no worker
 *   dispatch   gives ready requests to executors, and collects what they return
 *   fork       what happens to engines in a child
 *   poll       delivers
 *   request    what a caller may ask of one request
 *   engine     makes and frees engines
 *   typed      the typed functions
 */
#ifndef COAIO_CORE_CORE_H
#define COAIO_CORE_CORE_H

#include <assert.h>
#include <pthread.h>

#include "base/policy.h"
#include "core/timers.h"
#include "exec/poller.h"
#include "exec/pool.h"
#include "exec/returns.h"
#include "exec/uring.h"
#include "exec/watch.h"
#include "ops/near.h"

/* Which executor has a request. */
enum coaio__route {
    COAIO__ROUTE_RING,
    COAIO__ROUTE_ORDINARY,
    COAIO__ROUTE_SLOW,
    COAIO__ROUTE_POLLER,
    COAIO__ROUTES
};

enum { COAIO__LIMITS = 16 };

struct coaio__attachment;

/* The executors and what they need. Set up, torn down and forgotten as one (parts.c). */
struct coaio__parts {
    struct coaio__returns *returns;
    struct coaio__watch *watch;
    struct coaio__pool *ordinary, *slow;
    struct coaio__uring *uring;                      /* NULL: threads only */
    struct coaio__poller *poller;                    /* NULL: the slow lane waits for descriptors */
    struct coaio__executor *executor[COAIO__ROUTES]; /* these; NULL: there is none */
};

/* The requests that no executor has (life.c). */
struct coaio__queues {
    struct coaio__priq ready;           /* for the next turn to give to executors */
    struct coaio__link closes;          /* parked until orphans let go of their descriptors */
    struct coaio__link groups;          /* unfinished ones with members */
    struct coaio__link empty;           /* and without: the next look finishes them */
    struct coaio__priq done;            /* for poll: with a callback */
    struct coaio__link done_timers;     /* the same, delivered before all others */
    struct coaio__priq done_reap;       /* for reap: without a callback */
    struct coaio__link reaped;          /* handed out by the last reap */
    uint32_t nready, ndone, ndone_reap; /* ndone: with the timers */
};

/* How many requests executors hold. held.c counts, place.c decides by it. */
struct coaio__load {
    uint32_t all;
    uint32_t ordinary;                    /* by the ordinary lane */
    uint32_t slow;                        /* by the slow lane and the poller */
    uint32_t brief, attempts;             /* by the ordinary lane: see place.c */
    uint32_t disk;                        /* transfers on the ring */
    uint32_t positions[COAIO__POSITIONS]; /* those that move the position of a descriptor */
};

/* Whether the owner is awake, and who has to wake it (attention.c). */
struct coaio__attention {
    atomic_int called; /* by coaio_wakeup */
    uint64_t alarm;    /* what the watch was told last */
    bool watched;      /* somebody has the descriptor */
    bool notifying;    /* the ring raises the descriptor */
    bool leftover;     /* an executor needs another call soon */
    bool rested;       /* the owner slept, or was away, after it last delivered */
};

/* The turn of callbacks: what they may do, and whose it is (poll.c). */
struct coaio__turn {
    int64_t inline_left;  /* the cost of what may be completed inline: see coaio__allow_inline */
    uint32_t passed_over; /* callbacks that went before what is done with a lower priority */
    int8_t let_through;   /* the priority of the last one for which they stood back */
    bool delivering;      /* a callback is running */
};

/* Requests that were delivered, or are about to be, although an executor still has them. */
struct coaio__orphans {
    struct coaio_req **list;
    uint32_t count, room;
};

struct coaio_engine {
    struct coaio__link link; /* among all engines (fork.c) */
    struct coaio__mem mem;
    pthread_t owner;
    coaio_options options;
    int64_t limit[COAIO__LIMITS];
    struct coaio__parts parts;
    struct coaio__queues queues;
    struct coaio__timers timers;
    struct coaio__orphans orphans;
    struct coaio__load load;
    struct coaio__attention attention;
    struct coaio__turn turn;
    struct coaio__mounts mounts;
    struct {
        int64_t timeout_ns;
        uint32_t flags;
        int8_t priority;
    } next;                  /* settings of the next request */
    struct coaio_req *spare; /* freed requests, linked by `returned` */
    uint32_t spares;
    uint32_t nreqs;  /* outstanding: submitted and not delivered */
    uint32_t frames; /* callbacks and feeders on the stack, in a child those of the parent, too */
    struct coaio__attachment *attachment; /* to a libuv loop (uv/attach.c) */
    /* NULL, or told when `nreqs` leaves or reaches 0 */
    void (*on_busy)(coaio_engine *engine, bool busy);
    bool shares;  /* there are other processors, for workers (place.c) */
    bool closing; /* nothing is started any more */
    bool forked;  /* inherited by a child */
};

/* Whether this thread, of this process, owns the engine. */
static inline bool coaio__owned(const coaio_engine *engine)
{
    return !engine->forked && pthread_equal(engine->owner, pthread_self());
}

/*
 * What attempts to complete requests inside their submit may cost (ops.h) until this is said again:
 * `share`, or the limit, which counts system calls. Many callbacks have little each: one system
 * call for each of many requests, in one go, costs less than one here and one there.
 */
static inline void coaio__allow_inline(coaio_engine *engine, int64_t share)
{
    int64_t limit = engine->limit[COAIO_INLINE];
    limit = limit < INT64_MAX / COAIO__CALL_COST ? limit * COAIO__CALL_COST : INT64_MAX;
    engine->turn.inline_left = limit < share ? limit : share;
}

static inline void coaio__count_in(coaio_engine *engine)
{
    if (engine->nreqs++ == 0 && engine->on_busy)
        engine->on_busy(engine, true);
}

static inline void coaio__count_out(coaio_engine *engine)
{
    assert(engine->nreqs > 0);
    if (--engine->nreqs == 0 && engine->on_busy)
        engine->on_busy(engine, false);
}

#endif
