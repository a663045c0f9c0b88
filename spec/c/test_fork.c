/* fork(2) with requests in flight: the child is refused until coaio_reinit, and the parent notices nothing. */
#include "real.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum what { NOTHING, REINIT, FAIL_AND_FREE, FAIL_AND_REINIT }; /* that the child does with the engine */

static coaio_engine *engine;
static int in_child, calls;

static void on_done(coaio_req *req, void *data)
{
    CHECK(!in_child);
    CHECK_EQ(coaio_result(req), data ? -ECANCELED : 0);
    calls++;
}

/* The engine with something in every place: hanging, executing, queued, asleep and finished. */
static coaio_req *fill(void)
{
    coaio_req *finished = coaio_stat(engine, NULL, "/", on_done, NULL);
    CHECK_EQ(coaio_req_wait(finished, LIMIT), 1);
    coaio_req *hanging = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, on_done, &calls);
    CHECK(coaio_wait(engine, SECOND / 100) >= 0);
    for (int i = 0; i < 20; i++)
        CHECK(coaio_stat(engine, NULL, "/", on_done, NULL) != NULL);
    CHECK(coaio_sleep(engine, 0.05, on_done, NULL) != NULL);
    return hanging;
}

static void child_is_refused(coaio_req *old)
{
    coaio_req *reaped[1];
    CHECK_EQ(coaio_poll(engine), -EPERM);
    CHECK_EQ(coaio_wait(engine, 0), -EPERM);
    CHECK_EQ(coaio_reap(engine, reaped, 1), 0);
    CHECK_EQ(coaio_cancel(old), -EPERM);
    CHECK(coaio_nop(engine, NULL, NULL) == NULL);
}

static void child_works_after_reinit(void)
{
    int done = 0;
    CHECK_EQ(coaio_reinit(engine), 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    int fd = (int)result_of(coaio_open(engine, NULL, "/etc/passwd", O_RDONLY, 0, NULL, NULL));
    CHECK(result_of(coaio_read(engine, fd, NULL, 10, 0, NULL, NULL)) == 10);
    CHECK_EQ(result_of(coaio_close(engine, fd, NULL, NULL)), 0);
    while (coaio_wait(engine, SECOND / 5) == 1 && done++ < 1000)
        CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* Starting again may fail; what remains can be freed, or started another time. */
static void child_has_no_descriptors(int again)
{
    struct rlimit limit, none = {0};
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_EQ(coaio_reinit(engine), -EMFILE);
    CHECK_EQ(coaio_reinit(engine), -EMFILE);
    CHECK_EQ(coaio_poll(engine), -EPERM);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (!again) {
        CHECK_EQ(coaio_engine_free(engine), 0);
        exit(0);
    }
}

static _Noreturn void child(coaio_req *old, enum what what)
{
    in_child = 1;
    child_is_refused(old);
    if (what == FAIL_AND_FREE || what == FAIL_AND_REINIT)
        child_has_no_descriptors(what == FAIL_AND_REINIT);
    if (what == REINIT || what == FAIL_AND_REINIT)
        child_works_after_reinit();
    coaio_engine *fresh = engine_new();
    CHECK_EQ(result_of(coaio_stat(fresh, NULL, "/", NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(fresh), 0);
    exit(0); /* not _exit: nothing may hang there either */
}

static void wait_for_success(pid_t pid)
{
    int status;
    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

static void test_fork(enum what what)
{
    engine = engine_new();
    calls = 0;
    coaio_req *hanging = fill();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        child(hanging, what);
    wait_for_success(pid);
    CHECK_EQ(coaio_reinit(engine), 0); /* in the parent: a no-op */
    poll_until(engine, &calls, 22);
    CHECK_EQ(coaio_cancel(hanging), 0);
    poll_until(engine, &calls, 23);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* ---- a fork while coaio_reinit is at work, as another thread may make one -------------------------------------- */

static int forks_at_allocations;

static void *forking_alloc(void *ud, void *block, size_t osize, size_t nsize)
{
    (void)ud, (void)osize;
    if (nsize == 0) {
        free(block);
        return NULL;
    }
    pid_t pid = forks_at_allocations ? fork() : -1;
    if (pid == 0)
        _exit(0);
    if (forks_at_allocations)
        wait_for_success(pid);
    return realloc(block, nsize);
}

static void test_fork_amid_reinit(void)
{
    coaio_options options = {.size = sizeof options, .alloc = forking_alloc};
    CHECK_EQ(coaio_engine_new(&engine, &options), 0);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        forks_at_allocations = 1;
        CHECK_EQ(coaio_reinit(engine), 0);
        forks_at_allocations = 0;
        CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
        CHECK_EQ(coaio_engine_free(engine), 0);
        exit(0);
    }
    wait_for_success(pid);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* ---- a fork while a worker has opened a file, and waits for the lock to return it ------------------------------ */

typedef int open_at(int dir, const char *path, int flags, ...);

static _Atomic int opening, let_go, opened;

/* Stands here in place of the system's. */
__attribute__((visibility("default"))) int openat(int dir, const char *path, int flags, ...)
{
    void    *symbol = real_function("openat");
    open_at *system_openat;
    int      waits = strcmp(path, "late") == 0;
    memcpy(&system_openat, &symbol, sizeof symbol);
    opening += waits;
    while (waits && !let_go)
        usleep(100);
    int fd = system_openat(dir, waits ? "/" : path, flags, 0600);
    opened += waits;
    return fd;
}

/* Among the handlers of fork(2) this one comes when the engine is held still. */
static void let_it_open(void)
{
    let_go = opening;
    while (opening && !opened)
        usleep(100);
    if (opening)
        usleep(100000); /* until it is at the lock */
}

static void test_fork_before_a_return(void)
{
    engine = engine_new();
    int        before = count_fds(), rings = strcmp(coaio_backend(engine), "uring") == 0;
    coaio_req *late = coaio_open(engine, NULL, "late", O_RDONLY, 0, NULL, NULL);
    CHECK_EQ(coaio_req_wait(late, 0), 0);
    while (!opening)
        usleep(100);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK_EQ(count_fds(), before + 1 - rings); /* that is closed already */
        CHECK_EQ(coaio_reinit(engine), 0);
        CHECK_EQ(count_fds(), before);
        exit(0);
    }
    wait_for_success(pid);
    opening = 0;
    CHECK_EQ(close((int)result_of(late)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

int main(void)
{
    char path[200];
#ifdef __SANITIZE_ADDRESS__
    test_skip("the address sanitizer's allocator does not survive fork(2) beside threads");
#endif
    CHECK_EQ(pthread_atfork(let_it_open, NULL, NULL), 0); /* before the engine's */
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    for (int round = 0; round < 5; round++) {
        for (enum what what = NOTHING; what <= FAIL_AND_REINIT; what++)
            test_fork(what);
    }
    test_fork_amid_reinit();
    test_fork_before_a_return();
    leave_directory(path);
    return 0;
}
