/*
 * A request's life, but for what happens to it in an executor: made, ready, done, delivered, freed.
 */
#include "core/life.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/attention.h"
#include "core/members.h"

/* ---- made and freed -------------------------------------------------------------------------- */

struct coaio_req *coaio__req_new(coaio_engine *engine)
{
    struct coaio_req *req = engine->spare;
    if (req) {
        engine->spare = req->returned;
        engine->spares--;
    } else {
        req = coaio__alloc_bare(&engine->mem, sizeof *req);
        if (!req)
            return NULL;
    }
    memset(req, 0, sizeof *req);
    coaio__queue_init(&req->link);
    req->engine = engine;
    req->timer = COAIO__NO_TIMER;
    req->work.value = -EINPROGRESS;
    req->refs = 1; /* of whoever delivers it */
    return req;
}

void coaio__req_unref(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->refs > 0);
    if (--req->refs)
        return;
    coaio__req_clear(req, &engine->mem);
    if (engine->spares == COAIO__SPARES_MAX) {
        coaio__free_bare(&engine->mem, req, sizeof *req);
        return;
    }
    req->returned = engine->spare;
    engine->spare = req;
    engine->spares++;
}

/* aio_sleep has an end of its own; the nearer of the two decides how it ends. */
int coaio__set_deadline(coaio_engine *engine, struct coaio_req *req, int64_t timeout_ns)
{
    bool sleeps = req->op->info.code == COAIO_SLEEP;
    uint64_t deadline = coaio__after_ns(timeout_ns >= 0 ? coaio__now() : 0, timeout_ns);
    bool late = sleeps && deadline < req->args.end;
    int error = coaio__timers_set(&engine->timers, &engine->mem, req,
                                  sleeps && !late ? req->args.end : deadline);
    if (sleeps && !error)
        req->verdict = late ? -ETIMEDOUT : 0;
    return error;
}

/* ---- ready ----------------------------------------------------------------------------------- */

void coaio__enqueue(coaio_engine *engine, struct coaio_req *req)
{
    assert(!req->held && req->state != COAIO__DONE && req->state != COAIO__DELIVERED);
    req->state = COAIO__READY;
    coaio__priq_push(&engine->queues.ready, &req->link, req->priority);
    engine->queues.nready++;
    coaio__call_owner(engine);
}

/* ---- done ------------------------------------------------------------------------------------ */

void coaio__list(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state == COAIO__DONE);
    if (req->cb) {
        if (req->op->info.code == COAIO_SLEEP)
            coaio__queue_push(&engine->queues.done_timers, &req->link);
        else
            coaio__priq_push(&engine->queues.done, &req->link, req->priority);
        engine->queues.ndone++;
    } else {
        coaio__priq_push(&engine->queues.done_reap, &req->link, req->priority);
        engine->queues.ndone_reap++;
    }
    coaio__call_owner(engine);
}

void coaio__unlist(coaio_engine *engine, struct coaio_req *req)
{
    uint32_t *count = req->cb ? &engine->queues.ndone : &engine->queues.ndone_reap;
    assert(req->state == COAIO__DONE && *count > 0);
    coaio__queue_remove(&req->link);
    --*count;
}

/* Nobody waits for it: it is over. */
static void end_detached(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state == COAIO__DONE);
    req->state = COAIO__DELIVERED;
    coaio__count_out(engine);
    if (!req->verdict && !req->held)
        coaio__req_drop_work(req, &engine->mem);
    coaio__group_left(engine, req);
    coaio__req_unref(engine, req);
}

void coaio__finish(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state != COAIO__DONE && req->state != COAIO__DELIVERED);
    coaio__timers_remove(&engine->timers, req);
    req->state = COAIO__DONE;
    if (req->flags & COAIO_DETACHED)
        end_detached(engine, req);
    else
        coaio__list(engine, req);
}

/* The outcome of what never ran is "cancelled", by whatever verdict; of what had begun, the part
   that it has done. */
void coaio__finish_unstarted(coaio_engine *engine, struct coaio_req *req, int verdict)
{
    assert(!req->held);
    req->work.value = coaio__req_unfinished(req);
    req->verdict = verdict;
    coaio__finish(engine, req);
}

/* Disposes of the result if a verdict overrules it. */
void coaio__finish_returned(coaio_engine *engine, struct coaio_req *req)
{
    assert(!req->held);
    if (req->verdict)
        coaio__req_drop_work(req, &engine->mem);
    coaio__finish(engine, req);
}

/* ---- delivered ------------------------------------------------------------------------------- */

void coaio__mark_delivered(coaio_engine *engine, struct coaio_req *req)
{
    coaio__unlist(engine, req);
    req->state = COAIO__DELIVERED;
    coaio__count_out(engine);
}

/* ---- all of them ----------------------------------------------------------------------------- */

void coaio__queues_init(struct coaio__queues *queues)
{
    coaio__priq_init(&queues->ready);
    coaio__queue_init(&queues->closes);
    coaio__queue_init(&queues->groups);
    coaio__queue_init(&queues->empty);
    coaio__priq_init(&queues->done);
    coaio__queue_init(&queues->done_timers);
    coaio__priq_init(&queues->done_reap);
    coaio__queue_init(&queues->reaped);
}

static uint32_t drop_list(coaio_engine *engine, struct coaio__link *list, coaio__drop *drop)
{
    uint32_t count = 0;
    struct coaio__link *link;
    for (; (link = coaio__queue_pop(list)) != NULL; count++)
        drop(engine, coaio__req_of(link));
    return count;
}

static uint32_t drop_lists(coaio_engine *engine, struct coaio__priq *lists, coaio__drop *drop)
{
    uint32_t count = 0;
    for (int p = 0; p < COAIO__PRI_COUNT; p++)
        count += drop_list(engine, &lists->queue[p], drop);
    return count;
}

static void forget_deadlines(coaio_engine *engine, coaio__drop *drop)
{
    while (engine->timers.count) {
        struct coaio_req *req = engine->timers.heap[0].req;
        coaio__timers_remove(&engine->timers, req);
        if (req->op->info.code == COAIO_SLEEP)
            drop(engine, req);
    }
}

void coaio__queues_each(coaio_engine *engine, coaio__drop *drop)
{
    struct coaio__queues *queues = &engine->queues;
    forget_deadlines(engine, drop);
    queues->nready -= drop_lists(engine, &queues->ready, drop);
    (void)drop_list(engine, &queues->closes, drop);
    queues->ndone -= drop_lists(engine, &queues->done, drop);
    queues->ndone -= drop_list(engine, &queues->done_timers, drop);
    queues->ndone_reap -= drop_lists(engine, &queues->done_reap, drop);
    (void)drop_list(engine, &queues->reaped, drop);
    assert(!queues->nready && !queues->ndone && !queues->ndone_reap);
}
