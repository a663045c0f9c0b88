/*
 * A pool as the engine sees it: submit, withdraw, interrupt, stop. See pool.h.
 */
#include "exec/pool.h"

#include <errno.h>
#include <uv.h>

#include "base/clock.h"
#include "exec/batch.h"
#include "exec/overdue.h"
#include "exec/staff.h"
#include "exec/watch.h"
#include "exec/worker.h"

/* ---- the executor's interface ---------------------------------------------------------------- */

/* Lock held, but dropped meanwhile. The watch is started after the first worker, which needs the
   last thread more. */
static void start_watch(struct coaio__pool *pool, uint64_t now)
{
    if (coaio__watch_runs(pool->watch) || pool->queued < 2 || pool->unwatched)
        return;
    uint64_t look = coaio__staff_next_look(pool, now);
    if (look == COAIO__NEVER)
        return;
    uv_mutex_unlock(&pool->lock);
    coaio__overdue_ask(pool, look);
    coaio__pool_lock(pool);
}

/* Lock held. */
static void enqueue(struct coaio__pool *pool, struct coaio__link *batch)
{
    struct coaio__link *link;
    while ((link = coaio__queue_pop(batch)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        req->stage = COAIO__QUEUED;
        coaio__priq_push(&pool->queue, link, req->priority);
        coaio__pool_count_in(pool);
    }
}

static void pool_submit(struct coaio__executor *executor, struct coaio__link *batch)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    bool wake = false;
    coaio__pool_lock(pool);
    enqueue(pool, batch);
    uint64_t now = coaio__now(), again = COAIO__NEVER, look = COAIO__NEVER;
    bool called = coaio__staff_wants_worker(pool, now);
    if (called)
        again = coaio__worker_call(pool, now, &wake);
    start_watch(pool, now);
    if (!pool->looks_left && !(called && pool->queued == 1))
        look = coaio__staff_next_look(pool, now);
    uv_mutex_unlock(&pool->lock);
    coaio__overdue_ask(pool, again < look ? again : look);
    if (wake)
        coaio__returns_wake(pool->returns);
}

/* Lock held. */
static struct coaio__worker *runner_of(struct coaio__pool *pool, const struct coaio_req *req)
{
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next)
        if (coaio__batch_current(coaio__worker_of(link)) == req)
            return coaio__worker_of(link);
    return NULL;
}

/* Lock held. True: it was in the queue. */
static bool take_out(struct coaio__pool *pool, struct coaio_req *req)
{
    if (req->stage != COAIO__QUEUED)
        return false;
    coaio__queue_remove(&req->link);
    coaio__pool_count_out(pool, 1);
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
    return req->manner == COAIO__ATTEMPT || req->manner == COAIO__EITHER;
}

uint32_t coaio__pool_take_back(struct coaio__pool *pool, struct coaio__link *back, uint32_t most)
{
    struct coaio__link *link;
    uint32_t taken = 0;
    coaio__pool_lock(pool);
    while (taken < most && (link = coaio__priq_first(&pool->queue)) != NULL
           && may_take_back(coaio__req_of(link))) {
        coaio__queue_remove(link);
        coaio__queue_push(back, link);
        taken++;
    }
    coaio__pool_count_out(pool, taken);
    uv_mutex_unlock(&pool->lock);
    return taken;
}

bool coaio__pool_is_quick(struct coaio__pool *pool)
{
    coaio__pool_lock(pool);
    uint64_t now = coaio__now();
    bool needed = coaio__staff_needs_owners_processor(pool);
    bool begins = pool->queued && coaio__staff_lingers(pool, now);
    uint32_t awake = coaio__staff_awake(pool, now);
    bool fits = awake <= coaio__staff_processors(pool);
    uv_mutex_unlock(&pool->lock);
    return (begins || awake) && fits && !needed;
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
    bool wake =
        take_out(pool, req) && coaio__batch_refuse(pool, req); /* just given back by relief */
    struct coaio__worker *worker = runner_of(pool, req);
    bool again = worker && coaio__overdue_interrupt(worker);
    uv_mutex_unlock(&pool->lock);
    if (wake)
        coaio__returns_wake(pool->returns);
    if (again)
        (void)coaio__watch_look_at(pool->watch, coaio__now() + COAIO__INTERRUPT_AGAIN_NS);
}

/* The requests that workers hold and have not begun with go back as well: a close among them must
   not be lost. The engine that stops takes what is returned without being woken. */
static void pool_stop(struct coaio__executor *executor, struct coaio__link *back)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    struct coaio__link *link;
    bool again = false;
    coaio__pool_lock(pool);
    (void)coaio__overdue_relieve(pool);
    while ((link = coaio__priq_pop(&pool->queue)) != NULL)
        coaio__queue_push(back, link);
    pool->queued = 0;
    for (link = pool->workers.next; link != &pool->workers; link = link->next) {
        struct coaio__worker *worker = coaio__worker_of(link);
        for (uint32_t i = worker->returned; i < worker->held; i++)
            atomic_store(&worker->batch[i]->cancelled, 1);
        again |= worker->held && coaio__overdue_interrupt(worker);
    }
    uv_mutex_unlock(&pool->lock);
    if (again)
        (void)coaio__watch_look_at(pool->watch, coaio__now() + COAIO__INTERRUPT_AGAIN_NS);
}

/* The requests stay alive meanwhile: workers return them under the lock, and only the engine, which
   is calling, frees them then. */
static void pool_show(struct coaio__executor *executor, coaio__visit *visit, void *data)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next) {
        struct coaio_req *req = coaio__batch_current(coaio__worker_of(link));
        if (req)
            visit(data, req, coaio__worker_of(link)->since);
    }
    uv_mutex_unlock(&pool->lock);
}

/* ---- making, setting, freeing ---------------------------------------------------------------- */

/* All processors but the owner's. */
static uint32_t processors_for_workers(void)
{
    unsigned all = uv_available_parallelism();
    return all > 2 ? all - 1 : 1;
}

static const struct coaio__executor_class pool_class;

int coaio__pool_new(struct coaio__pool **out, enum coaio__lane_of_pool lane,
                    struct coaio__returns *returns, struct coaio__watch *watch)
{
    struct coaio__pool *pool = coaio__calloc(&returns->mem, sizeof *pool);
    if (!pool)
        return -ENOMEM;
    pool->executor.class = &pool_class;
    pool->lane = lane;
    pool->watch = watch;
    pool->processors = processors_for_workers();
    pool->shares_processor = uv_available_parallelism() < 2;
    pool->next_look = COAIO__NEVER;
    coaio__priq_init(&pool->queue);
    coaio__queue_init(&pool->workers);
    if (uv_mutex_init(&pool->lock))
        goto no_lock;
    if (uv_cond_init(&pool->work))
        goto no_cond;
    pool->returns = coaio__returns_ref(returns);
    coaio__watch_add(watch, coaio__overdue_look, pool);
    *out = pool;
    return 0;
no_cond:
    uv_mutex_destroy(&pool->lock);
no_lock:
    coaio__free(&returns->mem, pool);
    return -ENOMEM;
}

/* Let the workers go. Those that are idle are gone at return; the others, who are stuck, go when
   they finish, and the last one frees the pool. */
static void pool_free(struct coaio__executor *executor)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
    pool->closed = pool->attended = true;
    pool->watch = NULL;
    uv_cond_broadcast(&pool->work);
    while (pool->threads > pool->running) /* an idle worker leaves at once */
        uv_cond_wait(&pool->work, &pool->lock);
    pool->attended = false;
    bool last = pool->threads == 0;
    uv_mutex_unlock(&pool->lock);
    if (last)
        coaio__pool_destroy(pool);
}

void coaio__pool_set(struct coaio__pool *pool, enum coaio__pool_limit limit, int64_t value)
{
    bool wake = false;
    coaio__pool_lock(pool);
    if (limit == COAIO__POOL_SIGNAL && pool->limit[limit] != value) /* all are set when one is */
        pool->uninterruptible = false;
    pool->limit[limit] = value;
    uv_cond_broadcast(&pool->work); /* idle workers apply the new limits */
    uint64_t now = coaio__now(), again = COAIO__NEVER, look = COAIO__NEVER;
    if (coaio__staff_has_work(pool))
        again = coaio__worker_call(pool, now, &wake);
    if (!pool->looks_left)
        look = coaio__staff_next_look(pool, now);
    uv_mutex_unlock(&pool->lock);
    coaio__overdue_ask(pool, again < look ? again : look);
    if (wake)
        coaio__returns_wake(pool->returns);
}

static void pool_limit(struct coaio__executor *executor, uint32_t limit)
{
    coaio__pool_set((struct coaio__pool *)executor, COAIO__POOL_PARALLEL, limit);
}

static uint32_t pool_queued(struct coaio__executor *executor)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
    uint32_t queued = pool->queued;
    uv_mutex_unlock(&pool->lock);
    return queued;
}

uint32_t coaio__pool_threads(struct coaio__pool *pool)
{
    coaio__pool_lock(pool);
    uint32_t threads = pool->threads;
    uv_mutex_unlock(&pool->lock);
    return threads;
}

/* ---- fork ------------------------------------------------------------------------------------ */

static void pool_hold(struct coaio__executor *executor)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    coaio__pool_lock(pool);
}

static void pool_release(struct coaio__executor *executor)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    uv_mutex_unlock(&pool->lock);
}

/* The state of one lock and one condition variable, which other threads may have been using, is
   left alone. */
static void pool_forget(struct coaio__executor *executor)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    struct coaio__returns *returns = pool->returns;
    struct coaio__link *link;
    while ((link = coaio__priq_pop(&pool->queue)) != NULL)
        (void)coaio__returns_put(returns, coaio__req_of(link));
    while ((link = coaio__queue_pop(&pool->workers)) != NULL) {
        struct coaio__worker *worker = coaio__worker_of(link);
        coaio__batch_forget(pool, worker);
        coaio__free(&returns->mem, worker);
    }
    coaio__free(&returns->mem, pool);
    coaio__returns_unref(returns);
}

static const struct coaio__executor_class pool_class = {
    .name = "threads",
    .submit = pool_submit,
    .withdraw = pool_withdraw,
    .interrupt = pool_interrupt,
    .stop = pool_stop,
    .show = pool_show,
    .limit = pool_limit,
    .queued = pool_queued,
    .hold = pool_hold,
    .release = pool_release,
    .forget = pool_forget,
    .free = pool_free,
};
