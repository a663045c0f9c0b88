/* When no thread can be started: requests fail, or wait for the workers that there are. Nothing is lost for good. */
#include "real.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

enum { LATE = 2 };

static int refusing, refusing_watch; /* it is the one that is to be joined; LATE: when workers have begun */

typedef int create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);

/* In place of the system's. */
__attribute__((visibility("default"))) int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                                          void *(*start)(void *), void *argument)
{
    create *system_create;
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        (void)pthread_attr_getdetachstate(attributes, &state);
    if (refusing_watch == LATE && state == PTHREAD_CREATE_JOINABLE)
        CHECK_EQ(usleep(5000), 0);
    if (refusing || (refusing_watch && state == PTHREAD_CREATE_JOINABLE))
        return EAGAIN;
    void *symbol = real_function("pthread_create");
    memcpy(&system_create, &symbol, sizeof symbol);
    return system_create(thread, attributes, start, argument);
}

static void test_no_worker_at_all(void)
{
    coaio_engine *engine = engine_new();
    refusing = 1;
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), -EAGAIN);
    refusing = 0;
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void count_one(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 1);
    ++*(int *)data;
}

/* What the owner has workers do only because it is quicker, it does itself. */
static void test_none_to_share_with(void)
{
    enum { READS = 500 };
    coaio_engine *engine = engine_new();
    int           fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), done = 0;
    CHECK(fd >= 0);
    int reads = reads_inline(engine, fd) ? READS : 0;
    refusing = 1;
    for (int i = 0; i < reads; i++) {
        coaio_next(engine, 0, -1, COAIO_REGULAR);
        CHECK(coaio_read(engine, fd, NULL, 1, 0, count_one, &done) != NULL);
    }
    poll_until(engine, &done, reads);
    refusing = 0;
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void count_cancelled(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), -ECANCELED);
    ++*(int *)data;
}

/* Also when they are cancelled before the owner has noticed. */
static void test_none_to_share_with_any_more(void)
{
    enum { READS = 20 };
    coaio_engine *engine = engine_new();
    coaio_req    *reads[READS], *busy = coaio_busy(engine, 1e6, NULL, NULL);
    int           fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), done = 0;
    CHECK(fd >= 0);
    CHECK_EQ(coaio_set(engine, COAIO_INLINE, 0), 0);
    CHECK_EQ(coaio_req_wait(busy, SECOND / 100), 0);
    refusing = 1;
    for (int i = 0; i < READS; i++) {
        coaio_next(engine, 0, -1, COAIO_REGULAR);
        reads[i] = coaio_read(engine, fd, NULL, 1, 0, count_cancelled, &done);
    }
    CHECK_EQ(coaio_set(engine, COAIO_INLINE, 64), 0);
    CHECK_EQ(coaio_req_wait(busy, 0), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_IDLE, 0), 0);
    CHECK_EQ(coaio_set(engine, COAIO_IDLE_TIMEOUT, 1), 0);
    CHECK_EQ(coaio_cancel(busy), 0);
    while (coaio_get(engine, COAIO_NTHREADS) > 0)
        CHECK_EQ(usleep(1000), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    refusing = 0;
    for (int i = 0; i < READS; i++)
        CHECK_EQ(coaio_cancel(reads[i]), 0);
    poll_until(engine, &done, READS);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(done, READS);
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(close(fd), 0);
}

static void test_no_worker_after_a_pause(void)
{
    coaio_engine *engine = engine_new();
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    coaio_req *req = coaio_busy(engine, 0, NULL, NULL);
    CHECK_EQ(coaio_poll(engine), 0);
    refusing = 1;
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    CHECK_EQ(result_of(req), -EAGAIN);
    refusing = 0;
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* The one worker that there is hangs. Later there may be others. */
static void test_too_few_workers(void)
{
    coaio_engine *engine = engine_new();
    coaio_req *hanging = coaio_busy(engine, 1e6, NULL, NULL);
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, 1), 0);
    while (coaio_stuck(engine, NULL, sizeof(coaio_stuck_info), 0) == 0)
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    coaio_req *cancelled = coaio_busy(engine, 1e6, NULL, NULL); /* has the watch started */
    do
        CHECK_EQ(coaio_req_wait(cancelled, SECOND / 1000), 0);
    while (coaio_get(engine, COAIO_NREADY) > 0); /* a worker has begun with it, and is to be interrupted */
    CHECK_EQ(coaio_cancel(cancelled), 0);
    CHECK_EQ(result_of(cancelled), -ECANCELED);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_IDLE, 0), 0);
    CHECK_EQ(coaio_set(engine, COAIO_IDLE_TIMEOUT, 1), 0);
    while (coaio_get(engine, COAIO_NTHREADS) > 1)
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    refusing = 1;
    coaio_req *waiting = coaio_busy(engine, 0, NULL, NULL);
    CHECK_EQ(coaio_req_wait(waiting, SECOND / 100), 0);
    refusing = 0;
    CHECK_EQ(result_of(waiting), 0);
    CHECK_EQ(coaio_cancel(hanging), 0);
    CHECK_EQ(result_of(hanging), -ECANCELED);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void test_no_watch(void)
{
    coaio_engine *engine = engine_new();
    int fd = coaio_fileno(engine);
    refusing = 1;
    coaio_req *req = coaio_sleep(engine, 0.01, NULL, NULL);
    refusing = 0;
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK(readable(fd, 60000));
    CHECK_EQ(result_of(req), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void count_call(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 0);
    ++*(int *)data;
}

/* Submitted in one go: nobody looks at the queue later. */
static void test_no_watch_and_workers_that_hang(void)
{
    coaio_engine *engine = engine_new();
    coaio_req *hanging[7];
    refusing_watch = 1;
    for (int i = 0; i < 7; i++)
        hanging[i] = coaio_busy(engine, 1e6, NULL, NULL);
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
    refusing_watch = 0;
    for (int i = 0; i < 7; i++) {
        CHECK_EQ(coaio_cancel(hanging[i]), 0);
        CHECK_EQ(result_of(hanging[i]), -ECANCELED);
    }
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void ignore(coaio_req *req, void *data)
{
    (void)req, (void)data;
}

/* What a worker took among others meanwhile, and that nobody would interrupt, does not keep it: here an open that waits
   for a writer. */
static void test_no_watch_and_an_open_that_waits(void)
{
    char          path[200];
    coaio_engine *engine = engine_new();
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1), 0);
    have_many_under_way(engine);
    refusing_watch = LATE;
    coaio_req *req = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, NULL, NULL);
    for (int i = 0; i < 20; i++)
        CHECK(coaio_open(engine, NULL, "missing", O_RDONLY, 0, ignore, NULL) != NULL);
    CHECK_EQ(coaio_req_wait(req, 0), 0);
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
    refusing_watch = 0;
    int writer = open("fifo", O_RDWR | O_CLOEXEC);
    CHECK_EQ(close((int)result_of(req)), 0);
    CHECK_EQ(close(writer), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
}

/* A loop that polls when the descriptor says so, and only then. */
static void test_no_watch_and_a_deadline(void)
{
    coaio_engine *engine = engine_new();
    int fd = coaio_fileno(engine), calls = 0;
    refusing_watch = 1;
    CHECK(coaio_sleep(engine, 0.05, count_call, &calls) != NULL);
    while (calls == 0) {
        CHECK(readable(fd, 60000));
        CHECK(coaio_poll(engine) >= 0);
    }
    refusing_watch = 0;
    CHECK_EQ(coaio_engine_free(engine), 0);
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    test_skip("a sanitizer has a pthread_create of its own");
#endif
    test_no_worker_at_all();
    test_no_watch();
    test_no_watch_and_workers_that_hang();
    test_no_watch_and_an_open_that_waits();
    test_no_watch_and_a_deadline();
    test_none_to_share_with();
    test_none_to_share_with_any_more();
    test_no_worker_after_a_pause();
    test_too_few_workers();
    return 0;
}
