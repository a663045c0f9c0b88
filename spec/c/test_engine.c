/* Engines: options, limits, gauges, whose thread may call, what a callback may call, and how they end. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

static int calls;

static void count_call(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 0);
    CHECK(data == &calls);
    calls++;
}

static void test_create_and_free(void)
{
    coaio_engine *engines[5];
    int before = count_fds();
    for (int i = 0; i < 5; i++)
        engines[i] = engine_new();
    for (int i = 0; i < 5; i++)
        CHECK_EQ(result_of(coaio_stat(engines[i], NULL, "/", NULL, NULL)), 0);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(coaio_engine_free(engines[i]), 0);
    CHECK_EQ(count_fds(), before);
}

static int create(coaio_options options)
{
    coaio_engine *engine = NULL;
    int error = coaio_engine_new(&engine, &options);
    if (error == 0)
        CHECK_EQ(coaio_engine_free(engine), 0);
    return error;
}

static void test_options(void)
{
    uint32_t size = sizeof(coaio_options);
    CHECK_EQ(create((coaio_options){.size = size}), 0);
    CHECK_EQ(create((coaio_options){.size = size, .backend = COAIO_BACKEND_THREADS}), 0);
    CHECK_EQ(create((coaio_options){.size = size, .ring_depth = 1}), 0);
    CHECK_EQ(create((coaio_options){.size = size, .ring_depth = 4096}), 0);
    CHECK_EQ(create((coaio_options){.size = size, .ring_depth = 4097}), -EINVAL);
    CHECK_EQ(create((coaio_options){.size = size, .backend = 99}), -EINVAL);
    CHECK_EQ(create((coaio_options){.size = size, .reserved = 1}), -EINVAL);
    CHECK_EQ(create((coaio_options){.size = 0}), -EINVAL);
}

static void test_limits(void)
{
    coaio_engine *engine = engine_new();
    for (int key = COAIO_MAX_PARALLEL; key <= COAIO_STUCK_AFTER; key++) {
        if (key == COAIO_SIGNAL || key == COAIO_RING_DEPTH)
            continue;
        CHECK_EQ(coaio_set(engine, key, 17), 0);
        CHECK_EQ(coaio_get(engine, key), 17);
        CHECK_EQ(coaio_set(engine, key, -1), -EINVAL);
        CHECK_EQ(coaio_get(engine, key), 17);
    }
    CHECK_EQ(coaio_set(engine, COAIO_MIN_PARALLEL, 20), 0);
    CHECK_EQ(coaio_get(engine, COAIO_MAX_PARALLEL), 20);
    CHECK_EQ(coaio_set(engine, COAIO_MIN_PARALLEL, 5), 0);
    CHECK_EQ(coaio_get(engine, COAIO_MAX_PARALLEL), 20);
    for (int key = COAIO_NREQS; key <= COAIO_NSTUCK; key++) {
        CHECK_EQ(coaio_set(engine, key, 1), -EINVAL);
        CHECK_EQ(coaio_get(engine, key), 0);
    }
    CHECK_EQ(coaio_set(engine, 9999, 1), -EINVAL);
    CHECK_EQ(coaio_get(engine, 9999), -EINVAL);
    CHECK_EQ(coaio_set(engine, 0, 1), -EINVAL);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* max_parallel 0 pauses workers and ring, so the gauges stand still. */
static void test_gauges(void)
{
    coaio_engine *engine = engine_new();
    calls = 0;
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    CHECK_EQ(coaio_set(engine, COAIO_INLINE, 0), 0);
    for (int i = 0; i < 10; i++)
        CHECK(coaio_stat(engine, NULL, "/", count_call, &calls) != NULL);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 10);
    CHECK_EQ(coaio_get(engine, COAIO_NREADY), 10);
    CHECK_EQ(coaio_get(engine, COAIO_NPENDING), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 4), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_POLL_REQS, 3), 0);
    while (calls < 10) {
        CHECK_EQ(coaio_wait(engine, LIMIT), 1);
        int ran = coaio_poll(engine);
        CHECK(ran >= 0 && ran <= 3);
    }
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* ---- threads ------------------------------------------------------------------------------------------------- */

struct stranger {
    coaio_engine *engine;
    coaio_req    *req;
};

static void *stranger_main(void *data)
{
    struct stranger *stranger = data;
    coaio_engine *engine = stranger->engine;
    coaio_req *reaped[1];
    CHECK_EQ(coaio_poll(engine), -EPERM);
    CHECK_EQ(coaio_wait(engine, 0), -EPERM);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1), -EPERM);
    CHECK_EQ(coaio_reap(engine, reaped, 1), 0);
    CHECK(coaio_nop(engine, NULL, NULL) == NULL);
    CHECK(coaio_submit(engine, COAIO_NOP, NULL, 0, NULL, NULL) == NULL);
    CHECK_EQ(coaio_cancel(stranger->req), -EPERM);
    CHECK_EQ(coaio_req_wait(stranger->req, 0), -EPERM);
    CHECK_EQ(coaio_claim(stranger->req), -EPERM);
    CHECK_EQ(coaio_engine_free(engine), -EPERM);
    CHECK_EQ(coaio_wakeup(engine), 0);
    return NULL;
}

static void test_other_threads_are_refused(void)
{
    struct stranger stranger = {.engine = engine_new()};
    pthread_t thread;
    stranger.req = coaio_nop(stranger.engine, NULL, NULL);
    CHECK_EQ(pthread_create(&thread, NULL, stranger_main, &stranger), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(result_of(stranger.req), 0);
    CHECK_EQ(coaio_engine_free(stranger.engine), 0);
}

static void *engine_of_its_own(void *data)
{
    coaio_engine *engine = engine_new();
    for (int i = 0; i < 50; i++)
        CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    return data;
}

static void test_an_engine_per_thread(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, engine_of_its_own, NULL), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* ---- callbacks ----------------------------------------------------------------------------------------------- */

static void call_everything(coaio_req *req, void *data)
{
    coaio_engine *engine = coaio_req_engine(req);
    CHECK_EQ(coaio_req_op(req), COAIO_NOP);
    CHECK(coaio_req_data(req) == data);
    CHECK_EQ(coaio_poll(engine), -EBUSY);
    CHECK_EQ(coaio_engine_free(engine), -EBUSY);
    CHECK_EQ(coaio_cancel(req), -ENOENT);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    CHECK(coaio_nop(engine, count_call, &calls) != NULL);
    calls++;
}

static void test_inside_a_callback(void)
{
    coaio_engine *engine = engine_new();
    calls = 0;
    CHECK(coaio_nop(engine, call_everything, &calls) != NULL);
    CHECK_EQ(calls, 0);
    poll_until(engine, &calls, 2);
    CHECK_EQ(calls, 2);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void test_the_descriptor_tells(void)
{
    coaio_engine *engine = engine_new();
    int fd = coaio_fileno(engine);
    CHECK(fd >= 0);
    calls = 0;
    CHECK(!readable(fd, 0));
    CHECK_EQ(coaio_wait(engine, 0), 0);
    CHECK(coaio_stat(engine, NULL, "/", count_call, &calls) != NULL);
    while (calls < 1) {
        CHECK(readable(fd, 60000));
        CHECK(coaio_poll(engine) >= 0);
    }
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK(!readable(fd, 0));
    CHECK(coaio_sleep(engine, 0.02, count_call, &calls) != NULL);
    while (calls < 2) {
        CHECK(readable(fd, 60000));
        CHECK(coaio_poll(engine) >= 0);
    }
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* ---- the end ------------------------------------------------------------------------------------------------- */

static void never(coaio_req *req, void *data)
{
    (void)req;
    (void)data;
    test_fail(__FILE__, __LINE__, "callback", "called by coaio_engine_free");
}

static void test_free_runs_no_callbacks(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    int before = count_fds();
    coaio_engine *engine = engine_new();
    CHECK(coaio_open(engine, NULL, "fifo", O_RDONLY, 0, never, NULL) != NULL);
    CHECK(coaio_stat(engine, NULL, "/", never, NULL) != NULL);
    CHECK(coaio_sleep(engine, 1000, never, NULL) != NULL);
    CHECK(coaio_open(engine, NULL, "/dev/null", O_RDONLY, 0, never, NULL) != NULL);
    CHECK(coaio_wait(engine, SECOND / 100) >= 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
}

int main(void)
{
    int major, minor, patch;
    CHECK_EQ(sscanf(coaio_version(), "%d.%d.%d", &major, &minor, &patch), 3);
    test_create_and_free();
    test_options();
    test_limits();
    test_gauges();
    test_other_threads_are_refused();
    test_an_engine_per_thread();
    test_inside_a_callback();
    test_the_descriptor_tells();
    test_free_runs_no_callbacks();
    return 0;
}
