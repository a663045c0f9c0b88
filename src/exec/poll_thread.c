/*
 * The thread of a poller. See poller.h.
 */
#include "exec/poll_thread.h"

#ifdef __linux__

#include <poll.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/policy.h"

/* Why a request is tried. */
enum occasion {
    FIRST,
    READY,     /* its descriptor is */
    DISTURBED, /* it has been hung up, with nothing to read, or no room: to poll again would not wait */
    FAILED     /* there is an error, which is told once: a write that has begun leaves it to the next call */
};

/* ---- returning --------------------------------------------------------------------------------------------------- */

void coaio__poll_give(struct coaio__poller *poller, struct coaio_req *req, int64_t value)
{
    req->stage = COAIO__RUNNING;
    if (value < 0 && value != COAIO__REROUTE && coaio__req_has_begun(req))
        value = (int64_t)req->work.size;
    req->work.value = value;
    if (value != COAIO__REROUTE && value != -ECANCELED)
        req->server = COAIO__SERVER_THREADS;
    poller->wake |= coaio__returns_put(poller->returns, req);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* With the lock. All that wait for a descriptor, which is not what it was. */
static void give_all(struct coaio__poller *poller, int fd, int64_t value)
{
    struct coaio__waited *waited = coaio__interest_find(&poller->interest, fd);
    struct coaio__link   *link;

    for (int direction = 0; direction < COAIO__DIRECTIONS; direction++)
        while ((link = coaio__queue_pop(&waited->waiting[direction])) != NULL)
            coaio__poll_give(poller, coaio__req_of(link), value);
}

/* With the lock. Whoever closed the descriptor under those that wait for it has wronged them, and not the next one. */
static void wait_for_descriptor(struct coaio__poller *poller, struct coaio_req *req, bool first)
{
    int error;

    req->stage = COAIO__WAITING;
    error = coaio__interest_add(&poller->interest, req, first);
    if (error == -ENOENT || error == -EPERM) { /* another file, or one that never waits */
        give_all(poller, req->args.fd, -EBADF);
        error = coaio__interest_add(&poller->interest, req, first);
    }
    if (error)
        coaio__poll_give(poller, req, COAIO__REROUTE);
}

/* With the lock. True: others are in front of it. */
static bool must_queue(struct coaio__poller *poller, const struct coaio_req *req)
{
    struct coaio__waited *waited = coaio__interest_find(&poller->interest, req->args.fd);
    return waited && !coaio__queue_empty(&waited->waiting[req->op->waits_for]);
}

/* With the lock, which is dropped meanwhile. What at_once says. */
static int64_t try(struct coaio__poller *poller, struct coaio_req *req)
{
    struct coaio__context context = coaio__req_context(req, &poller->returns->mem);
    int64_t               value;

    req->stage = COAIO__RUNNING;
    poller->current = req;
    uv_mutex_unlock(&poller->lock);
    value = req->op->at_once(&req->args, &context);
    uv_mutex_lock(&poller->lock);
    poller->current = NULL;
    return value;
}

/* With the lock. True: the next one of the descriptor may be tried. */
static bool attempt(struct coaio__poller *poller, struct coaio_req *req, enum occasion occasion)
{
    bool    over = occasion == FAILED && coaio__req_has_begun(req);
    int64_t value = over ? -EIO : try(poller, req);
    bool    unready = value == -EAGAIN && occasion <= READY, untried = value == -EOPNOTSUPP;

    if ((unready || untried) && atomic_load(&req->cancelled))
        coaio__poll_give(poller, req, -ECANCELED);
    else if (unready || (untried && occasion == FIRST))
        wait_for_descriptor(poller, req, occasion != FIRST);
    else if (untried || value == -EAGAIN || value == -ENOSYS)
        coaio__poll_give(poller, req, COAIO__REROUTE);
    else
        coaio__poll_give(poller, req, value);
    return value != -EAGAIN && !untried;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

/* With the lock. */
static bool may_begin(const struct coaio__poller *poller)
{
    return !poller->paused && !poller->stop;
}

/* With the lock. */
static void begin_queued(struct coaio__poller *poller)
{
    struct coaio__link *link;

    for (int i = 0; i < COAIO__POLL_PORTION && may_begin(poller); i++) {
        if ((link = coaio__priq_pop(&poller->queue)) == NULL)
            return;
        struct coaio_req *req = coaio__req_of(link);
        poller->queued--;
        req->since = coaio__now();
        if (must_queue(poller, req))
            wait_for_descriptor(poller, req, false);
        else
            (void)attempt(poller, req, FIRST);
    }
}

/* With the lock. */
static void serve(struct coaio__poller *poller, struct coaio__link *queue, enum occasion occasion)
{
    struct coaio__link *link;

    while (may_begin(poller) && (link = coaio__queue_pop(queue)) != NULL)
        if (!attempt(poller, coaio__req_of(link), occasion))
            return;
}

static enum occasion occasion_of(uint32_t events, uint32_t wanted)
{
    if (events & EPOLLERR)
        return FAILED;
    return events & wanted ? READY : DISTURBED;
}

/* With the lock. */
static void hear(struct coaio__poller *poller, const struct epoll_event *event)
{
    struct coaio__waited *waited = coaio__interest_find(&poller->interest, event->data.fd);
    int                   fd = event->data.fd, error;

    if (fd == poller->wakeup.watched)
        coaio__wakeup_clear(&poller->wakeup);
    if (!waited)
        return;
    waited->armed = 0;
    if (event->events & ~(uint32_t)EPOLLOUT)
        serve(poller, &waited->waiting[COAIO__INPUT], occasion_of(event->events, EPOLLIN));
    if (event->events & ~(uint32_t)EPOLLIN)
        serve(poller, &waited->waiting[COAIO__OUTPUT], occasion_of(event->events, EPOLLOUT));
    error = coaio__interest_arm(&poller->interest, fd);
    if (error)
        give_all(poller, fd, error == -ENOENT || error == -EBADF ? -EBADF : COAIO__REROUTE);
}

/* With the lock. What came during an attempt, when nobody raised the descriptor, must not be slept over. */
static bool may_sleep(const struct coaio__poller *poller)
{
    return !poller->stop && (poller->paused || !poller->queued);
}

/* With the lock, which is dropped meanwhile. The number of events. While it is paused they stay where they are. */
static int sleep_until_ready(struct coaio__poller *poller, struct epoll_event *events)
{
    struct pollfd wakeup = {.fd = poller->wakeup.watched, .events = POLLIN};
    bool          wake = coaio__poll_take_wake(poller), paused = poller->paused;
    int           count = 0, timeout = may_sleep(poller) ? -1 : 0;

    poller->sleeps = timeout < 0;
    uv_mutex_unlock(&poller->lock);
    coaio__poll_tell_engine(poller, wake);
    if (!paused)
        count = epoll_wait(poller->interest.epoll, events, COAIO__POLL_PORTION, timeout);
    else if (poll(&wakeup, 1, timeout) > 0)
        coaio__wakeup_clear(&poller->wakeup);
    uv_mutex_lock(&poller->lock);
    poller->sleeps = false;
    return count;
}

void coaio__poll_thread(void *argument)
{
    struct coaio__poller *poller = argument;
    struct epoll_event    events[COAIO__POLL_PORTION];

    uv_mutex_lock(&poller->lock);
    while (!poller->stop) {
        begin_queued(poller);
        int count = sleep_until_ready(poller, events);
        for (int i = 0; i < count; i++)
            hear(poller, &events[i]);
    }
    uv_mutex_unlock(&poller->lock);
}

#endif
