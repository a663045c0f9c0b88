/*
 * What is overdue in a pool: a worker that takes long is relieved of the rest of its batch, is
 * interrupted if it was trusted, and no longer counts as running if it is stuck; a queue that does
 * not get on gets one more worker; a sleeping owner learns what was returned.
 */
#include "exec/overdue.h"

#include "base/clock.h"
#include "exec/batch.h"
#include "exec/staff.h"
#include "exec/watch.h"
#include "exec/worker.h"

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool coaio__overdue_interrupt(struct coaio__worker *worker)
{
    worker->interrupting = coaio__batch_interrupt(worker);
    return worker->interrupting;
}

bool coaio__overdue_relieve(struct coaio__pool *pool)
{
    bool wake = false;
    struct coaio__link *link = pool->workers.next;
    for (; link != &pool->workers; link = link->next)
        wake |= coaio__batch_relieve(pool, coaio__worker_of(link));
    return wake;
}

void coaio__overdue_ask(struct coaio__pool *pool, uint64_t when)
{
    if (coaio__watch_look_at(pool->watch, when))
        return;
    coaio__pool_lock(pool);
    pool->unwatched = true;
    bool failed = false, wake = coaio__overdue_relieve(pool);
    if (coaio__staff_has_work(pool))
        (void)coaio__worker_call(pool, coaio__now(), &failed);
    uv_mutex_unlock(&pool->lock);
    if (wake || failed)
        coaio__returns_wake(pool->returns);
}

/* ---- one worker ------------------------------------------------------------------------------ */

/* Lock held. Returns when to see whether the worker is stuck. */
static uint64_t look_for_stuck(struct coaio__pool *pool, struct coaio__worker *worker, uint64_t now)
{
    uint64_t late = coaio__staff_late(pool, worker);
    if (worker->stuck || !pool->queued)
        return COAIO__NEVER;
    if (now < late)
        return late;
    if (pool->stuck < COAIO__REPLACEMENTS_MAX) {
        worker->stuck = true;
        pool->stuck++;
    }
    return COAIO__NEVER;
}

/* Lock held. An open that a server keeps may answer no signal at all. If it was not cancelled it is
   left alone after a while. */
static bool is_deaf(const struct coaio__worker *worker, uint64_t now)
{
    const struct coaio_req *req = coaio__batch_current(worker);
    return req && !atomic_load(&req->cancelled) && now > worker->since + COAIO__DEAF_NS;
}

/* Lock held. Relieve the worker if its batch takes long, interrupt it if that is due. Returns when
   this worker needs the next look. */
static uint64_t look_at(struct coaio__pool *pool, struct coaio__worker *worker, uint64_t now,
                        bool *wake)
{
    if (!worker->held)
        return COAIO__NEVER;
    bool several = worker->held - worker->returned > 1;
    if (several && now < worker->since + COAIO__LOOK_SOON_NS)
        return worker->since + COAIO__LOOK_SOON_NS;
    if (several)
        *wake |= coaio__batch_relieve(pool, worker);
    uint64_t again = COAIO__NEVER;
    bool trusted = several && worker->guarded;
    if ((trusted || (worker->interrupting && !is_deaf(worker, now)))
        && coaio__overdue_interrupt(worker))
        again = now + COAIO__INTERRUPT_AGAIN_NS;
    return sooner(again, look_for_stuck(pool, worker, now));
}

/* ---- the whole pool -------------------------------------------------------------------------- */

/* Lock held. */
static uint64_t look_at_workers(struct coaio__pool *pool, uint64_t now, bool *wake)
{
    uint64_t next = COAIO__NEVER;
    struct coaio__link *link = pool->workers.next;
    for (; link != &pool->workers; link = link->next)
        next = sooner(next, look_at(pool, coaio__worker_of(link), now, wake));
    return next;
}

/* Lock held. */
static uint64_t look_at_queue(struct coaio__pool *pool, uint64_t now, bool *wake)
{
    uint64_t again = COAIO__NEVER;
    bool failed = false;
    if (coaio__staff_wants_worker(pool, now))
        again = coaio__worker_call(pool, now, &failed);
    *wake |= failed;
    return sooner(again, coaio__staff_plan_look(pool, now));
}

uint64_t coaio__overdue_look(void *data, uint64_t now)
{
    struct coaio__pool *pool = data;
    bool wake = false;
    coaio__pool_lock(pool);
    uint64_t next = look_at_workers(pool, now, &wake);
    next = sooner(next, look_at_queue(pool, now, &wake));
    assert(!pool->looks_left || next <= now + COAIO__LOOK_SOON_NS); /* announce_by counts on it */
    pool->next_look = next;
    wake |= pool->unannounced > 0;
    coaio__staff_announced(pool);
    uv_mutex_unlock(&pool->lock);
    if (wake)
        coaio__returns_wake(pool->returns);
    return next;
}
