/*
 * Who does a request: the owner at once, a worker, the ring, the poller.
 *
 * Sharing: what two processors can do in less time than one.
 *
 * What is brief goes to the ordinary lane, where a worker takes several at a time and stays awake
 * for the next ones; to sleep and be woken would take longer than they do. Unless workers find that
 * they sleep: for a disk the ring has more hands.
 *
 * What completes inline takes the owner's time, a cached read about as much as all of Lua's work
 * around it. Few such requests are done sooner than another thread could be told of them. Where
 * many are under way, the owner keeps to delivering, and hands what it would have tried inline to
 * the ordinary lane as well: reads as an attempt that must not wait there either, and what would
 * have to comes back and goes its usual way.
 *
 * Rather than sleep, the owner takes back of these what no worker has got to; so neither waits for
 * the other, and where the other processors are busy with something else nothing is lost.
 */
#include "core/place.h"

#include "base/pause.h"
#include "core/held.h"
#include "core/life.h"
#include "exec/bound.h"
#include "ops/try.h"

/* ---- decisions by numbers alone -------------------------------------------------------------- */

/* The two counts differ in what the ring holds: a worker that is asked for one more request beside
   many on the ring is no quicker than the owner, and has nothing to share with it. */
struct coaio__crowd coaio__crowd_of(const struct coaio__queues *queues,
                                    const struct coaio__load *load)
{
    uint32_t own = queues->nready + queues->ndone + queues->ndone_reap;
    return (struct coaio__crowd){
        .few = own + load->all - load->slow < COAIO__MANY,
        .many = own + load->ordinary >= COAIO__MANY,
    };
}

/* With a full round of callbacks to run the disk is ahead of the owner, and need not be fed
   sooner. */
uint32_t coaio__round_of(const struct coaio__queues *queues, const struct coaio__load *load,
                         bool sharing, bool rested)
{
    if (load->disk && queues->ndone < COAIO__ROUND_MAX)
        return rested ? COAIO__ROUND_RESTED : COAIO__ROUND_OF_DISK;
    return sharing ? COAIO__ROUND_SHARED : COAIO__ROUND_MAX;
}

/* All ordinary workers run requests that are not brief. One given to them now would queue behind
   those, out of the owner's reach. */
static bool workers_are_taken(const struct coaio__load *load, int64_t max_parallel)
{
    return load->ordinary - load->brief >= (uint64_t)max_parallel;
}

static bool workers_take_attempts(const struct coaio__load *load, int64_t max_parallel)
{
    return load->ordinary < COAIO__SHARED_MAX && load->ordinary - load->attempts < COAIO__ENOUGH
           && !workers_are_taken(load, max_parallel);
}

static bool workers_take_brief(const struct coaio__load *load, int64_t max_parallel, bool ring)
{
    return !ring || !workers_are_taken(load, max_parallel);
}

/* ---- sharing at all -------------------------------------------------------------------------- */

static bool workers_are_quick(const coaio_engine *engine)
{
    return engine->shares && engine->limit[COAIO_INLINE] && engine->limit[COAIO_MAX_PARALLEL]
           && coaio__pool_is_of_help(engine->parts.ordinary);
}

bool coaio__shares_inline(const coaio_engine *engine)
{
    return coaio__crowd_of(&engine->queues, &engine->load).many && workers_are_quick(engine);
}

/* ---- inline ---------------------------------------------------------------------------------- */

/* The position of a file is locked while an executor reads or writes there, and an attempt would
   wait for the lock. */
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
    int64_t value = req->op->try_inline(&req->args, &context);
    req->tried = true;
    if (value == -EAGAIN)
        return false;
    req->server = COAIO__SERVER_INLINE;
    req->work.value = value;
    coaio__finish(engine, req);
    return true;
}

/* ---- shared ---------------------------------------------------------------------------------- */

/* The memory that it needs is the owner's: to allocate in one thread and to free in another takes
   longer in both. */
static bool make_memory(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__context context = coaio__req_context(req, &engine->mem);
    return !req->op->memory || req->op->memory(&req->args, &context) == 0;
}

/* Reads that may be O_DIRECT, or are long, are no attempts for workers. Reads at one position would
   be in each other's way. */
static bool is_short_read(const struct coaio_req *req)
{
    return req->op->lane == COAIO__LANE_BY_FD && req->flags & (COAIO_REGULAR | COAIO_BUFFERED)
           && req->args.length <= COAIO__TRY_READ_MAX && !coaio__moves_position(req);
}

/* A write, where it goes into the cache. */
static bool is_brief(const struct coaio_req *req)
{
    if (req->op->info.code != COAIO_WRITE)
        return req->op->span != COAIO__SPAN_LONG && !(req->flags & COAIO_SLOW);
    return req->flags & (COAIO_REGULAR | COAIO_BUFFERED) && req->args.length <= COAIO__TRY_READ_MAX
           && coaio__bound_of(req, NULL) == COAIO__BOUND_DISK;
}

static bool serves(const coaio_engine *engine, enum coaio__route route, const struct coaio_req *req)
{
    const struct coaio__executor *executor = engine->parts.executor[route];
    return executor && (!executor->class->serves || executor->class->serves(executor, req));
}

/* Without a ring, or if the ring cannot do the request, brief ones have nowhere else to go. */
static bool takes_brief(const coaio_engine *engine, const struct coaio_req *req)
{
    return workers_take_brief(&engine->load, engine->limit[COAIO_MAX_PARALLEL],
                              serves(engine, COAIO__ROUTE_RING, req));
}

static bool takes_attempt(const coaio_engine *engine, const struct coaio_req *req)
{
    return is_short_read(req)
           && workers_take_attempts(&engine->load, engine->limit[COAIO_MAX_PARALLEL]);
}

bool coaio__share_inline(coaio_engine *engine, struct coaio_req *req)
{
    if (!may_try(engine, req))
        return false;
    enum coaio__manner manner = req->op->alone ? COAIO__EITHER : COAIO__ATTEMPT;
    bool takes = manner == COAIO__EITHER ? takes_brief(engine, req) : takes_attempt(engine, req);
    if (takes && make_memory(engine, req))
        req->manner = (uint8_t)manner;
    return coaio__req_is_shared(req);
}

bool coaio__share_brief(coaio_engine *engine, struct coaio_req *req)
{
    if (is_brief(req) && workers_are_quick(engine) && takes_brief(engine, req))
        req->manner = COAIO__WORKERS;
    return coaio__req_is_shared(req);
}

/* ---- the usual way --------------------------------------------------------------------------- */

/* To read or write what a server has, the ring may ask that server on this thread whether it could
   (poll). */
enum coaio__route coaio__route_of(coaio_engine *engine, const struct coaio_req *req)
{
    bool ring = serves(engine, COAIO__ROUTE_RING, req);
    enum coaio__bound bound = coaio__bound_of(req, ring ? &engine->mounts : NULL);
    if (bound == COAIO__BOUND_NONE)
        return serves(engine, COAIO__ROUTE_POLLER, req) ? COAIO__ROUTE_POLLER : COAIO__ROUTE_SLOW;
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
