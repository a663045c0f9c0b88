/*
 * The inside of a poller, shared by its parts: poller.c is what the engine sees, poll_thread.c what
 * the thread does.
 *
 * One lock guards everything here; the thread drops it while it tries a request and while it
 * sleeps. Requests are returned under it. It is the innermost lock.
 */
#ifndef COAIO_EXEC_POLL_THREAD_H
#define COAIO_EXEC_POLL_THREAD_H

#include <uv.h>

#include "exec/interest.h"
#include "exec/poller.h"

struct coaio__poller {
    struct coaio__executor executor;
    struct coaio__returns *returns;
    uv_mutex_t lock;
    uv_thread_t thread;
    struct coaio__wakeup wakeup;     /* of the thread */
    struct coaio__interest interest; /* of requests that were tried and wait */
    struct coaio__priq queue;        /* of those not tried yet */
    struct coaio_req *current;       /* which the thread tries, without the lock */
    uint32_t queued;
    bool started; /* there is a thread, and what it needs */
    bool sleeps;  /* it has to be woken */
    bool paused;
    bool stop;
    bool wake; /* the engine has to be woken for what was returned */
};

/* The thread, whose argument is the poller. */
void coaio__poll_thread(void *poller);

/* With the lock. Return a request. Of a write that has begun the part counts, and not why it
   ends. */
void coaio__poll_give(struct coaio__poller *poller, struct coaio_req *req, int64_t value);

/* With the lock. Whether the engine has to be woken, by whoever asks, for what was returned. */
static inline bool coaio__poll_take_wake(struct coaio__poller *poller)
{
    bool wake = poller->wake;
    poller->wake = false;
    return wake;
}

/* Without the lock, with what that has said. */
static inline void coaio__poll_tell_engine(struct coaio__poller *poller, bool wake)
{
    if (wake)
        coaio__returns_wake(poller->returns);
}

#endif
