/* fork(2) inside a callback or a feeder: a child that returns from it finds the engine refused, whatever call it is in;
   or anew, if it has called coaio_reinit. And fork(2) in a thread of the program's, at any moment. */
#include "test.h"

#include <pthread.h>
#include <sys/wait.h>

enum what { RETURN, REINIT, REINIT_AND_USE, WHATS }; /* what the child does before it returns */

static coaio_engine *engine;
static enum what     what;
static int           in_child, calls, forked;

static void wait_for_success(pid_t pid)
{
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

static void in_parent_only(coaio_req *req, void *data)
{
    (void)req, (void)data;
    CHECK(!in_child);
    calls++;
}

static void use_it(void)
{
    struct told told = {0};
    CHECK_EQ(coaio_engine_free(engine), -EBUSY); /* its frames are on the stack */
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK(coaio_stat(engine, NULL, "/", note_told, &told) != NULL);
    CHECK(coaio_busy(engine, 0, note_told, &told) != NULL);
    poll_until(engine, &told.calls, 2);
    CHECK_EQ(told.result, 0);
}

static void fork_here(void)
{
    if (forked)
        return;
    forked = 1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) {
        wait_for_success(pid);
        return;
    }
    in_child = 1;
    if (what != RETURN)
        CHECK_EQ(coaio_reinit(engine), 0);
    if (what == REINIT_AND_USE)
        use_it();
}

static void fork_in_callback(coaio_req *req, void *data)
{
    (void)req, (void)data;
    calls++;
    fork_here();
}

/* In every place something: done, executing, queued, waiting. */
static void fill(void)
{
    forked = calls = 0;
    for (int i = 0; i < 10; i++) {
        CHECK(coaio_nop(engine, in_parent_only, NULL) != NULL);
        CHECK(coaio_stat(engine, NULL, "/", in_parent_only, NULL) != NULL);
        CHECK(coaio_fsync(engine, 0, in_parent_only, NULL) != NULL);
    }
    CHECK(coaio_sleep(engine, 0.02, in_parent_only, NULL) != NULL);
    CHECK(coaio_busy(engine, 0.02, in_parent_only, NULL) != NULL);
}

/* The child's way out, from the call that returned `got`: in a new engine, or in none. */
static void child_leaves(int64_t got, int64_t refused)
{
    if (what == RETURN) {
        CHECK_EQ(got, refused);
        CHECK_EQ(coaio_poll(engine), -EPERM);
        CHECK(coaio_nop(engine, NULL, NULL) == NULL);
        CHECK_EQ(coaio_reinit(engine), 0);
    }
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    exit(0);
}

static void finish_parent(int expected)
{
    poll_until(engine, &calls, expected);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* With the descriptor watched, and without. */
static void test_callback(int watched)
{
    engine = engine_new();
    if (watched)
        CHECK(coaio_fileno(engine) >= 0);
    fill();
    coaio_next(engine, 1, -1, 0);
    CHECK(coaio_nop(engine, fork_in_callback, NULL) != NULL);
    int got = coaio_poll(engine);
    if (in_child)
        child_leaves(got, -EPERM);
    finish_parent(33);
}

/* ---- feeders ---------------------------------------------------------------------------------------------------- */

static coaio_req *first_fed;

/* Adds one member, and the next time none. */
static void fork_in_feeder(coaio_req *group, void *data)
{
    (void)data;
    if (first_fed) {
        fork_here();
        return;
    }
    first_fed = coaio_nop(engine, NULL, NULL);
    CHECK_EQ(coaio_group_add(group, first_fed), 0);
}

static int64_t by_poll(void)
{
    return coaio_poll(engine);
}

static int64_t by_wait(void)
{
    return coaio_wait(engine, 0);
}

static int64_t by_reap(void)
{
    coaio_req *out[1];
    return (int64_t)coaio_reap(engine, out, 1);
}

static int64_t by_req_wait(void)
{
    return coaio_req_wait(coaio_sleep(engine, 0, in_parent_only, NULL), 0);
}

static int64_t by_group_feed(void)
{
    coaio_req *group = coaio_group(engine, in_parent_only, NULL);
    first_fed = group;
    return coaio_group_feed(group, fork_in_feeder, NULL);
}

/* The feeder comes when the engine looks after its groups, or at once. */
static void test_feeder(int64_t call(void), int64_t refused, int more)
{
    engine = engine_new();
    CHECK(coaio_fileno(engine) >= 0);
    fill();
    coaio_req *outer = coaio_group(engine, in_parent_only, NULL), *fed = coaio_group(engine, in_parent_only, NULL);
    first_fed = NULL;
    CHECK_EQ(coaio_group_add(outer, fed), 0);
    CHECK_EQ(coaio_group_limit(fed, 1), 0);
    CHECK_EQ(coaio_group_feed(fed, fork_in_feeder, NULL), 0);
    CHECK_EQ(coaio_claim(first_fed), 1);
    coaio_unref(first_fed);
    int64_t got = call();
    if (in_child)
        child_leaves(got, refused);
    finish_parent(34 + more);
}

/* ---- in another thread ------------------------------------------------------------------------------------------ */

enum { FORKS = 200 };

static _Atomic int forks;

static void *fork_often(void *argument)
{
    for (; forks < FORKS; forks++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(coaio_poll(argument) == -EPERM ? 0 : 1);
        wait_for_success(pid);
    }
    return NULL;
}

/* The owner is in any of its calls then. It keeps its workers: all it asks for is done. */
static void test_another_thread(void)
{
    pthread_t thread;
    engine = engine_new();
    forks = 0;
    CHECK_EQ(pthread_create(&thread, NULL, fork_often, engine), 0);
    while (forks < FORKS) {
        coaio_engine *other = engine_new();
        CHECK_EQ(result_of(coaio_busy(other, 0, NULL, NULL)), 0);
        for (int i = 0; i < 20; i++)
            CHECK_EQ(result_of(coaio_stat(engine, NULL, i % 2 ? "/" : "/dev/null", NULL, NULL)), 0);
        fill();
        poll_until(engine, &calls, 32);
        coaio_req *hanging = coaio_busy(engine, 1000, NULL, NULL);
        CHECK_EQ(coaio_req_wait(hanging, SECOND / 1000), 0);
        CHECK_EQ(coaio_cancel(hanging), 0);
        CHECK_EQ(result_of(hanging), -ECANCELED);
        CHECK_EQ(coaio_engine_free(other), 0);
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

int main(void)
{
#ifdef __SANITIZE_ADDRESS__
    test_skip("the address sanitizer's allocator does not survive fork(2) beside threads");
#endif
    for (what = RETURN; what < WHATS; what++) {
        test_callback(0);
        test_callback(1);
        test_feeder(by_poll, -EPERM, 0);
        test_feeder(by_wait, -EPERM, 0);
        test_feeder(by_reap, 0, 0);
        test_feeder(by_req_wait, -EPERM, 1);
        test_feeder(by_group_feed, -EPERM, 1);
    }
    test_another_thread();
    return 0;
}
