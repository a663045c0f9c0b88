/*
 * A pool as the engine sees it: submit, withdraw, interrupt, and the watch's look. See pool.h; the threads are in
 * worker.c.
 *
 * A stuck worker no longer counts among the running ones, so that another may take its place.
 */
#include "exec/pool.h"

#include <errno.h>
#include <uv.h>

#include "base/clock.h"
#include "exec/interrupt.h"
#include "exec/watch.h"
#include "exec/worker.h"

/* With the lock. There is no worker and none can be started: better an error than a request that never completes.
   Unless the owner does it; what was only shared it can do without us in any case. */
static bool fail_queue(struct coaio__pool *pool, int error)
{
    bool                wake = false;
    struct coaio__link *link;
    while ((link = coaio__priq_pop(&pool->queue)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        pool->queued--;
        req->stage = COAIO__GIVEN_BACK;
        req->work.value = req->shared ? COAIO__REROUTE : error;
        wake |= coaio__returns_put(pool->returns, req);
    }
    atomic_store(&pool->no_help, coaio__now());
    return wake;
}

/* With the lock. Have somebody take a request, if `wanted`. When to try again, because no thread could be started
   although there are too few. `wake`: the engine has to be woken. */
static uint64_t call_worker(struct coaio__pool *pool, bool wanted, uint64_t now, bool *wake)
{
    int error = wanted ? coaio__worker_call(pool) : 0;
    *wake = error && !pool->threads && fail_queue(pool, error);
    return error && pool->queued ? now + COAIO__START_AGAIN_NS : COAIO__NEVER;
}

/* With the lock. True: the engine has to be woken. */
static bool relieve_all(struct coaio__pool *pool)
{
    bool wake = false;
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next)
        wake |= coaio__hand_relieve(pool, coaio__worker_of(link));
    return wake;
}

/* Without the lock. Where there is no watch nobody would notice that workers sleep: so all may run that may, and none
   takes several, or keeps what it took before this was known. */
static void look_later(struct coaio__pool *pool, uint64_t when)
{
    bool failed;
    if (coaio__watch_look_at(pool->watch, when))
        return;
    coaio__pool_lock(pool);
    pool->processors = INT32_MAX;
    bool wake = relieve_all(pool);
    (void)call_worker(pool, coaio__pool_may_take(pool), coaio__now(), &failed);
    uv_mutex_unlock(&pool->lock);
    if (wake || failed)
        coaio__returns_wake(pool->returns);
}

/* ---- the executor's interface ----------------------------------------------------------------------------------- */

/*
 * With the lock. When the watch has to see how the queue gets on: soon, if more workers may be needed than want to be
 * in each other's way, or one is going to take several; after a while, if no more may run, or will: these may be stuck,
 * or one may end and leave the queue to others that were awake then, and sleep now, or take several itself.
 */
static uint64_t next_look(struct coaio__pool *pool, uint64_t now)
{
    if (pool->limit[COAIO__POOL_PARALLEL] == 0 || !pool->queued)
        return COAIO__NEVER;
    bool     yields = pool->processors < pool->limit[COAIO__POOL_PARALLEL];
    bool     alone = pool->processors == INT32_MAX; /* each has a worker of its own */
    bool     shared = coaio__req_of(coaio__priq_first(&pool->queue))->shared;
    uint64_t stuck = coaio__after_ns(now, pool->limit[COAIO__POOL_STUCK_AFTER]);
    if (coaio__pool_capacity(pool) && alone)
        return COAIO__NEVER;
    if (coaio__pool_capacity(pool) && (yields || shared))
        return now + COAIO__LOOK_SOON_NS;
    return !alone && stuck > now + COAIO__LOOK_LATER_NS ? now + COAIO__LOOK_LATER_NS : stuck;
}

/* With the lock, the watch's plan: to wake it costs more than to let it come some times although nothing is queued. */
static uint64_t plan_look(struct coaio__pool *pool, uint64_t now)
{
    uint64_t look = next_look(pool, now), soon = now + COAIO__LOOK_SOON_NS;
    if (look == soon)
        pool->lingers = COAIO__LOOKS_AFTER;
    else if (pool->lingers && --pool->lingers && look > soon)
        look = soon;
    return look;
}

/* With the lock, which is dropped meanwhile. The first worker is there already: it needs the last thread more. */
static void start_watch(struct coaio__pool *pool, uint64_t now)
{
    if (coaio__watch_runs(pool->watch) || pool->queued < 2 || pool->processors == INT32_MAX)
        return;
    uint64_t look = next_look(pool, now);
    if (look == COAIO__NEVER)
        return;
    uv_mutex_unlock(&pool->lock);
    look_later(pool, look);
    coaio__pool_lock(pool);
}

static void pool_submit(struct coaio__executor *executor, struct coaio__link *batch)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    struct coaio__link *link;
    bool                wake;
    coaio__pool_lock(pool);
    while ((link = coaio__queue_pop(batch)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        req->stage = COAIO__QUEUED;
        coaio__priq_push(&pool->queue, link, req->priority);
        pool->queued++;
    }
    uint64_t now = coaio__now(), look = COAIO__NEVER;
    bool call = coaio__pool_wants_worker(pool, now);
    uint64_t again = call_worker(pool, call, now, &wake);
    start_watch(pool, now);
    if (!pool->lingers && !(call && pool->queued == 1))
        look = next_look(pool, now);
    uv_mutex_unlock(&pool->lock);
    look_later(pool, again < look ? again : look);
    if (wake)
        coaio__returns_wake(pool->returns);
}

/* With the lock. */
static struct coaio__worker *runner_of(struct coaio__pool *pool, const struct coaio_req *req)
{
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next)
        if (coaio__hand_current(coaio__worker_of(link)) == req)
            return coaio__worker_of(link);
    return NULL;
}

/* With the lock. */
static bool interrupt(struct coaio__worker *worker)
{
    if (!worker)
        return false;
    worker->interrupting = coaio__hand_interrupt(worker);
    return worker->interrupting;
}

/* With the lock. True: it was in the queue. */
static bool take_out(struct coaio__pool *pool, struct coaio_req *req)
{
    if (req->stage != COAIO__QUEUED)
        return false;
    coaio__queue_remove(&req->link);
    pool->queued--;
    return true;
}

static bool pool_withdraw(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
    bool queued = take_out(pool, req);
    uv_mutex_unlock(&pool->lock);
    return queued;
}

static bool may_take_back(const struct coaio_req *req)
{
    return req->shared && !req->tried;
}

uint32_t coaio__pool_take_back(struct coaio__pool *pool, struct coaio__link *back, uint32_t most)
{
    struct coaio__link *link;
    uint32_t            taken = 0;
    coaio__pool_lock(pool);
    while (taken < most && (link = coaio__priq_first(&pool->queue)) != NULL && may_take_back(coaio__req_of(link))) {
        coaio__queue_remove(link);
        coaio__queue_push(back, link);
        taken++;
    }
    pool->queued -= taken;
    uv_mutex_unlock(&pool->lock);
    return taken;
}

bool coaio__pool_is_quick(struct coaio__pool *pool)
{
    coaio__pool_lock(pool);
    uint64_t now = coaio__now();
    bool     needed = coaio__pool_needs_owners_processor(pool);
    bool     begins = pool->queued && coaio__pool_lingers(pool, now);
    uint32_t awake = coaio__pool_awake(pool, now);
    uv_mutex_unlock(&pool->lock);
    return (begins || awake) && awake <= pool->processors && !needed;
}

bool coaio__pool_is_of_help(const struct coaio__pool *pool)
{
    uint64_t since = atomic_load(&pool->no_help);
    return !since || coaio__now() - since > COAIO__NO_HELP_NS;
}

static void pool_interrupt(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
    atomic_store(&req->cancelled, 1);
    bool wake = take_out(pool, req) && coaio__hand_refuse(pool, req); /* a worker was just relieved of it */
    bool again = interrupt(runner_of(pool, req));
    uv_mutex_unlock(&pool->lock);
    if (wake)
        coaio__returns_wake(pool->returns);
    if (again)
        (void)coaio__watch_look_at(pool->watch, coaio__now() + COAIO__INTERRUPT_AGAIN_NS);
}

/* What a worker holds and has not begun with goes back as well: a close among it must not be lost. */
static void pool_stop(struct coaio__executor *executor, struct coaio__link *back)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    struct coaio__link *link;
    bool                again = false;
    coaio__pool_lock(pool);
    (void)relieve_all(pool); /* who stops looks by himself */
    while ((link = coaio__priq_pop(&pool->queue)) != NULL)
        coaio__queue_push(back, link);
    pool->queued = 0;
    for (link = pool->workers.next; link != &pool->workers; link = link->next) {
        struct coaio__worker *worker = coaio__worker_of(link);
        for (uint32_t i = worker->returned; i < worker->held; i++)
            atomic_store(&worker->hand[i]->cancelled, 1);
        again |= worker->held && interrupt(worker);
    }
    uv_mutex_unlock(&pool->lock);
    if (again)
        (void)coaio__watch_look_at(pool->watch, coaio__now() + COAIO__INTERRUPT_AGAIN_NS);
}

/* A worker lets go of its request under the lock, and only the engine, who is asking, lets it die then. */
static void pool_show(struct coaio__executor *executor, coaio__visit *visit, void *data)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next) {
        struct coaio_req *req = coaio__hand_current(coaio__worker_of(link));
        if (req)
            visit(data, req, coaio__worker_of(link)->since);
    }
    uv_mutex_unlock(&pool->lock);
}

static const struct coaio__executor_class pool_class = {
    "threads", pool_submit, NULL, pool_withdraw, pool_interrupt, pool_stop, pool_show,
};

/* ---- the watch's look ------------------------------------------------------------------------------------------- */

/* With the lock. When to look whether it is, or COAIO__NEVER. */
static uint64_t look_for_stuck(struct coaio__pool *pool, struct coaio__worker *worker, uint64_t now)
{
    uint64_t late = worker->since + (uint64_t)pool->limit[COAIO__POOL_STUCK_AFTER];
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

/* With the lock. A server's open may answer no signal at all; nobody cancelled it, so let it be. */
static bool is_deaf(const struct coaio__worker *worker, uint64_t now)
{
    const struct coaio_req *req = coaio__hand_current(worker);
    return req && !atomic_load(&req->cancelled) && now > worker->since + COAIO__DEAF_NS;
}

/* With the lock. When this worker needs the next look. */
static uint64_t look_at(struct coaio__pool *pool, struct coaio__worker *worker, uint64_t now, bool *wake)
{
    if (!worker->held)
        return COAIO__NEVER;
    bool several = worker->held - worker->returned > 1;
    if (several && now < worker->since + COAIO__LOOK_SOON_NS)
        return worker->since + COAIO__LOOK_SOON_NS;
    if (several)
        *wake |= coaio__hand_relieve(pool, worker);
    uint64_t again = COAIO__NEVER;
    bool     wanted = (several && worker->guarded) || (worker->interrupting && !is_deaf(worker, now));
    if (wanted && interrupt(worker))
        again = now + COAIO__INTERRUPT_AGAIN_NS;
    uint64_t late = look_for_stuck(pool, worker, now);
    return again < late ? again : late;
}

/* The watch's look: replace stuck workers, relieve those that take long, repeat interrupts. */
static uint64_t take_look(void *data, uint64_t now)
{
    struct coaio__pool *pool = data;
    uint64_t next = COAIO__NEVER;
    bool     wake = false, failed;
    coaio__pool_lock(pool);
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next) {
        uint64_t at = look_at(pool, coaio__worker_of(link), now, &wake);
        next = at < next ? at : next;
    }
    uint64_t again = call_worker(pool, coaio__pool_wants_worker(pool, now), now, &failed), at = plan_look(pool, now);
    wake |= failed || pool->unannounced > 0;
    pool->unannounced = 0;
    uv_mutex_unlock(&pool->lock);
    if (wake)
        coaio__returns_wake(pool->returns);
    next = again < next ? again : next;
    return at < next ? at : next;
}

/* ---- making, setting, freeing ----------------------------------------------------------------------------------- */

/* All but the owner's. */
static uint32_t processors_for_workers(void)
{
    unsigned all = uv_available_parallelism();
    return all > 2 ? all - 1 : 1;
}

int coaio__pool_new(struct coaio__pool **out, enum coaio__lane_of_pool lane, struct coaio__returns *returns,
                    struct coaio__watch *watch)
{
    struct coaio__pool *pool = coaio__calloc(&returns->mem, sizeof *pool);
    if (!pool)
        return -ENOMEM;
    pool->executor.class = &pool_class;
    pool->lane = lane;
    pool->watch = watch;
    pool->processors = lane == COAIO__POOL_ORDINARY ? processors_for_workers() : INT32_MAX;
    pool->spare = lane == COAIO__POOL_ORDINARY && uv_available_parallelism() > 1;
    coaio__priq_init(&pool->queue);
    coaio__queue_init(&pool->workers);
    if (uv_mutex_init(&pool->lock))
        goto no_lock;
    if (uv_cond_init(&pool->work))
        goto no_cond;
    pool->returns = coaio__returns_ref(returns);
    coaio__watch_add(watch, take_look, pool);
    *out = pool;
    return 0;
no_cond:
    uv_mutex_destroy(&pool->lock);
no_lock:
    coaio__free(&returns->mem, pool);
    return -ENOMEM;
}

void coaio__pool_free(struct coaio__pool *pool)
{
    coaio__pool_lock(pool);
    pool->closed = pool->attended = true;
    pool->watch = NULL;
    uv_cond_broadcast(&pool->work);
    while (pool->threads > pool->running) /* who runs nothing leaves at once */
        uv_cond_wait(&pool->work, &pool->lock);
    pool->attended = false;
    bool last = pool->threads == 0;
    uv_mutex_unlock(&pool->lock);
    if (last)
        coaio__pool_destroy(pool);
}

void coaio__pool_set(struct coaio__pool *pool, enum coaio__pool_limit limit, int64_t value)
{
    bool wake;
    coaio__pool_lock(pool);
    if (limit == COAIO__POOL_SIGNAL && pool->limit[limit] != value) /* all limits are set when one is */
        pool->uninterruptible = false;
    pool->limit[limit] = value;
    uv_cond_broadcast(&pool->work); /* idle workers apply the new limits */
    uint64_t now = coaio__now(), again = call_worker(pool, coaio__pool_may_take(pool), now, &wake);
    uint64_t look = pool->lingers ? COAIO__NEVER : next_look(pool, now);
    uv_mutex_unlock(&pool->lock);
    look_later(pool, again < look ? again : look);
    if (wake)
        coaio__returns_wake(pool->returns);
}

struct coaio__pool_gauges coaio__pool_read(struct coaio__pool *pool)
{
    coaio__pool_lock(pool);
    struct coaio__pool_gauges gauges = {.threads = pool->threads, .queued = pool->queued};
    uv_mutex_unlock(&pool->lock);
    return gauges;
}

/* ---- fork ------------------------------------------------------------------------------------------------------- */

void coaio__pool_hold(struct coaio__pool *pool)
{
    coaio__pool_lock(pool);
}

void coaio__pool_release(struct coaio__pool *pool)
{
    uv_mutex_unlock(&pool->lock);
}

/* The state of one lock and one condition variable, which other threads may have been using, is left alone. */
void coaio__pool_forget(struct coaio__pool *pool)
{
    struct coaio__returns *returns = pool->returns;
    struct coaio__link    *link;
    while ((link = coaio__priq_pop(&pool->queue)) != NULL)
        (void)coaio__returns_put(returns, coaio__req_of(link));
    while ((link = coaio__queue_pop(&pool->workers)) != NULL) {
        struct coaio__worker *worker = coaio__worker_of(link);
        coaio__hand_forget(pool, worker);
        coaio__free(&returns->mem, worker);
    }
    coaio__free(&returns->mem, pool);
    coaio__returns_unref(returns);
}
