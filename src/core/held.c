/*
 * What executors hold, and how much of it: place.c decides by these numbers.
 */
#include "core/held.h"

#include <assert.h>

/* True if the executor of the request is one that waits for others. */
static bool may_wait(const struct coaio_req *req)
{
    return req->route == COAIO__ROUTE_SLOW || req->route == COAIO__ROUTE_POLLER;
}

/* True if the descriptor has a position, as far as is known: pipes and the like have none. */
static bool holds_position(const struct coaio_req *req)
{
    return coaio__moves_position(req) && (!may_wait(req) || req->flags & COAIO_SLOW);
}

static uint32_t position_of(const struct coaio_req *req)
{
    return (uint32_t)req->args.fd % COAIO__POSITIONS;
}

static void count_ordinary(struct coaio__load *load, const struct coaio_req *req, uint32_t by)
{
    load->ordinary += by;
    if (!coaio__req_is_shared(req))
        return;
    load->brief += coaio__req_is_brief(req) ? by : 0;
    load->attempts += coaio__req_is_attempt(req) ? by : 0;
}

static void count_held(coaio_engine *engine, const struct coaio_req *req, int change)
{
    struct coaio__load *load = &engine->load;
    uint32_t by = (uint32_t)change;
    load->all += by;
    if (may_wait(req))
        load->slow += by;
    else if (req->route == COAIO__ROUTE_ORDINARY)
        count_ordinary(load, req, by);
    else if (req->op->lane == COAIO__LANE_BY_FD)
        load->disk += by;
    assert((load->all | load->ordinary) <= INT32_MAX); /* neither went below zero */
    if (!holds_position(req))
        return;
    load->positions[position_of(req)] += by;
    assert(load->positions[position_of(req)] <= INT32_MAX);
}

bool coaio__position_is_held(const coaio_engine *engine, const struct coaio_req *req)
{
    return coaio__moves_position(req) && engine->load.positions[position_of(req)];
}

void coaio__hold(coaio_engine *engine, struct coaio_req *req, enum coaio__route route,
                 struct coaio__link *batch)
{
    assert(!req->held);
    assert(req->state == COAIO__READY || req->state == COAIO__HELD); /* HELD: rerouted */
    req->route = (uint8_t)route;
    req->state = COAIO__HELD;
    req->held = true;
    req->stepwise = false;
    req->refs++; /* the executor's */
    count_held(engine, req, 1);
    coaio__queue_push(batch, &req->link);
}

void coaio__let_go(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->held);
    count_held(engine, req, -1);
    req->held = false;
    req->manner = COAIO__USUAL;
}

void coaio__take_over(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state == COAIO__HELD && req->refs > 1);
    coaio__let_go(engine, req);
    req->refs--; /* the executor's; the deliverer's remains */
}

struct coaio__executor *coaio__holder(coaio_engine *engine, const struct coaio_req *req)
{
    return engine->parts.executor[req->route];
}

bool coaio__withdraw(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__executor *executor = coaio__holder(engine, req);
    if (!executor->class->withdraw(executor, req))
        return false;
    coaio__take_over(engine, req);
    return true;
}

/* Orphans are held, but were delivered. */
int64_t coaio__waiting(const coaio_engine *engine)
{
    int64_t busy = (int64_t)engine->queues.nready + engine->queues.ndone + engine->queues.ndone_reap
                   + engine->load.all - engine->load.slow;
    for (uint32_t i = 0; i < engine->orphans.count; i++)
        busy -= !may_wait(engine->orphans.list[i]);
    return engine->nreqs - busy;
}
