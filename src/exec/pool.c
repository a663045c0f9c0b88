/*
 * The worker threads. See pool.h.
 *
 * The path of a request: submit queues it; a worker takes it, runs it without the lock, and returns it in the same
 * locked section in which it takes the next one. `worker->req` is cleared before the request is returned, so whoever
 * sees it there under the lock may use it.
 *
 * A stuck worker (pool_look) no longer counts among the running ones, so that another may take its place.
 */
#include "exec/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <uv.h>

#include "base/clock.h"
#include "exec/interrupt.h"
#include "exec/lane.h"
#include "exec/watch.h"

enum {
    REPLACEMENTS_MAX = 64,
    STACK_SIZE = 512 * 1024,
    INTERRUPT_AGAIN_NS = 10 * 1000 * 1000
};

struct worker {
    struct coaio__link  link; /* among the pool's workers */
    struct coaio__pool *pool;
    pthread_t           thread;
    struct coaio_req   *req;   /* what it runs */
    uint64_t            since; /* it runs it */
    int                 signal_number; /* that may interrupt it, 0: none */
    bool                stuck;
    bool                interrupting; /* until it answers */
};

struct coaio__pool {
    struct coaio__executor  executor;
    enum coaio__lane_of_pool lane;
    struct coaio__returns  *returns;
    struct coaio__watch    *watch;
    uv_mutex_t              lock;
    uv_cond_t               work;
    struct coaio__priq      queue;
    struct coaio__link      workers;
    int64_t                 limit[COAIO__POOL_LIMITS];
    uint32_t                queued, threads, starting, idle, running, stuck;
    bool                    closed;   /* workers leave when they have nothing to run */
    bool                    attended; /* and coaio__pool_free waits for them; else the last one frees the pool */
};

/* How many more requests may execute now. */
static uint32_t capacity(const struct coaio__pool *pool)
{
    int64_t left = pool->limit[COAIO__POOL_PARALLEL] - (int64_t)(pool->running - pool->stuck);
    return left > 0 ? (uint32_t)left : 0;
}

static bool may_take(const struct coaio__pool *pool)
{
    return pool->queued && capacity(pool);
}

/* Free the pool after the last one left. Called without the lock. */
static void destroy(struct coaio__pool *pool)
{
    struct coaio__returns *returns = pool->returns;
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->lock);
    coaio__free(&returns->mem, pool);
    coaio__returns_unref(returns);
}

/* ---- a worker's life -------------------------------------------------------------------------------------------- */

static int64_t run_once(struct coaio__pool *pool, struct coaio_req *req)
{
    if (pool->lane == COAIO__POOL_ORDINARY && req->op->lane == COAIO__LANE_BY_PATH && coaio__open_may_wait(&req->args))
        return COAIO__REROUTE;
    struct coaio__context context = coaio__req_context(req, &pool->returns->mem);
    return req->op->run(&req->args, &context);
}

/* A signal that was meant for somebody else, or came too late, must not be seen by the caller: run it again. */
static void run(struct coaio__pool *pool, struct coaio_req *req, int signal_number)
{
    req->server = COAIO__SERVER_THREADS;
    if (signal_number)
        coaio__interrupt_allow(signal_number);
    do
        req->work.value = run_once(pool, req);
    while (req->work.value == -EINTR && !atomic_load(&req->cancelled));
    if (signal_number)
        coaio__interrupt_forbid(signal_number);
}

/* With the lock, which is dropped while idle. False: leave. */
static bool wait_for_work(struct coaio__pool *pool)
{
    while (!may_take(pool)) {
        if (pool->closed)
            return false;
        pool->idle++;
        bool surplus = pool->idle > pool->limit[COAIO__POOL_MAX_IDLE];
        int  timeout = 0;
        if (surplus)
            timeout = uv_cond_timedwait(&pool->work, &pool->lock, (uint64_t)pool->limit[COAIO__POOL_IDLE_TIMEOUT]);
        else
            uv_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
        if (timeout == UV_ETIMEDOUT && !may_take(pool))
            return false;
    }
    return true;
}

static int start_worker(struct coaio__pool *pool);

/* With the lock: have somebody take the next request. 0, or why no worker could be started. */
static int call_worker(struct coaio__pool *pool)
{
    if (pool->idle)
        uv_cond_signal(&pool->work);
    else if (!pool->starting) /* which will take the next request, and call another */
        return start_worker(pool);
    return 0;
}

/* With the lock. Whoever takes a request sees to it that the next one is taken too. */
static struct coaio_req *take(struct coaio__pool *pool, struct worker *worker)
{
    struct coaio_req *req = coaio__req_of(coaio__priq_pop(&pool->queue));
    pool->queued--;
    pool->running++;
    req->stage = COAIO__RUNNING;
    worker->req = req;
    worker->since = coaio__now();
    worker->signal_number = pool->lane == COAIO__POOL_SLOW ? (int)pool->limit[COAIO__POOL_SIGNAL] : 0;
    if (may_take(pool))
        (void)call_worker(pool);
    return req;
}

/* With the lock. */
static void put_back(struct coaio__pool *pool, struct worker *worker)
{
    pool->running--;
    pool->stuck -= worker->stuck;
    worker->req = NULL;
    worker->stuck = worker->interrupting = false;
}

static void work(struct coaio__pool *pool, struct worker *worker)
{
    uv_mutex_lock(&pool->lock);
    pool->starting--;
    while (wait_for_work(pool)) {
        struct coaio_req *req = take(pool, worker);
        uv_mutex_unlock(&pool->lock);
        run(pool, req, worker->signal_number);
        uv_mutex_lock(&pool->lock);
        put_back(pool, worker);
        if (coaio__returns_put(pool->returns, req)) {
            uv_mutex_unlock(&pool->lock);
            coaio__returns_wake(pool->returns);
            uv_mutex_lock(&pool->lock);
        }
    }
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct coaio__pool *pool = worker->pool;
    work(pool, worker);
    coaio__queue_remove(&worker->link);
    coaio__free(&pool->returns->mem, worker);
    bool last = --pool->threads == 0 && pool->closed && !pool->attended;
    if (pool->attended)
        uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->lock); /* unless last, the pool may be gone now */
    if (last)
        destroy(pool);
    return NULL;
}

/* ---- starting threads ------------------------------------------------------------------------------------------- */

/* libuv cannot start detached threads. Detached, because nobody ever waits for a worker: it may be stuck for good. */
static int create_detached(struct worker *worker)
{
    pthread_attr_t attributes;
    sigset_t       all, before;
    if (pthread_attr_init(&attributes))
        return -ENOMEM;
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&worker->thread, &attributes, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

/* With the lock. Failing to start one is no error while others exist; see fail_queue. */
static int start_worker(struct coaio__pool *pool)
{
    struct worker *worker = coaio__calloc(&pool->returns->mem, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    worker->pool = pool;
    coaio__queue_push(&pool->workers, &worker->link);
    pool->threads++;
    pool->starting++;
    int error = create_detached(worker);
    if (error) {
        pool->threads--;
        pool->starting--;
        coaio__queue_remove(&worker->link);
        coaio__free(&pool->returns->mem, worker);
    }
    return error;
}

/* With the lock. There is no worker and none can be started: better an error than a request that never completes. */
static bool fail_queue(struct coaio__pool *pool, int error)
{
    bool                wake = false;
    struct coaio__link *link;
    while ((link = coaio__priq_pop(&pool->queue)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        pool->queued--;
        req->stage = COAIO__RUNNING;
        req->work.value = error;
        wake |= coaio__returns_put(pool->returns, req);
    }
    return wake;
}

/* ---- the executor's interface ----------------------------------------------------------------------------------- */

static void pool_submit(struct coaio__executor *executor, struct coaio__link *batch)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    struct coaio__link *link;
    bool                wake = false;
    uv_mutex_lock(&pool->lock);
    while ((link = coaio__queue_pop(batch)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        req->stage = COAIO__QUEUED;
        coaio__priq_push(&pool->queue, link, req->priority);
        pool->queued++;
    }
    int error = may_take(pool) ? call_worker(pool) : 0;
    if (error && !pool->threads)
        wake = fail_queue(pool, error);
    bool    saturated = pool->limit[COAIO__POOL_PARALLEL] > 0 && pool->queued > capacity(pool);
    int64_t patience = pool->limit[COAIO__POOL_STUCK_AFTER];
    uv_mutex_unlock(&pool->lock);
    if (saturated)
        coaio__watch_look_at(pool->watch, coaio__now() + (uint64_t)patience);
    if (wake)
        coaio__returns_wake(pool->returns);
}

static bool pool_advance(struct coaio__executor *executor)
{
    (void)executor; /* workers need no help */
    return false;
}

static struct worker *worker_of(struct coaio__link *link)
{
    return (struct worker *)((char *)link - offsetof(struct worker, link));
}

/* With the lock. */
static struct worker *runner_of(struct coaio__pool *pool, const struct coaio_req *req)
{
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next)
        if (worker_of(link)->req == req)
            return worker_of(link);
    return NULL;
}

/* With the lock. */
static bool interrupt(struct worker *worker)
{
    if (!worker || !worker->signal_number)
        return false;
    worker->interrupting = coaio__interrupt_send(worker->thread, worker->signal_number);
    return worker->interrupting;
}

static bool pool_withdraw(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    uv_mutex_lock(&pool->lock);
    bool queued = req->stage == COAIO__QUEUED;
    if (queued) {
        coaio__queue_remove(&req->link);
        pool->queued--;
    }
    uv_mutex_unlock(&pool->lock);
    return queued;
}

static void pool_interrupt(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    uv_mutex_lock(&pool->lock);
    atomic_store(&req->cancelled, 1);
    bool again = interrupt(runner_of(pool, req));
    uv_mutex_unlock(&pool->lock);
    if (again)
        coaio__watch_look_at(pool->watch, coaio__now() + INTERRUPT_AGAIN_NS);
}

static void pool_stop(struct coaio__executor *executor, struct coaio__link *back)
{
    struct coaio__pool *pool = (struct coaio__pool *)executor;
    struct coaio__link *link;
    bool                again = false;
    uv_mutex_lock(&pool->lock);
    while ((link = coaio__priq_pop(&pool->queue)) != NULL)
        coaio__queue_push(back, link);
    pool->queued = 0;
    for (link = pool->workers.next; link != &pool->workers; link = link->next) {
        if (!worker_of(link)->req)
            continue;
        atomic_store(&worker_of(link)->req->cancelled, 1);
        again |= interrupt(worker_of(link));
    }
    uv_mutex_unlock(&pool->lock);
    if (again)
        coaio__watch_look_at(pool->watch, coaio__now() + INTERRUPT_AGAIN_NS);
}

static const struct coaio__executor_class pool_class = {
    "threads", pool_submit, pool_advance, pool_withdraw, pool_interrupt, pool_stop,
};

/* ---- the watch's look ------------------------------------------------------------------------------------------- */

/* With the lock. When this worker needs the next look. */
static uint64_t look_at(struct coaio__pool *pool, struct worker *worker, uint64_t now)
{
    if (!worker->req)
        return COAIO__NEVER;
    if (worker->interrupting) {
        interrupt(worker);
        return now + INTERRUPT_AGAIN_NS;
    }
    if (worker->stuck || !pool->queued)
        return COAIO__NEVER;
    uint64_t late = worker->since + (uint64_t)pool->limit[COAIO__POOL_STUCK_AFTER];
    if (now < late)
        return late;
    if (pool->stuck < REPLACEMENTS_MAX) {
        worker->stuck = true;
        pool->stuck++;
    }
    return COAIO__NEVER;
}

uint64_t coaio__pool_look(struct coaio__pool *pool, uint64_t now)
{
    uint64_t next = COAIO__NEVER;
    uv_mutex_lock(&pool->lock);
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next) {
        uint64_t at = look_at(pool, worker_of(link), now);
        next = at < next ? at : next;
    }
    if (may_take(pool))
        (void)call_worker(pool);
    uv_mutex_unlock(&pool->lock);
    return next;
}

/* ---- making, setting, freeing ----------------------------------------------------------------------------------- */

int coaio__pool_new(struct coaio__pool **out, enum coaio__lane_of_pool lane, struct coaio__returns *returns,
                    struct coaio__watch *watch)
{
    struct coaio__pool *pool = coaio__calloc(&returns->mem, sizeof *pool);
    if (!pool)
        return -ENOMEM;
    pool->executor.class = &pool_class;
    pool->lane = lane;
    pool->watch = watch;
    coaio__priq_init(&pool->queue);
    coaio__queue_init(&pool->workers);
    if (uv_mutex_init(&pool->lock))
        goto no_lock;
    if (uv_cond_init(&pool->work))
        goto no_cond;
    pool->returns = coaio__returns_ref(returns);
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
    uv_mutex_lock(&pool->lock);
    pool->closed = pool->attended = true;
    pool->watch = NULL;
    uv_cond_broadcast(&pool->work);
    while (pool->threads > pool->running) /* who runs nothing leaves at once */
        uv_cond_wait(&pool->work, &pool->lock);
    pool->attended = false;
    bool last = pool->threads == 0;
    uv_mutex_unlock(&pool->lock);
    if (last)
        destroy(pool);
}

void coaio__pool_set(struct coaio__pool *pool, enum coaio__pool_limit limit, int64_t value)
{
    uv_mutex_lock(&pool->lock);
    pool->limit[limit] = value;
    uv_cond_broadcast(&pool->work); /* idle workers apply the new limits */
    if (may_take(pool))
        (void)call_worker(pool);
    uv_mutex_unlock(&pool->lock);
}

struct coaio__pool_gauges coaio__pool_read(struct coaio__pool *pool, uint64_t now)
{
    struct coaio__pool_gauges gauges = {0};
    uv_mutex_lock(&pool->lock);
    gauges.threads = pool->threads;
    gauges.queued = pool->queued;
    gauges.running = pool->running;
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next) {
        struct worker *worker = worker_of(link);
        if (worker->req && now - worker->since >= (uint64_t)pool->limit[COAIO__POOL_STUCK_AFTER])
            gauges.stuck++;
    }
    uv_mutex_unlock(&pool->lock);
    return gauges;
}

/* ---- fork ------------------------------------------------------------------------------------------------------- */

void coaio__pool_hold(struct coaio__pool *pool)
{
    uv_mutex_lock(&pool->lock);
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
        if (worker_of(link)->req) {
            worker_of(link)->req->work.value = -ECANCELED;
            (void)coaio__returns_put(returns, worker_of(link)->req);
        }
        coaio__free(&returns->mem, worker_of(link));
    }
    coaio__free(&returns->mem, pool);
    coaio__returns_unref(returns);
}
