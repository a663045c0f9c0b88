/*
 * What a worker has taken several at a time, while it hangs at the first: the others are cancelled, or the engine goes,
 * or the process forks. It hangs because statx(2) does, which stands here in place of the system's.
 */
#include "real.h"
#include "test.h"

#ifdef __linux__
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <uv.h>

enum { STATS = 20, READS = 1000, OPENS = 3 };

#ifdef __SANITIZE_ADDRESS__ /* whose allocator does not survive fork(2) beside threads */
static const int forks = 0;
#else
static const int forks = 1;
#endif

static coaio_engine *engine;
static _Atomic int   hanging, let_go;
static int           calls[STATS], file;

typedef int look(int dir, const char *path, int flags, unsigned mask, struct statx *to);

__attribute__((visibility("default"))) int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to)
{
    void *symbol = real_function("statx");
    look *system_statx;
    memcpy(&system_statx, &symbol, sizeof symbol);
    if (strcmp(path, "hang") == 0) {
        hanging++;
        while (!let_go)
            CHECK_EQ(usleep(100), 0);
        hanging--;
    }
    return system_statx(dir, path, flags, mask, to);
}

static void on_end(coaio_req *req, void *data)
{
    CHECK(coaio_result(req) < 0);
    CHECK_EQ(++*(int *)data, 1);
}

static void begin(void)
{
    engine = engine_new();
    memset(calls, 0, sizeof calls);
    let_go = 0;
    have_many_under_way(engine);
}

/* Until a worker hangs; it has taken others as well. */
static void await_hang(coaio_req *first)
{
    CHECK_EQ(coaio_req_wait(first, 0), 0);
    while (!hanging)
        CHECK_EQ(usleep(0), 0);
}

static void end(void)
{
    let_go = 1;
    while (hanging)
        CHECK_EQ(usleep(100), 0);
}

/* No other worker may run, so the owner gets what was taken away from the one that hangs; not what was cancelled. */
static void test_cancel(void)
{
    coaio_req *reqs[STATS], *busy;
    int        sum = 0;
    begin();
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 2), 0);
    busy = coaio_busy(engine, 1e6, NULL, NULL);
    CHECK_EQ(coaio_req_wait(busy, SECOND / 100), 0);
    for (int i = 0; i < STATS; i++)
        reqs[i] = coaio_stat(engine, NULL, i ? "missing" : "hang", on_end, &calls[i]);
    await_hang(reqs[0]);
    for (int i = 1; i < STATS; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    for (int tries = 0; tries < 20 || sum < STATS - 1; tries++) {
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
        CHECK(coaio_poll(engine) >= 0);
        sum = 0;
        for (int i = 1; i < STATS; i++)
            sum += calls[i];
    }
    CHECK_EQ(coaio_cancel(busy), 0);
    let_go = 1;
    poll_until(engine, &calls[0], 1);
    CHECK_EQ(coaio_engine_free(engine), 0);
    end();
}

/* An engine that goes closes all that nobody waits for, also what waits behind an operation that hangs. */
static void test_closes(void)
{
    int fds[STATS];
    begin();
    CHECK_EQ(coaio_set(engine, COAIO_DRAIN_TIMEOUT, 0), 0);
    coaio_req *first = coaio_stat(engine, NULL, "hang", on_end, &calls[0]);
    for (int i = 0; i < STATS; i++) {
        fds[i] = open("/", O_RDONLY | O_CLOEXEC);
        CHECK(fds[i] >= 0);
        coaio_next(engine, 0, -1, COAIO_DETACHED);
        CHECK(coaio_close(engine, fds[i], NULL, NULL) != NULL);
    }
    await_hang(first);
    CHECK_EQ(coaio_engine_free(engine), 0);
    for (int i = 0; i < STATS; i++)
        CHECK(fcntl(fds[i], F_GETFD) < 0);
    end();
}

static void read_on(coaio_req *req, void *data);

static void read_one(void)
{
    coaio_next(engine, 0, -1, COAIO_REGULAR);
    CHECK(coaio_read(engine, file, NULL, 1, 0, read_on, &calls[0]) != NULL);
}

static void read_on(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 1);
    CHECK_STR(coaio_req_backend(req), "inline");
    if (++*(int *)data < READS)
        read_one();
}

static void on_open(coaio_req *req, void *data)
{
    CHECK_EQ(close((int)coaio_result(req)), 0);
    ++*(int *)data;
}

/* Nothing of this is under way in the child: what it reads from the cache, one after the other, completes inline. */
static _Noreturn void child(int cached)
{
    int fds = count_fds();
    CHECK_EQ(coaio_reinit(engine), 0);
    CHECK(count_fds() <= fds - OPENS + 1); /* opened and not returned yet; one it may have been about to take note of */
    if (cached) {
        read_one();
        poll_until(engine, &calls[0], READS);
    }
    CHECK_EQ(coaio_engine_free(engine), 0);
    exit(0);
}

/* Descriptors of the root directory, which only the opens of this test make. */
static int count_roots(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        char link[40], target[2];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        count += readlink(link, target, sizeof target) == 1;
    }
    return count;
}

static void test_fork(void)
{
    coaio_req *stats[STATS], *read;
    int status, opened = 0;
    while (count_roots() > 0) /* late ones of the test before are closed by the last worker */
        CHECK_EQ(usleep(100), 0);
    begin();
    file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    read = finish(coaio_read(engine, file, NULL, 1, 0, NULL, NULL));
    for (int i = 0; i < OPENS; i++)
        CHECK(coaio_open(engine, NULL, "/", O_RDONLY, 0, on_open, &opened) != NULL);
    for (int i = 0; i < STATS; i++)
        stats[i] = coaio_stat(engine, NULL, i ? "missing" : "hang", on_end, &calls[i]);
    await_hang(stats[0]);
    while (count_roots() < OPENS) /* by another worker, perhaps, or by one of the slow lane */
        CHECK_EQ(coaio_req_wait(stats[0], SECOND / 10000), 0);
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        child(strcmp(coaio_req_backend(read), "inline") == 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    end();
    coaio_unref(read);
    for (int i = 0; i < STATS; i++)
        poll_until(engine, &calls[i], 1);
    poll_until(engine, &opened, OPENS);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(close(file), 0);
}

int main(void)
{
    char path[200];
    if (uv_available_parallelism() < 2)
        test_skip("nothing is shared on one processor");
    enter_directory(path, sizeof path);
    for (int i = 0; i < 20; i++) {
        test_cancel();
        test_closes();
        if (forks)
            test_fork();
    }
    leave_directory(path);
    return 0;
}

#else

int main(void)
{
    test_skip("needs statx(2)");
}

#endif
