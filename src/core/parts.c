/*
 * The parts of an engine: executors, watch and the way back, set up and torn down as one.
 */
#include "core/parts.h"

#include <errno.h>
#include <uv.h>

#include "core/limits.h"

/* Only a ring that was asked for by name may fail aloud. */
static int set_up_ring(coaio_engine *engine)
{
    if (engine->options.backend == COAIO_BACKEND_THREADS)
        return 0;
    int error =
        coaio__uring_new(&engine->parts.uring, engine->options.ring_depth, engine->parts.returns);
    return engine->options.backend == COAIO_BACKEND_URING ? error : 0;
}

static int set_up_poller(coaio_engine *engine)
{
    int error = coaio__poller_new(&engine->parts.poller, engine->parts.returns);
    return error == -ENOSYS ? 0 : error;
}

void coaio__parts_clear(coaio_engine *engine)
{
    engine->parts = (struct coaio__parts){0};
}

void coaio__parts_tear_down(coaio_engine *engine)
{
    if (engine->parts.watch)
        coaio__watch_free(engine->parts.watch); /* first: it looks at the pools */
    for (int i = 0; i < COAIO__ROUTES; i++)
        if (engine->parts.executor[i])
            engine->parts.executor[i]->class->free(engine->parts.executor[i]);
    if (engine->parts.returns)
        coaio__returns_unref(engine->parts.returns);
    coaio__parts_clear(engine);
}

int coaio__parts_set_up(coaio_engine *engine)
{
    engine->owner = pthread_self();
    engine->attention.alarm = COAIO__NEVER;
    engine->next.timeout_ns = -1;
    int error = coaio__returns_new(&engine->parts.returns, &engine->mem);
    if (!error)
        error = coaio__watch_new(&engine->parts.watch, engine->parts.returns);
    if (!error)
        error = coaio__pool_new(&engine->parts.ordinary, COAIO__POOL_ORDINARY,
                                engine->parts.returns, engine->parts.watch);
    if (!error)
        error = coaio__pool_new(&engine->parts.slow, COAIO__POOL_SLOW, engine->parts.returns,
                                engine->parts.watch);
    if (!error)
        error = set_up_poller(engine);
    if (!error)
        error = set_up_ring(engine);
    engine->parts.executor[COAIO__ROUTE_RING] = (struct coaio__executor *)engine->parts.uring;
    engine->parts.executor[COAIO__ROUTE_ORDINARY] =
        (struct coaio__executor *)engine->parts.ordinary;
    engine->parts.executor[COAIO__ROUTE_SLOW] = (struct coaio__executor *)engine->parts.slow;
    engine->parts.executor[COAIO__ROUTE_POLLER] = (struct coaio__executor *)engine->parts.poller;
    if (error) {
        coaio__parts_tear_down(engine);
        return error;
    }
    atomic_store(&engine->parts.returns->attentive,
                 1); /* until somebody watches the descriptor, or waits */
    coaio__allow_inline(engine, INT64_MAX);
    coaio__limits_apply(engine);
    engine->shares = uv_available_parallelism() > 1;
    return 0;
}
