/* Timeouts, of coaio_next and coaio_req_timeout, in every state of a request. A timeout is 0 or very far away: what
   happens does not depend on how fast the machine is. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const int64_t FAR = INT64_C(1000) * SECOND;
static coaio_engine *engine;
static struct told last;

/* Operations that were given up come back when they like, and are something to do then. */
static int64_t time_left(void)
{
    int64_t left;
    while ((left = coaio_timeout(engine)) == 0)
        CHECK(coaio_poll(engine) >= 0);
    return left;
}

/* The request that was made last is delivered, and this is its result. */
static void ends_as(int64_t result)
{
    poll_until(engine, &last.calls, 1);
    CHECK_EQ(last.result, result);
    CHECK_EQ(last.calls, 1);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(time_left(), -1);
    last.calls = 0;
}

/* An open that hangs, on a worker already. */
static coaio_req *hanging_open(int64_t timeout_ns)
{
    coaio_next(engine, 0, timeout_ns, 0);
    coaio_req *req = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, note_told, &last);
    CHECK_EQ(coaio_req_wait(req, SECOND / 1000), 0);
    return req;
}

static void test_of_next(void)
{
    int before = count_fds();
    coaio_next(engine, 0, SECOND / 100, 0);
    CHECK(coaio_open(engine, NULL, "fifo", O_RDONLY, 0, note_told, &last) != NULL);
    CHECK(coaio_timeout(engine) <= SECOND / 100);
    ends_as(-ETIMEDOUT);
    coaio_next(engine, 0, FAR, 0);
    CHECK(coaio_stat(engine, NULL, "/", note_told, &last) != NULL);
    ends_as(0);
    poll_until_fds(engine, before);
}

static void test_replaced(void)
{
    int before = count_fds();
    coaio_req *req = hanging_open(-1);
    CHECK_EQ(time_left(), -1);
    CHECK_EQ(coaio_req_timeout(req, FAR), 0);
    CHECK(time_left() > FAR / 2 && time_left() <= FAR);
    CHECK_EQ(coaio_req_timeout(req, INT64_MAX), 0);
    CHECK(time_left() > FAR);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    CHECK_EQ(last.calls, 0);
    ends_as(-ETIMEDOUT);
    poll_until_fds(engine, before);
}

static void test_removed(void)
{
    coaio_req *req = hanging_open(FAR);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    CHECK_EQ(coaio_req_timeout(req, -1), 0);
    CHECK_EQ(time_left(), -1);
    CHECK_EQ(coaio_wait(engine, SECOND / 1000), 0);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_req_timeout(req, -1), 0);
    CHECK_EQ(coaio_cancel(req), 0);
    ends_as(-ECANCELED);
}

/* Many at once, so that the heap of deadlines has something to do: the nearest one is always known. */
static void test_many(void)
{
    enum { N = 100 };
    coaio_req *reqs[N];
    for (int i = 0; i < N; i++)
        CHECK_EQ(coaio_req_timeout(reqs[i] = coaio_sleep(engine, 9e8, note_told, &last), N * FAR), 0);
    for (int i = 0; i < N; i++)
        CHECK_EQ(coaio_req_timeout(reqs[i * 37 % N], (i * 37 % N + 1) * FAR), 0);
    for (int i = 0; i < N; i++) {
        int64_t left = time_left();
        CHECK(left > i * FAR + FAR / 2 && left <= (i + 1) * FAR);
        CHECK_EQ(coaio_req_timeout(reqs[i], -1), 0);
    }
    for (int i = 0; i < N; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    poll_until(engine, &last.calls, N);
    last.calls = 0;
}

static void test_not_started(void)
{
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    for (int polls = 0; polls < 2; polls++) { /* ready, and in an executor's queue */
        coaio_req *req = coaio_ref(coaio_mkdir(engine, NULL, "never", 0755, note_told, &last));
        if (polls)
            CHECK_EQ(coaio_poll(engine), 0);
        CHECK_EQ(coaio_req_timeout(req, 0), 0);
        ends_as(-ETIMEDOUT);
        CHECK_EQ(coaio_outcome(req), -ECANCELED);
        coaio_unref(req);
    }
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    CHECK_EQ(access("never", F_OK), -1);
}

static void test_lent_memory(void)
{
    char buffer[8] = {0};
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    coaio_req *req = coaio_read(engine, ends[0], buffer, sizeof buffer, -1, note_told, &last);
    CHECK_EQ(coaio_req_wait(req, SECOND / 1000), 0);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    ends_as(-ETIMEDOUT);
    req = coaio_read(engine, ends[0], buffer, sizeof buffer, -1, note_told, &last);
    CHECK_EQ(coaio_req_wait(req, SECOND / 1000), 0);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(coaio_req_timeout(req, 0), 0); /* too late for another verdict */
    ends_as(-ECANCELED);
    CHECK_EQ(write(ends[1], "late", 4), 4);
    CHECK_EQ(buffer[0], 0);
    CHECK_EQ(close(ends[0]) | close(ends[1]), 0);
}

static void test_sleep(void)
{
    coaio_req *req = coaio_sleep(engine, 500, note_told, &last);
    CHECK_EQ(coaio_req_timeout(req, FAR), 0);
    CHECK(time_left() <= FAR / 2);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    CHECK_EQ(coaio_req_timeout(req, -1), 0);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK(time_left() > FAR / 4);
    CHECK_EQ(coaio_result(req), -EINPROGRESS);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    ends_as(-ETIMEDOUT);
    req = coaio_sleep(engine, 0.001, note_told, &last); /* over first, whatever the timeout was or is */
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    CHECK_EQ(coaio_req_timeout(req, FAR), 0);
    ends_as(0);
    req = coaio_sleep(engine, 500, note_told, &last);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    ends_as(-ECANCELED);
}

static void test_group(void)
{
    coaio_req *group = coaio_group(engine, note_told, &last), *member = coaio_ref(coaio_sleep(engine, 500, NULL, NULL));
    coaio_req *reaped;
    CHECK_EQ(coaio_group_add(group, member), 0);
    CHECK_EQ(coaio_req_timeout(group, 0), 0);
    poll_until(engine, &last.calls, 1);
    CHECK_EQ(last.result, -ETIMEDOUT);
    CHECK_EQ(coaio_reap(engine, &reaped, 1), 1);
    CHECK(reaped == member);
    CHECK_EQ(coaio_result(member), -ECANCELED);
    coaio_unref(member);
    last.calls = 0;
}

static void test_finished(void)
{
    coaio_req *req = coaio_ref(coaio_stat(engine, NULL, "/", note_told, &last));
    CHECK_EQ(coaio_req_wait(req, LIMIT), 1);
    CHECK_EQ(coaio_req_timeout(req, 0), 0);
    ends_as(0);
    CHECK_EQ(coaio_req_timeout(req, 0), -ENOENT);
    coaio_unref(req);
}

/* A loop that only watches the descriptor sees it. */
static void test_wakes_the_descriptor(void)
{
    int fd = coaio_fileno(engine);
    coaio_req *req = hanging_open(FAR);
    while (readable(fd, 0))
        CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_req_timeout(req, SECOND / 100), 0);
    CHECK(readable(fd, 60000));
    ends_as(-ETIMEDOUT);
}

static void *strangers_attempt(void *req)
{
    CHECK_EQ(coaio_req_timeout(req, 0), -EPERM);
    return NULL;
}

static void test_strangers(void)
{
    pthread_t thread;
    int status;
    coaio_req *req = coaio_sleep(engine, 1000, note_told, &last);
    CHECK_EQ(pthread_create(&thread, NULL, strangers_attempt, req), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK_EQ(coaio_req_timeout(req, 0), -EPERM);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_cancel(req), 0);
    ends_as(-ECANCELED);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    engine = engine_new();
    test_of_next();
    test_replaced();
    test_removed();
    test_many();
    test_not_started();
    test_lent_memory();
    test_sleep();
    test_group();
    test_finished();
    test_strangers();
    test_wakes_the_descriptor();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
