/* An engine in a libuv loop: the loop lives as long as requests do, also in a forked child that attaches again. */
#include "test.h"

#include <sys/wait.h>

#include "coaio/uv.h"

static uv_loop_t   loop;
static struct told told;

static void run_to_the_end(void)
{
    CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

static void test_loop_ends_with_the_last_request(coaio_engine *engine)
{
    told.calls = 0;
    run_to_the_end(); /* at once */
    CHECK(coaio_stat(engine, NULL, "/", note_told, &told) != NULL);
    CHECK(coaio_sleep(engine, 0.01, note_told, &told) != NULL);
    run_to_the_end();
    CHECK_EQ(told.calls, 2);
}

static void test_attach_and_detach(coaio_engine *engine)
{
    CHECK_EQ(coaio_uv_detach(engine), -ENOENT);
    CHECK_EQ(coaio_uv_attach(engine, &loop), 0);
    CHECK_EQ(coaio_uv_attach(engine, &loop), -EBUSY);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* The descriptor is another one there: a lower number is free. */
static _Noreturn void child(coaio_engine *engine)
{
    CHECK_EQ(close(STDIN_FILENO), 0);
    CHECK_EQ(uv_loop_fork(&loop), 0);
    CHECK_EQ(coaio_uv_detach(engine), -EPERM);
    CHECK_EQ(coaio_reinit(engine), 0);
    CHECK_EQ(coaio_uv_detach(engine), 0);
    CHECK_EQ(coaio_uv_attach(engine, &loop), 0);
    test_loop_ends_with_the_last_request(engine);
    CHECK_EQ(coaio_uv_detach(engine), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    exit(0);
}

static void test_fork(coaio_engine *engine)
{
    int status;
    told.calls = 0;
    CHECK(coaio_sleep(engine, 0.01, note_told, &told) != NULL);
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        child(engine);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
    run_to_the_end();
    CHECK_EQ(told.calls, 1);
}
#else /* these do not know which threads a child has */
static void test_fork(coaio_engine *engine)
{
    (void)engine;
}
#endif

int main(void)
{
    coaio_engine *engine = engine_new();
    CHECK_EQ(uv_loop_init(&loop), 0);
    test_attach_and_detach(engine);
    test_loop_ends_with_the_last_request(engine);
    test_fork(engine);
    CHECK_EQ(coaio_uv_detach(engine), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    run_to_the_end();
    CHECK_EQ(uv_loop_close(&loop), 0);
    return 0;
}
