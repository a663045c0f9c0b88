/*
 * Who does a request: the owner at once, a worker, the ring, the poller.
 *
 * Sharing: what two processors can do in less time than one.
 *
 * What is brief goes to the ordinary lane, where a worker takes several at a time and stays awake for the next ones; to
 * sleep and be woken would take longer than they do. Unless workers find that they sleep: for a disk the ring has more
 * hands.
 *
 * What completes inline takes the owner's time, a cached read about as much as all of Lua's work around it. Few such
 * requests are done sooner than another thread could be told of them. Where many are under way, the owner keeps to
 * delivering, and hands what it would have tried inline to the ordinary lane as well: reads as an attempt that must not
 * wait there either, and what would have to comes back and goes its usual way.
 *
 * Rather than sleep, the owner takes back of these what no worker has got to; so neither waits for the other, and where
 * the other processors are busy with something else nothing is lost.
 */
#include "core/place.h"

#include "base/pause.h"
#include "core/held.h"
#include "core/life.h"
#include "exec/bound.h"
#include "ops/try.h"

/* Else executors are awake and at work, and take more in their stride: among many a stat costs less when they have it;
   alone it costs them ten times as much. */
bool coaio__few_are_under_way(const coaio_engine *engine)
{
    const struct coaio__queues *queues = &engine->queues;
    return queues->nready + engine->load.all - engine->load.slow + queues->ndone + queues->ndone_reap
           < COAIO__MANY;
}

static bool many_are_under_way(const coaio_engine *engine)
{
    const struct coaio__queues *queues = &engine->queues;
    return queues->nready + engine->load.ordinary + queues->ndone + queues->ndone_reap >= COAIO__MANY;
}

static bool workers_are_quick(const coaio_engine *engine)
{
    return engine->shares && engine->limit[COAIO_INLINE] && engine->limit[COAIO_MAX_PARALLEL]
           && coaio__pool_is_of_help(engine->parts.ordinary);
}

bool coaio__shares_inline(const coaio_engine *engine)
{
    return many_are_under_way(engine) && workers_are_quick(engine);
}

uint32_t coaio__most_at_once(const coaio_engine *engine, bool sharing, bool rested)
{
    if (engine->load.disk && engine->queues.ndone < COAIO__ROUND_MAX) /* with more, the disk is ahead of us */
        return rested ? COAIO__ROUND_RESTED : COAIO__ROUND_OF_DISK;
    return sharing ? COAIO__ROUND_SHARED : COAIO__ROUND_MAX;
}

/* ---- inline ---------------------------------------------------------------------------------- */

/* Whoever reads or writes at a file's own position has it locked meanwhile, and an attempt would wait for the lock. */
static bool may_try(const coaio_engine *engine, const struct coaio_req *req)
{
    if (!req->op->try_inline || req->tried || req->flags & (COAIO_NO_INLINE | COAIO_SLOW))
        return false;
    return !coaio__position_is_held(engine, req);
}

bool coaio__try_inline(coaio_engine *engine, struct coaio_req *req, bool few)
{
    if (!may_try(engine, req) || (req->op->alone && !few) || !engine->limit[COAIO_INLINE]
        || !engine->limit[COAIO_MAX_PARALLEL])
        return false;
    struct coaio__context context = coaio__req_context(req, &engine->mem);
    context.mounts = &engine->mounts;
    int64_t               value = req->op->try_inline(&req->args, &context);
    req->tried = true;
    if (value == -EAGAIN)
        return false;
    req->server = COAIO__SERVER_INLINE;
    req->work.value = value;
    coaio__finish(engine, req);
    return true;
}

/* ---- shared ---------------------------------------------------------------------------------- */

/* The memory that it needs is the owner's: to allocate in one thread and to free in another takes longer in both. */
static bool make_room(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__context context = coaio__req_context(req, &engine->mem);
    return !req->op->memory || req->op->memory(&req->args, &context) == 0;
}

/* What may be O_DIRECT, or is long, is nothing for an attempt. Those at one position would be in each other's way. */
static bool is_short_read(const struct coaio_req *req)
{
    return req->op->lane == COAIO__LANE_BY_FD && req->flags & (COAIO_REGULAR | COAIO_BUFFERED)
           && req->args.length <= COAIO__TRY_READ_MAX && !coaio__moves_position(req);
}

/* By what is long: the rest waits behind that, where the owner does not get at it. */
static bool workers_are_taken(const coaio_engine *engine)
{
    return engine->load.ordinary - engine->load.brief >= (uint64_t)engine->limit[COAIO_MAX_PARALLEL];
}

/* A write, where it goes into the cache. */
static bool is_brief(const struct coaio_req *req)
{
    if (req->op->info.code != COAIO_WRITE)
        return req->op->span != COAIO__SPAN_LONG && !(req->flags & COAIO_SLOW);
    return req->flags & (COAIO_REGULAR | COAIO_BUFFERED) && req->args.length <= COAIO__TRY_READ_MAX
           && coaio__bound_of(req, NULL) == COAIO__BOUND_DISK;
}

/* While workers have other things the owner does the reads. */
static bool takes_reads(const coaio_engine *engine)
{
    return engine->load.ordinary < COAIO__SHARED_MAX && engine->load.ordinary - engine->load.attempts < COAIO__ENOUGH
           && !workers_are_taken(engine);
}

/* Where there is no ring there is nowhere else. */
static bool takes_brief(const coaio_engine *engine, const struct coaio_req *req)
{
    return !workers_are_taken(engine) || !engine->parts.uring || !coaio__uring_serves(engine->parts.uring, req);
}

bool coaio__share_inline(coaio_engine *engine, struct coaio_req *req)
{
    if (!may_try(engine, req))
        return false;
    bool takes = req->op->alone ? takes_brief(engine, req) : is_short_read(req) && takes_reads(engine);
    req->shared = takes && make_room(engine, req);
    return req->shared;
}

bool coaio__share_brief(coaio_engine *engine, struct coaio_req *req)
{
    req->shared = is_brief(req) && workers_are_quick(engine) && takes_brief(engine, req);
    req->tried |= req->shared; /* the owner cannot do it */
    return req->shared;
}

/* ---- the usual way --------------------------------------------------------------------------- */

/* To read or write what a server has, the ring may ask that server on this thread whether it could (poll). */
enum coaio__route coaio__route_of(coaio_engine *engine, const struct coaio_req *req)
{
    bool              ring = engine->parts.uring && coaio__uring_serves(engine->parts.uring, req);
    enum coaio__bound bound = coaio__bound_of(req, ring ? &engine->mounts : NULL);
    if (bound == COAIO__BOUND_NONE)
        return coaio__poller_serves(engine->parts.poller, req) ? COAIO__ROUTE_POLLER : COAIO__ROUTE_SLOW;
    return ring && bound == COAIO__BOUND_DISK ? COAIO__ROUTE_RING : COAIO__ROUTE_ORDINARY;
}

/* ---- helping --------------------------------------------------------------------------------- */

static void try_all(coaio_engine *engine, struct coaio__link *back)
{
    struct coaio__link *link;
    while ((link = coaio__queue_pop(back)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        coaio__take_over(engine, req);
        if (!coaio__try_inline(engine, req, true))
            coaio__enqueue(engine, req);
    }
}

/* True: something has come back. */
static bool look_on(const coaio_engine *engine)
{
    while (coaio__pool_is_quick(engine->parts.ordinary))
        for (int i = 0; i < COAIO__LOOKS; i++) {
            if (coaio__returns_any(engine->parts.returns))
                return true;
            coaio__pause(COAIO__LOOK_PAUSES);
        }
    return coaio__returns_any(engine->parts.returns);
}

bool coaio__help(coaio_engine *engine)
{
    struct coaio__link back;
    if (!engine->shares || !engine->load.ordinary)
        return false;
    coaio__queue_init(&back);
    if (!coaio__pool_take_back(engine->parts.ordinary, &back, COAIO__HELP))
        return look_on(engine);
    try_all(engine, &back);
    return true;
}
