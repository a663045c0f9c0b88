/*
 * Limits and gauges.
 */
#include "core/limits.h"

#include <errno.h>
#include <signal.h>

#include "core/attention.h"
#include "core/held.h"
#include "core/stuck.h"
#include "exec/interrupt.h"

void coaio__limits_default(coaio_engine *engine)
{
    engine->limit[COAIO_MAX_PARALLEL] = COAIO__MAX_PARALLEL_DEFAULT;
    engine->limit[COAIO_MAX_IDLE] = COAIO__MAX_IDLE_DEFAULT;
    engine->limit[COAIO_IDLE_TIMEOUT] = COAIO__IDLE_TIMEOUT_NS;
    engine->limit[COAIO_RING_DEPTH] = engine->options.ring_depth;
    engine->limit[COAIO_INLINE] = COAIO__INLINE_DEFAULT;
    engine->limit[COAIO_SIGNAL] = SIGURG;
    engine->limit[COAIO_MAX_SLOW] = COAIO__MAX_SLOW_DEFAULT;
    engine->limit[COAIO_DRAIN_TIMEOUT] = COAIO__DRAIN_TIMEOUT_NS;
    engine->limit[COAIO_STUCK_AFTER] = COAIO__STUCK_AFTER_NS;
}

static void set_pool(coaio_engine *engine, struct coaio__pool *pool, int64_t stuck_after)
{
    coaio__pool_set(pool, COAIO__POOL_SIGNAL, engine->limit[COAIO_SIGNAL]);
    coaio__pool_set(pool, COAIO__POOL_STUCK_AFTER, stuck_after);
    coaio__pool_set(pool, COAIO__POOL_IDLE_TIMEOUT, engine->limit[COAIO_IDLE_TIMEOUT]);
    coaio__pool_set(pool, COAIO__POOL_MAX_IDLE, engine->limit[COAIO_MAX_IDLE]);
}

/* The slow lane is never stuck: to wait is what its workers are for. */
void coaio__limits_apply(coaio_engine *engine)
{
    int64_t at_once[COAIO__ROUTES] = {
        [COAIO__ROUTE_RING] = engine->limit[COAIO_RING_DEPTH],
        [COAIO__ROUTE_ORDINARY] = engine->limit[COAIO_MAX_PARALLEL],
        [COAIO__ROUTE_SLOW] = engine->limit[COAIO_MAX_SLOW],
        [COAIO__ROUTE_POLLER] = UINT32_MAX,
    };
    bool paused = engine->limit[COAIO_MAX_PARALLEL] == 0;
    set_pool(engine, engine->parts.ordinary, engine->limit[COAIO_STUCK_AFTER]);
    set_pool(engine, engine->parts.slow, INT64_MAX / 2);
    for (int i = 0; i < COAIO__ROUTES; i++) {
        struct coaio__executor *executor = engine->parts.executor[i];
        if (executor)
            executor->class->limit(executor, paused ? 0 : (uint32_t)at_once[i]);
    }
}

/* The range of a key's values; false for one that cannot be set. */
static bool range_of(const coaio_engine *engine, int key, int64_t *low, int64_t *high)
{
    *low = 0;
    *high = INT64_MAX / 2;
    switch (key) {
    case COAIO_MIN_PARALLEL:
    case COAIO_MAX_PARALLEL:
    case COAIO_MAX_IDLE: *high = COAIO__WORKERS_MAX; return true;
    case COAIO_MAX_SLOW:
        *low = 1;
        *high = COAIO__WORKERS_MAX;
        return true;
    case COAIO_RING_DEPTH:
        *low = 1;
        *high = engine->options.ring_depth;
        return true;
    case COAIO_STUCK_AFTER: *low = 1; return true;
    case COAIO_SIGNAL: *high = 128; return true;
    case COAIO_IDLE_TIMEOUT:
    case COAIO_MAX_POLL_REQS:
    case COAIO_MAX_POLL_TIME:
    case COAIO_INLINE:
    case COAIO_DRAIN_TIMEOUT: return true;
    default: return false;
    }
}

int coaio_set(coaio_engine *engine, int key, int64_t value)
{
    int64_t low, high;
    if (!coaio__owned(engine))
        return -EPERM;
    if (!range_of(engine, key, &low, &high) || value < low || value > high)
        return -EINVAL;
    if (key == COAIO_SIGNAL && !coaio__interrupt_valid((int)value))
        return -EINVAL;
    if (key == COAIO_MIN_PARALLEL) { /* a floor under max_parallel at this moment, as in IO::AIO */
        if (value <= engine->limit[COAIO_MAX_PARALLEL])
            return 0;
        key = COAIO_MAX_PARALLEL;
    }
    engine->limit[key] = value;
    if (key == COAIO_INLINE)
        coaio__allow_inline(engine, engine->turn.inline_left);
    coaio__limits_apply(engine);
    for (int i = 0; i < COAIO__ROUTES; i++) { /* without threads only a call starts more */
        struct coaio__executor *executor = engine->parts.executor[i];
        if (executor && executor->class->advance && executor->class->queued(executor))
            engine->attention.leftover = true;
    }
    coaio__settle(engine);
    return 0;
}

static int64_t queued(const coaio_engine *engine)
{
    int64_t sum = 0;
    for (int i = 0; i < COAIO__ROUTES; i++) {
        struct coaio__executor *executor = engine->parts.executor[i];
        sum += executor ? executor->class->queued(executor) : 0;
    }
    return sum;
}

static int64_t gauge(const coaio_engine *engine, int key)
{
    switch (key) {
    case COAIO_NREQS: return engine->nreqs;
    case COAIO_NREADY: return (int64_t)engine->queues.nready + queued(engine);
    case COAIO_NPENDING: return (int64_t)engine->queues.ndone + engine->queues.ndone_reap;
    case COAIO_NTHREADS:
        return (int64_t)coaio__pool_threads(engine->parts.ordinary)
               + coaio__pool_threads(engine->parts.slow);
    case COAIO_NSTUCK: return coaio__nstuck(engine);
    default: return -EINVAL;
    }
}

int64_t coaio_get(const coaio_engine *engine, int key)
{
    int64_t low, high;
    if (!coaio__owned(engine))
        return -EPERM;
    if (key == COAIO_NREQS) /* asked often, by loops */
        return engine->nreqs;
    if (key == COAIO_NWAITING) /* with each request, where there is a limit */
        return coaio__waiting(engine);
    if (!range_of(engine, key, &low, &high))
        return gauge(engine, key);
    return engine->limit[key == COAIO_MIN_PARALLEL ? COAIO_MAX_PARALLEL : key];
}
