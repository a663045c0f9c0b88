/*
 * Opens that workers make without looking first whether they may have to wait, which they do among many. Of FIFOs here,
 * which do: they must not keep the only worker. Whether it looked is seen by fstatat(2), which stands here in place of
 * the system's, and so does openat(2).
 */
#include "real.h"
#include "test.h"

#ifdef __linux__
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <uv.h>

enum { STATS = 19, FIFOS = 5, BEFORE = 4 };

static coaio_engine *engine;
static _Atomic int   looks, opens; /* at and of what has to be waited for */
static _Atomic int   held, released;
static int           stats, opened, missed, cancelled;

static int waits(const char *path)
{
    return strcmp(path, "fifo") == 0 || strcmp(path, "leased") == 0;
}

/* Keeps the worker until it is released. */
static void hold(void)
{
    held++;
    while (!released)
        (void)usleep(100);
}

typedef int open_at(int dir, const char *path, int flags, ...);
typedef int stat_at(int dir, const char *path, struct stat *to, int flags);

__attribute__((visibility("default"))) int openat(int dir, const char *path, int flags, ...)
{
    void    *symbol = real_function("openat");
    open_at *system_openat;
    va_list  arguments;
    va_start(arguments, flags);
    unsigned mode = va_arg(arguments, unsigned);
    va_end(arguments);
    memcpy(&system_openat, &symbol, sizeof symbol);
    opens += waits(path);
    if (strcmp(path, "held") == 0)
        hold();
    return system_openat(dir, path, flags, mode);
}

__attribute__((visibility("default"))) int fstatat(int dir, const char *path, struct stat *to, int flags)
{
    void    *symbol = real_function("fstatat");
    stat_at *system_fstatat;
    memcpy(&system_fstatat, &symbol, sizeof symbol);
    looks += waits(path);
    return system_fstatat(dir, path, to, flags);
}

static void on_missing(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), -ENOENT);
    ++*(int *)data;
}

static void on_open(coaio_req *req, void *data)
{
    (void)data;
    CHECK(coaio_result(req) >= 0);
    CHECK_STR(coaio_req_backend(req), "threads");
    CHECK_EQ(close((int)coaio_result(req)), 0);
    opened++;
}

static void on_cancel(coaio_req *req, void *data)
{
    (void)data;
    CHECK_EQ(coaio_result(req), -ECANCELED);
    cancelled++;
}

/* Many are under way. There is one worker, and no other in place of a stuck one. */
static void begin(void)
{
    engine = engine_new();
    looks = opens = stats = opened = missed = cancelled = 0;
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1), 0);
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, INT64_C(86400) * SECOND), 0);
    have_many_under_way(engine);
}

/* An open as the first of many. The worker gets them by waiting for one; poll could take some back. */
static coaio_req *open_first(const char *path, int flags, coaio_cb cb)
{
    coaio_req *first = coaio_open(engine, NULL, path, flags, 0600, cb, NULL);
    for (int i = 0; i < STATS; i++)
        CHECK(coaio_stat(engine, NULL, "missing", on_missing, &stats) != NULL);
    CHECK_EQ(coaio_req_wait(first, 0), 0);
    return first;
}

static coaio_req *open_fifo(int flags, coaio_cb cb)
{
    return open_first("fifo", flags, cb);
}

static void await(_Atomic int *counter, int goal)
{
    while (*counter < goal)
        CHECK_EQ(usleep(100), 0);
}

/* Begin with an open of the FIFO that the worker trusts. Where something else had the processor for so long that it was
   relieved of that before it began, it is looked at: once more then. */
static coaio_req *begin_with_open(coaio_cb cb)
{
    for (;;) {
        begin();
        coaio_req *req = open_fifo(O_RDONLY, cb);
        while (looks + opens == 0)
            CHECK_EQ(usleep(100), 0);
        if (looks == 0)
            return req;
        CHECK_EQ(coaio_engine_free(engine), 0);
    }
}

/* The worker takes other requests. */
static void check_worker(void)
{
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
}

/* Until `count` opens for reading have found this writer. */
static void finish_opens(int count)
{
    int fd = open("fifo", O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0);
    poll_until(engine, &opened, count);
    CHECK_EQ(close(fd), 0);
}

static void end(int sum)
{
    poll_until(engine, &stats, sum);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* It is interrupted, and opened on the slow lane; for a while workers look first then. */
static void test_moves(void)
{
    begin_with_open(on_open);
    check_worker();
    await(&opens, 2);
    for (int i = 1; i < FIFOS; i++) {
        open_fifo(O_RDONLY, on_open);
        await(&looks, i);
    }
    check_worker();
    await(&opens, 1 + FIFOS);
    finish_opens(FIFOS);
    CHECK_EQ(looks, FIFOS - 1);
    end(FIFOS * STATS);
}

/* True: it went to the slow lane, and is opened when its holder gives the lease up. It does not where the worker took
   it alone, as it does for some milliseconds after it had to wait. */
static int moves_in_spite_of_look(int lease_holder)
{
    int moved = 0;
    begin_with_open(on_open);
    check_worker();
    await(&opens, 2);
    CHECK_EQ(fcntl(lease_holder, F_SETLEASE, F_WRLCK), 0);
    CHECK_EQ(usleep(20000), 0);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(coaio_open(engine, NULL, "missing", O_RDONLY, 0, NULL, NULL)), -ENOENT);
    open_first("leased", O_RDONLY, on_open);
    await(&opens, 3);
    CHECK_EQ(looks, 1);
    for (int tries = 0; tries < 100 && !moved; tries++) {
        CHECK_EQ(usleep(1000), 0);
        CHECK(coaio_poll(engine) >= 0);
        moved = opens == 4;
    }
    CHECK_EQ(opened, 0);
    CHECK_EQ(fcntl(lease_holder, F_SETLEASE, F_UNLCK), 0);
    poll_until(engine, &opened, 1);
    finish_opens(2);
    end(2 * STATS);
    return moved;
}

/* To look at a file does not tell that it has a lease. Not everybody may have one, or everywhere. */
static void test_lease(void)
{
    int tries = 0, holder = open("leased", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(holder >= 0);
    CHECK(signal(SIGIO, SIG_IGN) != SIG_ERR);
    if (fcntl(holder, F_SETLEASE, F_WRLCK) == 0)
        while (!moves_in_spite_of_look(holder))
            CHECK(++tries < 1000); /* beside others that keep the processors busy */
    CHECK_EQ(close(holder), 0);
}

static coaio_req *hold_worker(void)
{
    held = released = 0;
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    coaio_req *req = coaio_open(engine, NULL, "held", O_RDONLY, 0, on_missing, &missed);
    CHECK_EQ(coaio_req_wait(req, 0), 0);
    await(&held, 1);
    return req;
}

/* The same where they came while the only worker had something else to do. After that it takes one alone at first. */
static void test_came_before(void)
{
    begin();
    coaio_req *holder = hold_worker();
    for (int i = 0; i < STATS; i++)
        if (i == BEFORE)
            CHECK(coaio_open(engine, NULL, "fifo", O_RDONLY, 0, on_open, NULL) != NULL);
        else
            CHECK(coaio_open(engine, NULL, "missing", O_RDONLY, 0, on_missing, &missed) != NULL);
    CHECK_EQ(coaio_req_wait(holder, 0), 0);
    released = 1;
    while (looks + opens == 0)
        CHECK_EQ(usleep(100), 0);
    check_worker();
    finish_opens(1);
    poll_until(engine, &missed, STATS);
    end(0);
}

/* A writer that comes while the worker waits: the open is over, and nothing of what is written is lost. */
static void test_meets(void)
{
    char       byte = 0;
    coaio_req *req = begin_with_open(NULL);
    int writer = open("fifo", O_RDWR | O_CLOEXEC);
    CHECK_EQ(write(writer, "x", 1), 1);
    int reader = (int)result_of(req);
    CHECK_EQ(close(writer), 0);
    CHECK_EQ(read(reader, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK_EQ(close(reader), 0);
    end(STATS);
}

static void test_cancel(void)
{
    coaio_req *req = begin_with_open(on_cancel);
    CHECK_EQ(coaio_cancel(req), 0);
    poll_until(engine, &cancelled, 1);
    check_worker();
    end(STATS);
}

/* An engine that goes does not leave the worker there. */
static void test_free(void)
{
    int threads = count_threads();
    begin_with_open(on_cancel);
    CHECK_EQ(coaio_engine_free(engine), 0);
    while (count_threads() > threads)
        CHECK_EQ(usleep(100), 0);
}

/* What might be half done when it is interrupted is looked at, also where there is no signal for it. */
static void test_looks(void)
{
    begin();
    coaio_req *req = open_fifo(O_WRONLY, on_cancel);
    await(&looks, 1);
    check_worker();
    CHECK_EQ(coaio_cancel(req), 0);
    poll_until(engine, &cancelled, 1);
    req = open_fifo(O_RDONLY | O_CREAT, on_cancel);
    await(&looks, 2);
    CHECK_EQ(coaio_cancel(req), 0);
    poll_until(engine, &cancelled, 2);
    poll_until(engine, &stats, 2 * STATS);
    CHECK_EQ(coaio_set(engine, COAIO_SIGNAL, 0), 0);
    open_fifo(O_RDONLY, on_open);
    await(&looks, 3);
    check_worker();
    finish_opens(1);
    end(3 * STATS);
}

static void do_nothing(int number)
{
    (void)number;
}

static void handle(int number, void handler(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    CHECK_EQ(sigaction(number, &action, NULL), 0);
}

static void handle_all(void handler(int))
{
    handle(SIGURG, handler);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        handle(number, handler);
}

/* A program that has handlers for all that could interrupt, which have calls restarted: nothing is trusted, and all are
   looked at. */
static void test_taken(void)
{
    handle_all(do_nothing);
    begin();
    for (int i = 0; i < FIFOS; i++) {
        open_fifo(O_RDONLY, on_open);
        await(&looks, i + 1);
    }
    check_worker();
    await(&opens, FIFOS);
    finish_opens(FIFOS);
    end(FIFOS * STATS);
    handle_all(SIG_DFL);
}

int main(void)
{
    char path[200];
    if (uv_available_parallelism() < 2)
        test_skip("nothing is shared on one processor");
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    test_lease();
    for (int i = 0; i < 10; i++) {
        test_moves();
        test_came_before();
        test_meets();
        test_cancel();
        test_free();
        test_looks();
        test_taken();
    }
    leave_directory(path);
    return 0;
}

#else

int main(void)
{
    test_skip("needs to stand in for openat(2) and fstatat(2), as on Linux");
}

#endif
