/*
 * The decisions of a pool, by the numbers of base/policy.h. See staff.h.
 */
#include "exec/staff.h"

/* ---- how many run ---------------------------------------------------------------------------- */

/* How many more requests may execute now. */
static uint32_t capacity(const struct coaio__pool *pool)
{
    assert(pool->running >= pool->stuck);
    int64_t left = pool->limit[COAIO__POOL_PARALLEL] - (int64_t)(pool->running - pool->stuck);
    return left > 0 ? (uint32_t)left : 0;
}

bool coaio__staff_has_work(const struct coaio__pool *pool)
{
    return pool->queued && capacity(pool);
}

static bool is_awake(const struct coaio__worker *worker, uint64_t now)
{
    uint64_t expected = (uint64_t)COAIO__AWAKE_NS * worker->held;
    return worker->held && !worker->sleeps && now - worker->since < expected;
}

uint32_t coaio__staff_awake(const struct coaio__pool *pool, uint64_t now)
{
    uint32_t count = 0;
    struct coaio__link *link = pool->workers.next;
    for (; link != &pool->workers; link = link->next)
        count += is_awake(coaio__worker_of(link), now);
    return count;
}

static bool is_bounded(const struct coaio__pool *pool)
{
    return pool->lane == COAIO__POOL_ORDINARY && !pool->unwatched;
}

uint32_t coaio__staff_processors(const struct coaio__pool *pool)
{
    return is_bounded(pool) ? pool->processors : INT32_MAX;
}

static const struct coaio_req *first_of(struct coaio__pool *pool)
{
    assert(pool->queued);
    return coaio__req_of(coaio__priq_first(&pool->queue));
}

/* True if the first request of the queue is brief, and so most of the others. */
static bool has_brief(struct coaio__pool *pool)
{
    return coaio__req_is_brief(first_of(pool));
}

static bool is_long(const struct coaio__pool *pool)
{
    return pool->queued >= COAIO__LONG_QUEUE;
}

bool coaio__staff_needs_owners_processor(struct coaio__pool *pool)
{
    return is_long(pool) && !has_brief(pool);
}

bool coaio__staff_wants_worker(struct coaio__pool *pool, uint64_t now)
{
    if (!coaio__staff_has_work(pool))
        return false;
    uint32_t awake = coaio__staff_awake(pool, now), processors = coaio__staff_processors(pool);
    if (has_brief(pool))
        return awake < processors && pool->queued >= awake * COAIO__BACKLOG;
    return awake < processors + is_long(pool);
}

bool coaio__staff_wants(struct coaio__pool *pool, const struct coaio__worker *worker, uint64_t now)
{
    return worker->sleeps ? coaio__staff_has_work(pool) : coaio__staff_wants_worker(pool, now);
}

/* ---- who stays awake ------------------------------------------------------------------------- */

/* A worker that still lingers after linger_until was descheduled, and is not to be counted on. */
bool coaio__staff_lingers(const struct coaio__pool *pool, uint64_t now)
{
    return pool->lingering && now < pool->linger_until;
}

/* If lingering was in vain several times in a row it is done now and then only. */
bool coaio__staff_may_linger(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    if (pool->lane != COAIO__POOL_ORDINARY || pool->shares_processor)
        return false;
    if (worker->sleeps || pool->lingering)
        return false;
    return pool->lingered_in_vain < COAIO__LINGER_IN_VAIN
           || worker->batches % COAIO__LINGER_EACH == 0;
}

/* ---- how much one takes ---------------------------------------------------------------------- */

/* Half of the queue if that is brief, the owner takes the other half; else an equal part for each
   processor. A single one if it is likely to take long: the rest would wait behind it. */
uint32_t coaio__staff_batch(struct coaio__pool *pool, const struct coaio__worker *worker,
                            bool watched)
{
    if (worker->sleeps || worker->measures || !watched || !is_bounded(pool))
        return 1;
    uint32_t part = pool->queued / (has_brief(pool) ? 2 : pool->processors + 1);
    if (part < 1)
        return 1;
    return part < COAIO__BATCH ? part : COAIO__BATCH;
}

bool coaio__staff_guards(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    return worker->held > 1 && pool->limit[COAIO__POOL_SIGNAL] && !pool->uninterruptible;
}

/* To look first takes almost as long as to open. */
bool coaio__staff_trusts(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    uint64_t waited = atomic_load(&pool->waited);
    return worker->guarded && (!waited || worker->since > waited + COAIO__WARY_NS);
}

/* ---- when the owner is woken ----------------------------------------------------------------- */

/* To wake the owner takes longer than many an operation. If more requests are sure to follow, and
   the watch is sure to come, it is woken for several. */
bool coaio__staff_must_wake(struct coaio__pool *pool, uint32_t count)
{
    if (!pool->looks_left || pool->queued <= COAIO__BATCH)
        return true;
    if (pool->unannounced + count >= COAIO__TOGETHER)
        return true;
    assert(pool->next_look != COAIO__NEVER);
    if (!pool->unannounced)
        pool->announce_by = pool->next_look;
    assert(pool->announce_by <= pool->next_look);
    pool->unannounced += count;
    return false;
}

void coaio__staff_announced(struct coaio__pool *pool)
{
    pool->unannounced = 0;
}

/* ---- when the watch looks -------------------------------------------------------------------- */

uint64_t coaio__staff_next_look(struct coaio__pool *pool, uint64_t now)
{
    if (pool->limit[COAIO__POOL_PARALLEL] == 0 || !pool->queued)
        return COAIO__NEVER;
    bool bounded = is_bounded(pool);
    bool yields = bounded && pool->processors < pool->limit[COAIO__POOL_PARALLEL];
    if (capacity(pool) && !bounded)
        return COAIO__NEVER;
    if (capacity(pool) && (yields || coaio__req_is_shared(first_of(pool))))
        return now + COAIO__LOOK_SOON_NS;
    uint64_t stuck = coaio__after_ns(now, pool->limit[COAIO__POOL_STUCK_AFTER]);
    return bounded && stuck > now + COAIO__LOOK_LATER_NS ? now + COAIO__LOOK_LATER_NS : stuck;
}

uint64_t coaio__staff_plan_look(struct coaio__pool *pool, uint64_t now)
{
    uint64_t look = coaio__staff_next_look(pool, now), soon = now + COAIO__LOOK_SOON_NS;
    if (look == soon)
        pool->looks_left = COAIO__LOOKS_AFTER;
    else if (pool->looks_left && --pool->looks_left && look > soon)
        look = soon;
    return look;
}

uint64_t coaio__staff_late(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    return worker->since + (uint64_t)pool->limit[COAIO__POOL_STUCK_AFTER];
}
