/*
 * The worker threads of a pool.
 *
 * A worker takes a request, or a batch of them, runs them without the lock, and returns them in the
 * same locked section in which it takes the next ones.
 */
#include "exec/worker.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "exec/batch.h"
#include "exec/staff.h"

static int call(struct coaio__pool *pool);

/* ---- a worker's life ------------------------------------------------------------------------- */

/* How many times this thread has slept since it began. */
static long sleeps_so_far(void)
{
#ifdef RUSAGE_THREAD
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
#else
    return 0;
#endif
}

/* Lock not held. True if the worker's operations sleep: that is measured now and then, and if some
   took long. If another thread had the processor meanwhile that does not count. */
static bool run_and_measure(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t held)
{
    bool measures = worker->batches++ % COAIO__MEASURE_EACH == 0 || worker->measures;
    long before = measures ? sleeps_so_far() : 0;
    coaio__batch_run(pool, worker, held);
    worker->measures = coaio__now() - worker->since >= (uint64_t)COAIO__AWAKE_NS * held;
    if (measures)
        return worker->measures && sleeps_so_far() > before;
    return worker->sleeps;
}

/* Lock held, but dropped meanwhile. */
static void linger(struct coaio__pool *pool, const struct coaio__worker *worker)
{
    assert(!pool->lingering);
    pool->linger_until = coaio__now() + COAIO__LINGER_NS;
    pool->lingering = true;
    while (!coaio__staff_wants(pool, worker, coaio__now()) && !pool->closed
           && coaio__now() < pool->linger_until) {
        uv_mutex_unlock(&pool->lock);
        coaio__pause(COAIO__LINGER_PAUSES);
        coaio__pool_lock(pool);
    }
    pool->lingering = false;
    bool gained = coaio__staff_wants(pool, worker, coaio__now());
    pool->lingered_in_vain = gained ? 0 : pool->lingered_in_vain + 1;
}

/* Lock held, but dropped while idle. False: it was idle for idle_timeout, and is one too many. */
static bool sleep_idle(struct coaio__pool *pool)
{
    int timeout = 0;
    pool->idle++;
    if (pool->idle > pool->limit[COAIO__POOL_MAX_IDLE])
        timeout = uv_cond_timedwait(&pool->work, &pool->lock,
                                    (uint64_t)pool->limit[COAIO__POOL_IDLE_TIMEOUT]);
    else
        uv_cond_wait(&pool->work, &pool->lock);
    pool->idle--;
    return timeout != UV_ETIMEDOUT || coaio__staff_has_work(pool);
}

/* Lock held, but dropped while idle. False: the worker is to leave. */
static bool wait_for_work(struct coaio__pool *pool, const struct coaio__worker *worker)
{
    if (coaio__staff_may_linger(pool, worker))
        linger(pool, worker);
    while (!coaio__staff_wants(pool, worker, coaio__now()))
        if (pool->closed || !sleep_idle(pool))
            return false;
    return true;
}

/* Lock held. The worker that takes a request sees to it that the next one is taken too: by another
   worker, or by itself when it is done. */
static void take(struct coaio__pool *pool, struct coaio__worker *worker)
{
    coaio__batch_take(pool, worker);
    pool->running++;
    if (coaio__staff_wants_worker(pool, worker->since))
        (void)call(pool);
}

/* Lock held. True: the engine has to be woken. */
static bool put_back(struct coaio__pool *pool, struct coaio__worker *worker, bool sleeps)
{
    assert(pool->running && pool->stuck >= worker->stuck);
    uint32_t count = worker->held - worker->returned;
    pool->running--;
    pool->stuck -= worker->stuck;
    if (sleeps)
        atomic_store(&pool->no_help, coaio__now());
    worker->sleeps = sleeps;
    worker->stuck = worker->interrupting = false;
    bool owner_sleeps = coaio__batch_return(pool, worker);
    if (!count) /* the watch took the whole batch away: the owner is still to hear of others */
        return false;
    if (owner_sleeps && !coaio__staff_must_wake(pool, count))
        return false;
    coaio__staff_announced(pool);
    return owner_sleeps;
}

static void work(struct coaio__pool *pool, struct coaio__worker *worker)
{
    coaio__pool_lock(pool);
    pool->starting--;
    while (wait_for_work(pool, worker)) {
        take(pool, worker);
        uint32_t held = worker->held;
        uv_mutex_unlock(&pool->lock);
        bool sleeps = run_and_measure(pool, worker, held);
        coaio__pool_lock(pool);
        if (put_back(pool, worker, sleeps)) {
            uv_mutex_unlock(&pool->lock);
            coaio__returns_wake(pool->returns);
            coaio__pool_lock(pool);
        }
    }
}

void coaio__pool_destroy(struct coaio__pool *pool)
{
    struct coaio__returns *returns = pool->returns;
    assert(!pool->threads && !pool->queued);
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->lock);
    coaio__free(&returns->mem, pool);
    coaio__returns_unref(returns);
}

static void *worker_main(void *argument)
{
    struct coaio__worker *worker = argument;
    struct coaio__pool *pool = worker->pool;
    work(pool, worker);
    coaio__queue_remove(&worker->link);
    coaio__free(&pool->returns->mem, worker);
    bool last = --pool->threads == 0 && pool->closed && !pool->attended;
    if (pool->attended)
        uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->lock); /* unless this was the last worker, the pool may be gone now */
    if (last)
        coaio__pool_destroy(pool);
    return NULL;
}

/* ---- starting threads ------------------------------------------------------------------------ */

/* libuv cannot start detached threads. They are detached because no thread ever waits for a worker:
   it may be stuck for good. */
static int create_detached(struct coaio__worker *worker)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes))
        return -ENOMEM;
    (void)pthread_attr_setstacksize(&attributes, COAIO__STACK_SIZE);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&worker->thread, &attributes, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

/* Lock held. 0 or -errno. */
static int start_worker(struct coaio__pool *pool)
{
    struct coaio__worker *worker = coaio__calloc(&pool->returns->mem, sizeof *worker);
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

/* ---- calling a worker ------------------------------------------------------------------------ */

/* Lock held. Have a worker take the next request: one that lingers, an idle one, the one that is
   just being started (which will call another), or a new one. */
static int call(struct coaio__pool *pool)
{
    if (coaio__staff_lingers(pool, coaio__now()))
        return 0;
    if (pool->idle)
        uv_cond_signal(&pool->work);
    else if (!pool->starting)
        return start_worker(pool);
    return 0;
}

/* Lock held. There is no worker and none can be started: better an error than a request that never
   completes. What was only shared the owner can do. True: the engine has to be woken. */
static bool fail_queue(struct coaio__pool *pool, int error)
{
    bool wake = false;
    struct coaio__link *link;
    while ((link = coaio__priq_pop(&pool->queue)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        coaio__pool_count_out(pool, 1);
        req->stage = COAIO__GIVEN_BACK;
        req->work.value = coaio__req_is_shared(req)
                              ? COAIO__REROUTE
                              : coaio__req_failed(req, error, &pool->returns->mem);
        wake |= coaio__returns_put(pool->returns, req);
    }
    assert(!pool->queued);
    atomic_store(&pool->no_help, coaio__now());
    return wake;
}

uint64_t coaio__worker_call(struct coaio__pool *pool, uint64_t now, bool *wake)
{
    int error = call(pool);
    *wake = error && !pool->threads && fail_queue(pool, error);
    return error && pool->queued ? now + COAIO__START_AGAIN_NS : COAIO__NEVER;
}
