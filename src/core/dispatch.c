/*
 * The middle of a request's way: from the ready queue to an executor, and back.
 */
#include "core/dispatch.h"

#include <assert.h>
#include <errno.h>

#include "core/groups.h"
#include "core/held.h"
#include "core/life.h"
#include "core/orphans.h"
#include "core/owner.h"
#include "core/place.h"
#include "core/verdict.h"

/* ---- to the executors ------------------------------------------------------------------------ */

/* In portions, so that completions are delivered in between; those that complete inline while their
   memory is in the cache. The rest stays ready meanwhile. */
static void dispatch(coaio_engine *engine)
{
    struct coaio__link batch[COAIO__ROUTES];
    struct coaio__link *link;
    int64_t inline_left = engine->limit[COAIO_INLINE], left = COAIO__PORTION;
    if (!engine->queues.nready)
        return;
    bool few = coaio__crowd_of(&engine->queues, &engine->load).few;
    bool many = coaio__shares_inline(engine);
    for (int i = 0; i < COAIO__ROUTES; i++)
        coaio__queue_init(&batch[i]);
    while (inline_left >= 0 && left-- > 0
           && (link = coaio__priq_first(&engine->queues.ready)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        coaio__unready(engine, req);
        if (engine->orphans.count && coaio__orphan_delays(engine, req))
            continue;
        if (many && coaio__share_inline(engine, req)) {
            coaio__hold(engine, req, COAIO__ROUTE_ORDINARY, &batch[COAIO__ROUTE_ORDINARY]);
        } else if (coaio__try_inline(engine, req, few)) {
            inline_left--;
        } else if (coaio__share_brief(engine, req)) {
            coaio__hold(engine, req, COAIO__ROUTE_ORDINARY, &batch[COAIO__ROUTE_ORDINARY]);
        } else {
            enum coaio__route route = coaio__route_of(engine, req);
            coaio__hold(engine, req, route, &batch[route]);
        }
    }
    for (int i = 0; i < COAIO__ROUTES; i++) {
        struct coaio__executor *executor = engine->parts.executor[i];
        if (!coaio__queue_empty(&batch[i]))
            executor->class->submit(executor, &batch[i]);
    }
}

/* ---- and back -------------------------------------------------------------------------------- */

/* An ordinary worker does what the ring cannot do. A request that has to wait for others, or may
   have to, goes to the slow lane or the poller. */
static enum coaio__route route_from(const struct coaio_req *req, int64_t answer)
{
    if (answer == COAIO__REROUTE_TO_DISK)
        return COAIO__ROUTE_ORDINARY;
    if (answer == COAIO__REROUTE_TO_POLLER)
        return COAIO__ROUTE_POLLER;
    bool slow =
        req->op->lane == COAIO__LANE_BY_PATH || req->route == COAIO__ROUTE_POLLER || req->stepwise;
    return slow ? COAIO__ROUTE_SLOW : COAIO__ROUTE_ORDINARY;
}

static void reroute(coaio_engine *engine, struct coaio_req *req, int64_t answer)
{
    enum coaio__route route = route_from(req, answer);
    struct coaio__executor *executor = engine->parts.executor[route];
    struct coaio__link batch;
    coaio__queue_init(&batch);
    coaio__hold(engine, req, route, &batch);
    req->stepwise = answer == COAIO__REROUTE_TO_DISK;
    req->tried |= answer == COAIO__REROUTE_TO_POLLER;
    executor->class->submit(executor, &batch);
}

/* A shared request whose attempt failed, or with which nobody began, is ready again. */
static bool is_ready_again(const struct coaio_req *req)
{
    return coaio__req_is_attempt(req)
           || (coaio__req_is_shared(req) && req->stage == COAIO__GIVEN_BACK);
}

static void go_elsewhere(coaio_engine *engine, struct coaio_req *req, int64_t answer, bool again)
{
    req->work.value = -EINPROGRESS;
    if (again) {
        req->tried = req->stage != COAIO__GIVEN_BACK;
        coaio__enqueue(engine, req);
    } else {
        reroute(engine, req, answer);
    }
}

/* If the state is not HELD, the request was finished before its operation ended. */
static void take_back(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->held && req->state != COAIO__READY && req->state != COAIO__PARKED);
    bool again = is_ready_again(req);
    bool wanted = req->state == COAIO__HELD && !req->verdict && !engine->closing;
    if (wanted && coaio__owner_must_run(req))
        coaio__owner_run(engine, req);
    int64_t answer = req->work.value;
    bool rerouted = coaio__is_reroute(answer);
    coaio__let_go(engine, req);
    if (rerouted || (req->verdict && req->work.value == -EINTR))
        req->work.value = coaio__req_unfinished(req); /* the outcome, unless it runs again */
    if (req->state != COAIO__HELD) {
        coaio__req_drop_work(req, &engine->mem);
        coaio__orphan_remove(engine, req);
    } else if (rerouted && wanted) {
        go_elsewhere(engine, req, answer, again);
    } else {
        coaio__finish_returned(engine, req);
    }
    coaio__req_unref(engine, req); /* the executor's reference */
}

static void expire(coaio_engine *engine)
{
    struct coaio_req *req;
    if (!engine->timers.count)
        return;
    uint64_t now = coaio__now();
    while ((req = coaio__timers_expired(&engine->timers, now)) != NULL) {
        if (req->op->info.code == COAIO_SLEEP && !req->verdict) {
            req->work.value = 0;
            coaio__finish(engine, req);
        } else {
            coaio__abandon(engine, req, -ETIMEDOUT);
        }
    }
}

void coaio__collect(coaio_engine *engine)
{
    engine->attention.leftover = false;
    for (int i = 0; i < COAIO__ROUTES; i++) {
        struct coaio__executor *executor = engine->parts.executor[i];
        if (executor && executor->class->advance)
            engine->attention.leftover |= executor->class->advance(executor);
    }
    struct coaio_req *req = coaio__returns_take(engine->parts.returns);
    while (req) {
        struct coaio_req *next = req->returned;
        take_back(engine, req);
        req = next;
    }
    expire(engine);
    coaio__groups_advance(engine);
}

bool coaio__turn(coaio_engine *engine)
{
    dispatch(engine);
    coaio__collect(engine);
    return !engine->forked;
}
