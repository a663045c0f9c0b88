/*
 * A worker that waits awake for the next request may lose its processor meanwhile, for as long as somebody else likes.
 * The owner then does not wait for it awake, and calls another. And where that was in vain again and again it does so
 * only now and then, however long its requests take.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <uv.h>

#include "real.h"
#include "test.h"

enum { TRIES = 1000, LOOKS = 1000 * 1000, EACH = 16, LONG = 128, LONG_NS = 200 * 1000 };

enum state { OFF, ARMED, STOPPED };

#ifdef __GLIBC__
typedef __rusage_who_t who;
#else
typedef int who;
#endif

static atomic_int        state, workers, asleep;
static atomic_int        looks; /* of the owner, while a worker is stopped */
static atomic_int        takes_long, lingered;
static _Thread_local int is_worker, locks; /* since it slept */

static void find_next(void *function, size_t size, const char *name)
{
    void *symbol = real_function(name);
    memcpy(function, &symbol, size);
}

static void spin(uint64_t ns)
{
    uint64_t begin = uv_hrtime();
    while (uv_hrtime() - begin < ns)
        continue;
}

/* In place of the system's, as all of these. */
__attribute__((visibility("default"))) int statvfs(const char *path, struct statvfs *to)
{
    (void)path;
    memset(to, 0, sizeof *to);
    if (atomic_load(&takes_long))
        spin(LONG_NS);
    return 0;
}

/* Only workers look at themselves. */
__attribute__((visibility("default"))) int getrusage(who whose, struct rusage *usage)
{
    int (*next)(who, struct rusage *);
    find_next(&next, sizeof next, "getrusage");
    if (!is_worker)
        atomic_fetch_add(&workers, 1);
    is_worker = 1;
    return next(whose, usage);
}

/* A worker locks twice to return something and to wake the owner; if it goes on, it lingers. */
__attribute__((visibility("default"))) int uv_mutex_trylock(uv_mutex_t *mutex)
{
    if (!is_worker && atomic_load(&state) == STOPPED)
        CHECK(atomic_fetch_add(&looks, 1) < LOOKS);
    int armed = ARMED;
    if (is_worker && locks >= 2 && atomic_compare_exchange_strong(&state, &armed, STOPPED))
        while (atomic_load(&state) == STOPPED)
            (void)usleep(100);
    int error = pthread_mutex_trylock(mutex);
    locks += !error;
    return error ? UV_EBUSY : 0;
}

__attribute__((visibility("default"))) void uv_cond_wait(uv_cond_t *cond, uv_mutex_t *mutex)
{
    atomic_fetch_add(&lingered, is_worker && locks > 2);
    atomic_fetch_add(&asleep, is_worker);
    CHECK_EQ(pthread_cond_wait(cond, mutex), 0);
    atomic_fetch_sub(&asleep, is_worker);
    locks = 0;
}

static coaio_req *submit(coaio_engine *engine)
{
    coaio_req *req = coaio_statvfs(engine, NULL, "/", NULL, NULL);
    CHECK(req != NULL);
    return req;
}

static void wait_asleep(void)
{
    while (atomic_load(&state) != STOPPED && atomic_load(&asleep) < atomic_load(&workers))
        (void)sched_yield();
}

/* True: the worker that did a request is stopped where it lingers. */
static int stop_worker(coaio_engine *engine)
{
    for (int i = 0; i < TRIES; i++) {
        int armed = ARMED;
        wait_asleep();
        atomic_store(&looks, 0);
        atomic_store(&state, ARMED);
        (void)result_of(submit(engine));
        wait_asleep();
        if (!atomic_compare_exchange_strong(&state, &armed, OFF))
            return 1;
    }
    return 0;
}

static void test_owner_sleeps(coaio_engine *engine)
{
    if (!stop_worker(engine))
        test_skip("no worker lingers");
    coaio_req *req = submit(engine);
    CHECK(coaio_req_wait(req, 1) >= 0);
    atomic_store(&state, OFF);
    (void)result_of(req);
}

static void test_another_is_called(coaio_engine *engine)
{
    if (!stop_worker(engine))
        test_skip("no worker lingers");
    spin(SECOND / 1000);
    (void)result_of(submit(engine));
    atomic_store(&state, OFF);
}

static void let_sleep(coaio_engine *engine)
{
    (void)result_of(submit(engine));
    wait_asleep();
}

/* From the request on after which it would have been its turn to linger. */
static void test_long_in_vain(coaio_engine *engine)
{
    for (int i = 0; i < EACH; i++) {
        atomic_store(&takes_long, i == EACH - 1);
        let_sleep(engine);
    }
    atomic_store(&lingered, 0);
    for (int i = 0; i < LONG; i++)
        let_sleep(engine);
    CHECK(atomic_load(&lingered) <= LONG / EACH + 1);
    atomic_store(&takes_long, 0);
}

int main(void)
{
    coaio_engine *engine = engine_new();
    test_long_in_vain(engine);
    test_owner_sleeps(engine);
    test_another_is_called(engine);
    CHECK_EQ(coaio_engine_free(engine), 0);
    return 0;
}
