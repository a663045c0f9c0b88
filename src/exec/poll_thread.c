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
    DISTURBED, /* it has been hung up, with nothing to read, or no room: to poll again would not
                  wait */
    FAILED /* there is an error, which is told once: a write that has begun leaves it to the next
              call */
};

/* ---- returning ------------------------------------------------------------------------------- */

void coaio__poll_give(struct coaio__poller *poller, struct coaio_req *req, int64_t value)
{
    req->stage = COAIO__RUNNING;
    if (value < 0 && !coaio__is_reroute(value))
        value = coaio__req_failed(req, value, &poller->returns->mem);
    req->work.value = value;
    if (!coaio__is_reroute(value) && value != -ECANCELED)
        req->server = COAIO__SERVER_THREADS;
    poller->wake |= coaio__returns_put(poller->returns, req);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* With the lock. All that wait for a descriptor, which is not what it was. */
static void give_all(struct coaio__poller *poller, int fd, int64_t value)
{
    struct coaio__waited *waited = coaio__interest_find(&poller->interest, fd);
    struct coaio__link *link;

    for (int direction = 0; direction < COAIO__DIRECTIONS; direction++)
        while ((link = coaio__queue_pop(&waited->waiting[direction])) != NULL)
            coaio__poll_give(poller, coaio__req_of(link), value);
}

/* With the lock. Whoever closed the descriptor under those that wait for it has wronged them, and
   not the next one. */
static void wait_for_descriptor(struct coaio__poller *poller, struct coaio_req *req,
                                enum coaio__direction direction, bool first)
{
    req->stage = direction == COAIO__INPUT ? COAIO__WAITING_INPUT : COAIO__WAITING_OUTPUT;
    int error = coaio__interest_add(&poller->interest, req, first);
    if (error == -ENOENT || error == -EPERM) { /* another file, or one that never waits */
        give_all(poller, coaio__end_of(req, direction), -EBADF);
        error = coaio__interest_add(&poller->interest, req, first);
    }
    if (error)
        coaio__poll_give(poller, req, COAIO__REROUTE);
}

/* With the lock. True: others are in front of it there. */
static bool must_queue(struct coaio__poller *poller, const struct coaio_req *req,
                       enum coaio__direction direction)
{
    struct coaio__waited *waited =
        coaio__interest_find(&poller->interest, coaio__end_of(req, direction));
    return waited && !coaio__queue_empty(&waited->waiting[direction]);
}

/* With the lock. True: it has to wait behind others that wait for one of its ends, but for the one
   where it was first; what has begun has had its turn at the input. */
static bool queues(struct coaio__poller *poller, struct coaio_req *req,
                   enum coaio__direction was_first)
{
    bool begun = req->work.size || req->work.memory;

    for (int i = begun ? COAIO__OUTPUT : COAIO__INPUT; i < COAIO__DIRECTIONS; i++) {
        enum coaio__direction direction = (enum coaio__direction)i;
        if (direction == was_first || !must_queue(poller, req, direction))
            continue;
        wait_for_descriptor(poller, req, direction, false);
        return true;
    }
    return false;
}

/* With the lock, which is dropped meanwhile. What at_once says, and for what it would have to
   wait. */
static int64_t try(struct coaio__poller *poller, struct coaio_req *req,
                   enum coaio__direction *direction)
{
    struct coaio__context context = coaio__req_context(req, &poller->returns->mem);

    context.waits_for = req->op->waits_for;
    req->stage = COAIO__RUNNING;
    poller->current = req;
    uv_mutex_unlock(&poller->lock);
    int64_t value = req->op->at_once(&req->args, &context);
    uv_mutex_lock(&poller->lock);
    poller->current = NULL;
    *direction = (enum coaio__direction)context.waits_for;
    return value;
}

/* With the lock. What an answer of at_once is to its engine. */
static int64_t answer_of(int64_t value)
{
    if (value == -EINPROGRESS)
        return COAIO__REROUTE_TO_DISK;
    return value == -EOPNOTSUPP || value == -EAGAIN || value == -ENOSYS ? COAIO__REROUTE : value;
}

/* A part is the result, and the error is left to the next call. But what goes on to the end of a
   file ends with it. */
static bool is_over(const struct coaio_req *req, enum occasion occasion)
{
    return occasion == FAILED && coaio__req_has_begun(req) && req->args.ending == COAIO__END_NONE;
}

/* With the lock. `from`: the direction for which it was the first to wait. True: the next one there
   may be tried. */
static bool attempt(struct coaio__poller *poller, struct coaio_req *req, enum occasion occasion,
                    enum coaio__direction from)
{
    enum coaio__direction direction = from;
    int64_t value = is_over(req, occasion) ? -EIO : try(poller, req, &direction);
    bool other = direction != from, untried = value == -EOPNOTSUPP;
    bool unready = value == -EAGAIN && (occasion <= READY || other);

    if ((unready || untried) && atomic_load(&req->cancelled))
        coaio__poll_give(poller, req, -ECANCELED);
    else if (unready || (untried && occasion == FIRST))
        wait_for_descriptor(poller, req, direction, !other);
    else
        coaio__poll_give(poller, req, answer_of(value));
    return other || (value != -EAGAIN && !untried);
}

/* ---- the thread ------------------------------------------------------------------------------ */

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
        if (!queues(poller, req, COAIO__DIRECTIONS))
            (void)attempt(poller, req, FIRST, COAIO__DIRECTIONS);
    }
}

/* With the lock. */
static void serve(struct coaio__poller *poller, struct coaio__waited *waited,
                  enum coaio__direction direction, enum occasion occasion)
{
    struct coaio__link *link;

    while (may_begin(poller) && (link = coaio__queue_pop(&waited->waiting[direction])) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        if (!queues(poller, req, direction) && !attempt(poller, req, occasion, direction))
            return;
    }
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
    int fd = event->data.fd, error;

    if (fd == poller->wakeup.watched)
        coaio__wakeup_clear(&poller->wakeup);
    if (!waited)
        return;
    waited->armed = 0;
    if (event->events & ~(uint32_t)EPOLLOUT)
        serve(poller, waited, COAIO__INPUT, occasion_of(event->events, EPOLLIN));
    if (event->events & ~(uint32_t)EPOLLIN)
        serve(poller, waited, COAIO__OUTPUT, occasion_of(event->events, EPOLLOUT));
    error = coaio__interest_arm(&poller->interest, fd);
    if (error)
        give_all(poller, fd, error == -ENOENT || error == -EBADF ? -EBADF : COAIO__REROUTE);
}

/* With the lock. What came during an attempt, when nobody raised the descriptor, must not be slept
   over. */
static bool may_sleep(const struct coaio__poller *poller)
{
    return !poller->stop && (poller->paused || !poller->queued);
}

/* With the lock, which is dropped meanwhile. The number of events. While it is paused they stay
   where they are. */
static int sleep_until_ready(struct coaio__poller *poller, struct epoll_event *events)
{
    struct pollfd wakeup = {.fd = poller->wakeup.watched, .events = POLLIN};
    bool wake = coaio__poll_take_wake(poller), paused = poller->paused;
    int count = 0, timeout = may_sleep(poller) ? -1 : 0;

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
    struct epoll_event events[COAIO__POLL_PORTION];

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
