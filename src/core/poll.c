/*
 * Delivery: callbacks are run, or requests handed out, in rounds; and the wait for it.
 */
#include <errno.h>

#include "base/fetch.h"
#include "core/attention.h"
#include "core/dispatch.h"
#include "core/life.h"
#include "core/members.h"
#include "core/place.h"

/* ---- waiting --------------------------------------------------------------------------------- */

int coaio_wait(coaio_engine *engine, int64_t timeout_ns)
{
    if (!coaio__owned(engine))
        return -EPERM;
    uint64_t until = coaio__after_ns(timeout_ns > 0 ? coaio__now() : 0, timeout_ns);
    bool busy = engine->nreqs > 0;
    int ready = 0;
    for (;;) {
        if (!coaio__turn(engine))
            return -EPERM;
        /* what nobody waits for may end, too: then there is nothing left to wait for */
        if (engine->queues.ndone || engine->queues.ndone_reap
            || atomic_load(&engine->attention.called) || (busy && !engine->nreqs)) {
            ready = 1;
            break;
        }
        if (engine->queues.nready || (timeout_ns && coaio__help(engine)))
            continue;
        if (timeout_ns == 0 || (timeout_ns > 0 && coaio__now() >= until))
            break;
        ready = coaio__block(engine, until, true);
        if (ready < 0)
            break;
        ready = 0;
    }
    coaio__settle(engine);
    return ready;
}

/* ---- delivering ------------------------------------------------------------------------------ */

/* True if a worker has finished and left a result. The result of a cancelled request must not be
   read while its operation runs. */
static bool has_made_something(const struct coaio_req *req)
{
    return !req->held && req->server == COAIO__SERVER_THREADS && req->work.memory;
}

/* Fetch the next result, which a worker left in the cache of its own processor, while the callback
   before it runs. */
static void fetch_next(coaio_engine *engine)
{
    struct coaio__link *link = coaio__priq_first(&engine->queues.done);
    if (!link || !has_made_something(coaio__req_of(link)))
        return;
    const struct coaio__result *made = &coaio__req_of(link)->work;
    coaio__fetch(made->memory, made->size < COAIO__FETCH_MAX ? made->size : COAIO__FETCH_MAX);
}

static void deliver(coaio_engine *engine, struct coaio_req *req)
{
    engine->turn.delivering = true;
    engine->frames++;
    req->cb(req, req->data);
    coaio__group_left(engine, req); /* done is done when its callback has ended */
    engine->frames--;
    engine->turn.delivering = false;
    coaio__req_unref(engine, req);
}

/* One of each priority in turn. */
static struct coaio__link *let_through(coaio_engine *engine)
{
    struct coaio__link *link = coaio__priq_below(&engine->queues.done, engine->turn.let_through);
    if (!link)
        link = coaio__priq_first(&engine->queues.done);
    engine->turn.let_through = coaio__req_of(link)->priority;
    engine->turn.passed_over = 0;
    return link;
}

/* Timers first: they are meant to be on time, whatever else is done. What callbacks go on and on to
   finish must not keep the rest from ever being delivered. */
static struct coaio_req *next_done(coaio_engine *engine)
{
    struct coaio__link *timers = &engine->queues.done_timers;
    struct coaio__link *timer = coaio__queue_empty(timers) ? NULL : timers->next;
    struct coaio__link *first = timer ? timer : coaio__priq_first(&engine->queues.done);
    int priority = timer ? COAIO__PRI_MAX + 1 : coaio__req_of(first)->priority;
    if (!coaio__priq_below(&engine->queues.done, priority))
        engine->turn.passed_over = 0;
    else if (++engine->turn.passed_over > COAIO__PATIENCE)
        first = let_through(engine);
    return coaio__req_of(first);
}

struct budget {
    uint64_t until;
    int64_t callbacks;
};

static struct budget budget_of(const coaio_engine *engine)
{
    int64_t callbacks = engine->limit[COAIO_MAX_POLL_REQS], ns = engine->limit[COAIO_MAX_POLL_TIME];
    return (struct budget){
        .until = ns ? coaio__after_ns(coaio__now(), ns) : COAIO__NEVER,
        .callbacks = callbacks ? callbacks : INT64_MAX,
    };
}

static bool exhausted(const struct budget *budget)
{
    return budget->callbacks <= 0
           || (budget->until != COAIO__NEVER && coaio__now() >= budget->until);
}

/* Deliver the requests that are done now, but not those that their callbacks finish in turn, and
   not too many, so that timers are on time. Returns the number of callbacks run. If one of them
   forked, the child has nothing to deliver. */
static int deliver_round(coaio_engine *engine, struct budget *budget, bool rested)
{
    int count = 0;
    bool sharing = coaio__shares_inline(engine);
    uint32_t most = coaio__round_of(&engine->queues, &engine->load, sharing, rested);
    uint32_t n = engine->queues.ndone < most ? engine->queues.ndone : most;
    int64_t share = !n || sharing ? COAIO__CALL_COST - 1 : COAIO__ROUND_INLINE / n;
    for (; n && engine->queues.ndone && !engine->forked && !exhausted(budget); n--) {
        coaio__allow_inline(engine, share);
        struct coaio_req *req = next_done(engine);
        coaio__mark_delivered(engine, req);
        if (sharing)
            fetch_next(engine);
        deliver(engine, req);
        budget->callbacks--;
        count++;
    }
    return count;
}

int coaio_poll(coaio_engine *engine)
{
    if (!coaio__owned(engine))
        return -EPERM;
    if (engine->turn.delivering)
        return -EBUSY;
    struct budget budget = budget_of(engine);
    int delivered = 0, owed = 0;
    bool rested = engine->attention.rested;
    coaio__start_looking(engine);
    engine->attention.rested = false;
    atomic_store(&engine->attention.called, 0);
    coaio__mounts_look_again(&engine->mounts);
    for (int round = 0; round < COAIO__ROUNDS_MAX || delivered < owed; round++) {
        (void)coaio__turn(engine);
        owed = round ? owed : (int)engine->queues.ndone;
        int count = deliver_round(engine, &budget, rested);
        delivered += count;
        if (engine->forked)
            return -EPERM;
        if (exhausted(&budget) || (!count && !engine->queues.nready && !coaio__help(engine)))
            break;
    }
    if (!coaio__turn(
            engine)) /* what the last callbacks submitted must not wait for the next poll */
        return -EPERM;
    coaio__allow_inline(engine, INT64_MAX);
    coaio__settle(engine);
    return delivered;
}

static void let_reaped_die(coaio_engine *engine)
{
    struct coaio__link *link;
    while ((link = coaio__queue_pop(&engine->queues.reaped)) != NULL)
        coaio__req_unref(engine, coaio__req_of(link));
}

size_t coaio_reap(coaio_engine *engine, coaio_req **out, size_t max)
{
    size_t count = 0;
    if (!coaio__owned(engine))
        return 0;
    let_reaped_die(engine);
    coaio__start_looking(engine);
    if (!engine->turn.delivering) {
        atomic_store(&engine->attention.called, 0);
        coaio__mounts_look_again(&engine->mounts);
        coaio__allow_inline(engine, INT64_MAX);
    }
    if (!coaio__turn(engine))
        return 0;
    for (; count < max && engine->queues.ndone_reap; count++) {
        out[count] = coaio__req_of(coaio__priq_first(&engine->queues.done_reap));
        coaio__mark_delivered(engine, out[count]);
        coaio__queue_push(&engine->queues.reaped, &out[count]->link);
        coaio__group_left(engine, out[count]);
    }
    coaio__settle(engine);
    return count;
}
