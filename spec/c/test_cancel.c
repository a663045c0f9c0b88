/* Cancelling: always delivered, never leaking, and true about what became of the operation. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static coaio_engine *engine;
static struct told last;

static void test_queued_requests_never_run(void)
{
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    coaio_req *req = coaio_ref(coaio_mkdir(engine, NULL, "never", 0755, note_told, &last));
    last.calls = 0;
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(last.calls, 0);
    poll_until(engine, &last.calls, 1);
    CHECK_EQ(last.result, -ECANCELED);
    CHECK_EQ(coaio_outcome(req), -ECANCELED);
    CHECK_EQ(coaio_cancel(req), -ENOENT);
    coaio_unref(req);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "never", NULL, NULL)), -ENOENT);
    CHECK_EQ(last.calls, 1);
}

static void test_finished_but_not_delivered(void)
{
    int before = count_fds();
    coaio_req *req = coaio_ref(coaio_open(engine, NULL, ".", O_RDONLY, 0, note_told, &last));
    last.calls = 0;
    CHECK_EQ(coaio_req_wait(req, LIMIT), 1);
    CHECK_EQ(coaio_cancel(req), 0);
    poll_until(engine, &last.calls, 1);
    CHECK_EQ(last.result, -ECANCELED);
    CHECK(coaio_outcome(req) >= 0);
    coaio_unref(req);
    CHECK_EQ(count_fds(), before);
}

/* Nobody ever opens the other end, so each of these would wait for ever. */
static void test_opens_cancelled_at_once(void)
{
    int before = count_fds();
    last.calls = 0;
    for (int i = 1; i <= 1000; i++) {
        coaio_req *req = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, note_told, &last);
        if (i % 3)
            CHECK(coaio_poll(engine) >= 0);
        CHECK_EQ(coaio_cancel(req), 0);
        poll_until(engine, &last.calls, i);
        CHECK_EQ(last.result, -ECANCELED);
    }
    CHECK_EQ(last.calls, 1000);
    poll_until_fds(engine, before);
}

/* Operations that finish after their requests were delivered: what they made is closed. */
static void test_opens_that_come_too_late(void)
{
    int before = count_fds(), writer;
    coaio_req *reqs[50];
    last.calls = 0;
    CHECK_EQ(coaio_set(engine, COAIO_SIGNAL, 0), 0);
    for (int i = 0; i < 50; i++)
        reqs[i] = coaio_ref(coaio_open(engine, NULL, "fifo", O_RDONLY, 0, note_told, &last));
    CHECK(coaio_wait(engine, SECOND / 10) >= 0);
    CHECK(coaio_poll(engine) >= 0);
    for (int i = 0; i < 50; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    poll_until(engine, &last.calls, 50);
    CHECK((writer = open("fifo", O_RDWR | O_CLOEXEC)) >= 0);
    for (int i = 0; i < 50; i++) {
        int64_t outcome;
        while ((outcome = coaio_outcome(reqs[i])) == -EINPROGRESS) {
            CHECK(coaio_wait(engine, SECOND / 100) >= 0);
            CHECK(coaio_poll(engine) >= 0);
        }
        CHECK(outcome >= 0 || outcome == -ECANCELED);
        coaio_unref(reqs[i]);
    }
    CHECK_EQ(close(writer), 0);
    CHECK_EQ(coaio_set(engine, COAIO_SIGNAL, SIGURG), 0);
    poll_until_fds(engine, before);
}

/* Memory that was lent: once the request is delivered, nothing may write there any more. */
static void test_lent_memory_is_given_back_first(void)
{
    for (int i = 0; i < 100; i++) {
        char *buffer = calloc(1, 4096);
        int ends[2];
        CHECK_EQ(pipe(ends), 0);
        last.calls = 0;
        coaio_req *req = coaio_read(engine, ends[0], buffer, 4096, -1, note_told, &last);
        CHECK(coaio_poll(engine) >= 0);
        CHECK_EQ(coaio_cancel(req), 0);
        poll_until(engine, &last.calls, 1);
        CHECK_EQ(last.result, -ECANCELED);
        CHECK_EQ(write(ends[1], "late", 4), 4);
        CHECK_EQ(buffer[0], 0);
        free(buffer);
        CHECK_EQ(read(ends[0], (char[4]){0}, 4), 4);
        CHECK_EQ(close(ends[0]) | close(ends[1]), 0);
    }
}

/* What was cancelled is done while its worker is still at it, and nobody looks at what that makes. */
static void test_delivered_next_to_a_running_one(void)
{
    for (int i = 1; i <= 20; i++) {
        int ends[2];
        CHECK_EQ(pipe(ends), 0);
        last.calls = 0;
        coaio_req *req = coaio_read(engine, ends[0], NULL, 4096, -1, note_told, &last);
        CHECK_EQ(coaio_poll(engine), 0);
        CHECK_EQ(coaio_wait(engine, SECOND / 1000), 0); /* its worker has begun */
        coaio_next(engine, 1, -1, 0);
        CHECK(coaio_nop(engine, note_told, &last) != NULL);
        CHECK_EQ(coaio_cancel(req), 0);
        poll_until(engine, &last.calls, 2);
        CHECK_EQ(last.result, -ECANCELED);
        CHECK_EQ(result_of(coaio_close(engine, ends[0], NULL, NULL)), 0); /* which waits for the worker */
        CHECK_EQ(close(ends[1]), 0);
    }
}

static void test_sleep(void)
{
    last.calls = 0;
    coaio_req *req = coaio_sleep(engine, 1000, note_told, &last);
    CHECK(coaio_poll(engine) >= 0);
    CHECK_EQ(coaio_cancel(req), 0);
    poll_until(engine, &last.calls, 1);
    CHECK_EQ(last.result, -ECANCELED);
    CHECK_EQ(coaio_timeout(engine), -1);
}

/* A hundred operations that hang do not stand in the way of those after them. */
static void test_stuck_opens_stop_nobody(void)
{
    coaio_req *reqs[100];
    int stats = 0;
    for (int i = 0; i < 100; i++)
        reqs[i] = coaio_ref(coaio_open(engine, NULL, "fifo", O_WRONLY, 0, note_told, &last));
    last.calls = 0;
    for (; stats < 50; stats++)
        CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    CHECK_EQ(last.calls, 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    poll_until(engine, &last.calls, 100);
    for (int i = 0; i < 100; i++)
        coaio_unref(reqs[i]);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
}

static void test_detached(void)
{
    coaio_next(engine, 0, -1, COAIO_DETACHED);
    CHECK(coaio_mkdir(engine, NULL, "detached", 0755, NULL, NULL) != NULL);
    for (int tries = 0; access("detached", F_OK) != 0; tries++) {
        CHECK(tries < 6000);
        CHECK(coaio_wait(engine, SECOND / 100) >= 0);
        CHECK_EQ(coaio_poll(engine), 0);
    }
    CHECK_EQ(rmdir("detached"), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    int before = count_fds();
    engine = engine_new();
    test_queued_requests_never_run();
    test_finished_but_not_delivered();
    test_opens_cancelled_at_once();
    test_opens_that_come_too_late();
    test_lent_memory_is_given_back_first();
    test_delivered_next_to_a_running_one();
    test_sleep();
    test_stuck_opens_stop_nobody();
    test_detached();
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
