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

static void count(uint32_t *counter, bool counts, int by)
{
    assert(!counts || by > 0 || *counter > 0);
    *counter += counts ? (uint32_t)by : 0;
}

static void count_held(coaio_engine *engine, const struct coaio_req *req, int by)
{
    struct coaio__load *load = &engine->load;
    bool transfers = req->op->lane == COAIO__LANE_BY_FD;
    count(&load->all, true, by);
    count(&load->slow, may_wait(req), by);
    count(&load->ordinary, req->route == COAIO__ROUTE_ORDINARY, by);
    count(&load->brief, coaio__req_is_short(req), by);
    count(&load->attempts, coaio__req_is_attempt(req), by);
    count(&load->disk, req->route == COAIO__ROUTE_RING && transfers, by);
    count(&load->positions[position_of(req)], holds_position(req), by);
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
    req->refs++; /* the executor's */
    count_held(engine, req, 1);
    coaio__queue_push(batch, &req->link);
}

void coaio__let_go(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->held);
    count_held(engine, req, -1);
    req->held = req->shared = false;
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
    int64_t busy = (int64_t)engine->queues.nready + engine->queues.ndone + engine->queues.ndone_reap + engine->load.all
                   - engine->load.slow;
    for (uint32_t i = 0; i < engine->orphans.count; i++)
        busy -= !may_wait(engine->orphans.list[i]);
    return engine->nreqs - busy;
}
