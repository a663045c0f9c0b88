/*
 * The parts of an engine: executors, watch and the way back, set up and torn down as one.
 */
#include "core/parts.h"

#include <errno.h>
#include <string.h>
#include <uv.h>

#include "core/limits.h"

/* Only a ring that was asked for by name may fail aloud. */
static int set_up_ring(coaio_engine *engine)
{
    if (engine->options.backend == COAIO_BACKEND_THREADS)
        return 0;
    int error = coaio__uring_new(&engine->uring, engine->options.ring_depth, engine->returns);
    return engine->options.backend == COAIO_BACKEND_URING ? error : 0;
}

static int set_up_poller(coaio_engine *engine)
{
    int error = coaio__poller_new(&engine->poller, engine->returns);
    return error == -ENOSYS ? 0 : error;
}

void coaio__parts_clear(coaio_engine *engine)
{
    engine->uring = NULL;
    engine->poller = NULL;
    engine->watch = NULL;
    engine->ordinary = engine->slow = NULL;
    engine->returns = NULL;
    memset(engine->executor, 0, sizeof engine->executor);
}

void coaio__parts_tear_down(coaio_engine *engine)
{
    if (engine->uring)
        coaio__uring_free(engine->uring);
    if (engine->poller)
        coaio__poller_free(engine->poller);
    if (engine->watch)
        coaio__watch_free(engine->watch); /* first: it looks at the pools */
    if (engine->ordinary)
        coaio__pool_free(engine->ordinary);
    if (engine->slow)
        coaio__pool_free(engine->slow);
    if (engine->returns)
        coaio__returns_unref(engine->returns);
    coaio__parts_clear(engine);
}

int coaio__parts_set_up(coaio_engine *engine)
{
    engine->owner = pthread_self();
    engine->alarm = COAIO__NEVER;
    engine->next.timeout_ns = -1;
    int error = coaio__returns_new(&engine->returns, &engine->mem);
    if (!error)
        error = coaio__watch_new(&engine->watch, engine->returns);
    if (!error)
        error = coaio__pool_new(&engine->ordinary, COAIO__POOL_ORDINARY, engine->returns, engine->watch);
    if (!error)
        error = coaio__pool_new(&engine->slow, COAIO__POOL_SLOW, engine->returns, engine->watch);
    if (!error)
        error = set_up_poller(engine);
    if (!error)
        error = set_up_ring(engine);
    if (error) {
        coaio__parts_tear_down(engine);
        return error;
    }
    engine->executor[COAIO__ROUTE_RING] = (struct coaio__executor *)engine->uring;
    engine->executor[COAIO__ROUTE_ORDINARY] = (struct coaio__executor *)engine->ordinary;
    engine->executor[COAIO__ROUTE_SLOW] = (struct coaio__executor *)engine->slow;
    engine->executor[COAIO__ROUTE_POLLER] = (struct coaio__executor *)engine->poller;
    atomic_store(&engine->returns->attentive, 1); /* until somebody watches the descriptor, or waits */
    coaio__allow_inline(engine, INT64_MAX);
    coaio__limits_apply(engine);
    engine->shares = uv_available_parallelism() > 1;
    return 0;
}
