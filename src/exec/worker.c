/*
 * The worker threads of a pool. See pool.h.
 *
 * A worker takes a request, or some (hand.c), runs them without the lock, and returns them in the same locked section
 * in which it takes the next ones.
 */
#include "exec/worker.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"

uint32_t coaio__pool_capacity(const struct coaio__pool *pool)
{
    int64_t left = pool->limit[COAIO__POOL_PARALLEL] - (int64_t)(pool->running - pool->stuck);
    return left > 0 ? (uint32_t)left : 0;
}

static bool is_awake(const struct coaio__worker *worker, uint64_t now)
{
    return worker->held && !worker->sleeps && now - worker->since < (uint64_t)COAIO__AWAKE_NS * worker->held;
}

uint32_t coaio__pool_awake(const struct coaio__pool *pool, uint64_t now)
{
    uint32_t count = 0;
    for (struct coaio__link *link = pool->workers.next; link != &pool->workers; link = link->next)
        count += is_awake(coaio__worker_of(link), now);
    return count;
}

bool coaio__pool_has_short(struct coaio__pool *pool)
{
    return coaio__req_is_short(coaio__req_of(coaio__priq_first(&pool->queue)));
}

bool coaio__pool_needs_owners_processor(struct coaio__pool *pool)
{
    return pool->queued >= COAIO__LONG_QUEUE && !coaio__pool_has_short(pool);
}

bool coaio__pool_wants_worker(struct coaio__pool *pool, uint64_t now)
{
    if (!coaio__pool_may_take(pool))
        return false;
    uint32_t n = coaio__pool_awake(pool, now);
    if (coaio__pool_has_short(pool))
        return n < pool->processors && pool->queued >= n * COAIO__BACKLOG;
    return n < pool->processors + coaio__pool_needs_owners_processor(pool);
}

void coaio__pool_destroy(struct coaio__pool *pool)
{
    struct coaio__returns *returns = pool->returns;
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->lock);
    coaio__free(&returns->mem, pool);
    coaio__returns_unref(returns);
}

/* ---- a worker's life -------------------------------------------------------------------------------------------- */

static long sleeps_so_far(void)
{
#ifdef RUSAGE_THREAD
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
#else
    return 0;
#endif
}

/* Whether its operations sleep, which is looked at now and then, and where some took long. Another thread may have had
   the processor instead: that does not count. */
static bool run_and_learn(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t held)
{
    bool looks = worker->count++ % COAIO__LEARN_EACH == 0 || worker->looks;
    long before = looks ? sleeps_so_far() : 0;
    coaio__hand_run(pool, worker, held);
    worker->looks = coaio__now() - worker->since >= (uint64_t)COAIO__AWAKE_NS * held;
    if (looks)
        return worker->looks && sleeps_so_far() > before;
    return worker->sleeps;
}

/* Not who should have done by now: something else has its processor. */
bool coaio__pool_lingers(const struct coaio__pool *pool, uint64_t now)
{
    return pool->lingering && now < pool->linger_until;
}

static bool may_take(struct coaio__pool *pool, const struct coaio__worker *worker)
{
    return worker->sleeps ? coaio__pool_may_take(pool) : coaio__pool_wants_worker(pool, coaio__now());
}

/* With the lock, which is dropped meanwhile. One worker stays awake for a while: to sleep and be woken takes longer. */
static void linger(struct coaio__pool *pool, const struct coaio__worker *worker)
{
    pool->linger_until = coaio__now() + COAIO__LINGER_NS;
    pool->lingering++;
    while (!may_take(pool, worker) && !pool->closed && coaio__now() < pool->linger_until) {
        uv_mutex_unlock(&pool->lock);
        coaio__pause(COAIO__LINGER_PAUSES);
        coaio__pool_lock(pool);
    }
    pool->lingering--;
    pool->in_vain = may_take(pool, worker) ? 0 : pool->in_vain + 1;
}

/* Not where it was in vain again and again; then only now and then. */
static bool may_linger(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    if (!pool->spare || worker->sleeps || pool->lingering)
        return false;
    return pool->in_vain < COAIO__LINGER_IN_VAIN || worker->count % COAIO__LINGER_EACH == 0;
}

/* With the lock, which is dropped while idle. False: leave. */
static bool wait_for_work(struct coaio__pool *pool, const struct coaio__worker *worker)
{
    if (may_linger(pool, worker))
        linger(pool, worker);
    while (!may_take(pool, worker)) {
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
        if (timeout == UV_ETIMEDOUT && !coaio__pool_may_take(pool))
            return false;
    }
    return true;
}

static int start_worker(struct coaio__pool *pool);

int coaio__worker_call(struct coaio__pool *pool)
{
    if (coaio__pool_lingers(pool, coaio__now()))
        return 0;
    if (pool->idle)
        uv_cond_signal(&pool->work);
    else if (!pool->starting) /* which will take the next request, and call another */
        return start_worker(pool);
    return 0;
}

/* With the lock. Whoever takes a request sees to it that the next one is taken too: by another, or when it is done. */
static void take(struct coaio__pool *pool, struct coaio__worker *worker)
{
    coaio__hand_take(pool, worker);
    pool->running++;
    if (coaio__pool_wants_worker(pool, worker->since))
        (void)coaio__worker_call(pool);
}

/* With the lock. True: the engine has to be woken. */
static bool put_back(struct coaio__pool *pool, struct coaio__worker *worker, bool sleeps)
{
    pool->running--;
    pool->stuck -= worker->stuck;
    if (sleeps)
        atomic_store(&pool->no_help, coaio__now());
    worker->sleeps = sleeps;
    worker->stuck = worker->interrupting = false;
    return coaio__hand_return(pool, worker);
}

/*
 * With the lock. Whether the owner has to be woken for a request that was returned. To wake it takes longer than many
 * an operation, so where more are sure to follow it is woken for several; the watch wakes it if they do not come.
 */
static bool must_wake(struct coaio__pool *pool, bool owner_sleeps)
{
    if (owner_sleeps && pool->lingers && pool->queued > COAIO__TOGETHER && ++pool->unannounced < COAIO__TOGETHER)
        return false;
    pool->unannounced = 0;
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
        bool sleeps = run_and_learn(pool, worker, held);
        coaio__pool_lock(pool);
        if (must_wake(pool, put_back(pool, worker, sleeps))) {
            uv_mutex_unlock(&pool->lock);
            coaio__returns_wake(pool->returns);
            coaio__pool_lock(pool);
        }
    }
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
    uv_mutex_unlock(&pool->lock); /* unless last, the pool may be gone now */
    if (last)
        coaio__pool_destroy(pool);
    return NULL;
}

/* ---- starting threads ------------------------------------------------------------------------------------------- */

/* libuv cannot start detached threads. Detached, because nobody ever waits for a worker: it may be stuck for good. */
static int create_detached(struct coaio__worker *worker)
{
    pthread_attr_t attributes;
    sigset_t       all, before;
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

/* With the lock. Failing to start one is no error while others exist; see fail_queue. */
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
