/*
 * The owner's attention: who has to be woken for what is done, and waiting for it.
 *
 * While the owner is inside coaio the engine is `attentive`: whoever finishes something need not
 * raise the descriptor. Before control leaves, coaio__settle makes the descriptor tell the truth:
 * it drops the attention, looks once more, and raises the descriptor for whatever it sees, so that
 * nothing can fall between two looks.
 */
#include "core/attention.h"

#include <errno.h>
#include <poll.h>

/* A forked child has the parent's descriptor. */
void coaio__call_owner(coaio_engine *engine)
{
    if (engine->attention.watched && !engine->forked
        && !atomic_load(&engine->parts.returns->attentive))
        coaio__returns_wake(engine->parts.returns);
}

static bool anything_to_do(coaio_engine *engine)
{
    const struct coaio__queues *queues = &engine->queues;
    return queues->ndone || queues->ndone_reap || queues->nready || engine->attention.leftover
           || atomic_load(&engine->attention.called) || !coaio__queue_empty(&queues->empty)
           || coaio__returns_any(engine->parts.returns);
}

/* From here on executors raise the descriptor for what they return. True: they have returned
   something already. */
static bool stop_looking(coaio_engine *engine)
{
    bool more = false;
    atomic_store(&engine->parts.returns->attentive, 0);
    if (engine->parts.uring && !engine->attention.notifying) {
        more = coaio__uring_notify(engine->parts.uring, true);
        engine->attention.notifying = true;
    }
    return more || engine->attention.leftover || coaio__returns_any(engine->parts.returns);
}

void coaio__start_looking(coaio_engine *engine)
{
    atomic_store(&engine->parts.returns->attentive, 1);
    if (engine->attention.notifying) {
        (void)coaio__uring_notify(engine->parts.uring, false);
        engine->attention.notifying = false;
        coaio__wakeup_clear(
            &engine->parts.returns->wakeup); /* the kernel raises it without a word to us */
    } else if (atomic_load(&engine->parts.returns->wakeup.raised)) {
        coaio__wakeup_clear(&engine->parts.returns->wakeup);
    }
}

void coaio__set_alarm(coaio_engine *engine)
{
    if (!engine->attention.watched || atomic_load(&engine->parts.returns->attentive))
        return;
    uint64_t next = coaio__timers_next(&engine->timers);
    if (next == engine->attention.alarm)
        return;
    bool will = coaio__watch_alarm(engine->parts.watch, next);
    engine->attention.alarm = will ? next : COAIO__NEVER;
    if (!will)
        coaio__returns_wake(engine->parts.returns); /* better polled again and again than late */
}

void coaio__settle(coaio_engine *engine)
{
    if (!engine->attention.watched || engine->turn.delivering)
        return;
    if (stop_looking(engine) || anything_to_do(engine))
        coaio__returns_wake(engine->parts.returns);
    else
        engine->attention.rested = true;
    coaio__set_alarm(engine);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int poll_timeout(uint64_t now, uint64_t until)
{
    if (until == COAIO__NEVER)
        return -1;
    if (until <= now)
        return 0;
    uint64_t ms = (until - now + 999999) / 1000000; /* rounded up: too early would spin */
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

static int block_in_poll(coaio_engine *engine, uint64_t until)
{
    struct pollfd watched = {.fd = engine->parts.returns->wakeup.watched, .events = POLLIN};
    if (stop_looking(engine))
        return 1;
    int ready = poll(&watched, 1, poll_timeout(until == COAIO__NEVER ? 0 : coaio__now(), until));
    if (ready
        > 0) /* also when `raised` says no: a clear may have come between a raise's two steps */
        coaio__wakeup_clear(&engine->parts.returns->wakeup);
    return ready < 0 ? -errno : ready;
}

/* Sleep in the ring, which submits first what is queued for it. 1: something came, or is to be seen
   to. */
static int block_in_ring(coaio_engine *engine, uint64_t until)
{
    atomic_store(&engine->parts.returns->attentive, 0);
    if (engine->attention.leftover || coaio__returns_any(engine->parts.returns))
        return 1;
    return coaio__uring_wait(engine->parts.uring, until);
}

int coaio__block(coaio_engine *engine, uint64_t until, bool for_call)
{
    uint64_t next = coaio__timers_next(&engine->timers);
    int ready;
    next = next < until ? next : until;
    coaio__start_looking(engine); /* what the descriptor says now is looked at, here and below */
    if (for_call && atomic_load(&engine->attention.called))
        return 1;
    if (engine->parts.uring && !engine->attention.watched
        && coaio__uring_waits(engine->parts.uring))
        ready = block_in_ring(engine, next);
    else
        ready = block_in_poll(engine, next);
    engine->attention.rested = true;
    coaio__start_looking(engine);
    if (ready
        < 0) /* the alarm may just have been cleared away, and nobody looks now: set it again */
        engine->attention.alarm = COAIO__NEVER;
    return ready;
}

/* ---- public ---------------------------------------------------------------------------------- */

int64_t coaio_timeout(coaio_engine *engine)
{
    if (!coaio__owned(engine))
        return -EPERM;
    uint64_t next = coaio__timers_next(&engine->timers);
    if (anything_to_do(engine))
        return 0;
    if (next == COAIO__NEVER)
        return -1;
    uint64_t now = coaio__now();
    return next > now ? (int64_t)(next - now) : 0;
}

int coaio_wakeup(coaio_engine *engine)
{
    if (engine->forked)
        return -EPERM;
    atomic_store(&engine->attention.called, 1);
    return coaio__wakeup_raise(&engine->parts.returns->wakeup);
}

int coaio_fileno(coaio_engine *engine)
{
    if (!coaio__owned(engine))
        return -EPERM;
    if (!engine->attention.watched) {
        engine->attention.watched = true;
        if (engine->parts.uring)
            coaio__uring_unlisten(engine->parts.uring);
        coaio__settle(engine);
    }
    return engine->parts.returns->wakeup.watched;
}
