/* Requests that wait for a descriptor without a thread: nothing waits behind them, a cancel loses no byte, and they
   live through pauses, forks and descriptors that are other files' meanwhile. */
#include "pairs.h"

#ifdef __linux__

#include <signal.h>
#include <sys/wait.h>

enum { SOME = 300 };

/* More of each kind than the slow lane has workers, all before the first one that feeds them. */
static void test_no_deadlock(const struct kind *kind)
{
    static int        fd[SOME][2];
    static coaio_req *reqs[SOME];
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 4), 0);
    for (int i = 0; i < SOME; i++) {
        kind->make(fd[i]);
        reqs[i] = begin_read(fd[i][0], 100);
    }
    until_waiting(SOME);
    for (int i = 0; i < SOME; i++)
        CHECK_EQ(result_of(begin_write(fd[i][1], 5)), 5);
    for (int i = 0; i < SOME; i++) {
        CHECK_EQ(result_of(reqs[i]), 5);
        drop(fd[i]);
    }
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 256), 0);
}

/* Writes that stop half-way keep no worker, either: nothing else could empty what they wait for. */
static void test_no_deadlock_of_writes(const struct kind *kind)
{
    enum { WRITERS = 20 };
    int        fd[WRITERS][2];
    coaio_req *reqs[WRITERS];
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 4), 0);
    for (int i = 0; i < WRITERS; i++) {
        kind->make(fd[i]);
        reqs[i] = begin_write(fd[i][1], BIG);
    }
    for (int i = 0; i < WRITERS; i++) {
        for (int64_t n, have = 0; have < BIG; have += n) {
            n = result_of(coaio_read(engine, fd[i][0], room, BIG, -1, NULL, NULL));
            CHECK(n > 0);
            CHECK(memcmp(room, bytes + have, (size_t)n) == 0);
        }
        CHECK_EQ(result_of(reqs[i]), BIG);
        drop(fd[i]);
    }
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 256), 0);
}

static void test_cancel_read(const struct kind *kind)
{
    int fd[2];
    kind->make(fd);
    coaio_req *req = begin_read(fd[0], 100);
    until_waiting(1);
    CHECK_EQ(coaio_cancel(req), 0);
    finish(req);
    CHECK_EQ(coaio_result(req), -ECANCELED);
    CHECK_EQ(coaio_outcome(req), -ECANCELED);
    coaio_unref(req);
    CHECK_EQ(write(fd[1], "kept", 4), 4);
    CHECK_EQ(result_of(begin_read(fd[0], 100)), 4); /* it has read nothing */
    coaio_next(engine, 0, 1, 0);
    CHECK_EQ(result_of(coaio_read(engine, fd[0], room, 100, -1, NULL, NULL)), -ETIMEDOUT);
    drop(fd);
}

static int waiting_in(int fd)
{
    int count = 0;
    CHECK_EQ(ioctl(fd, FIONREAD, &count), 0);
    return count;
}

/* The part that was written is the outcome, not one byte more or less. */
static void test_cancel_write(const struct kind *kind)
{
    int fd[2];
    kind->make(fd);
    coaio_req *req = begin_write(fd[1], BIG);
    until_waiting(1);
    coaio_cancel(req);
    finish(req);
    CHECK_EQ(coaio_result(req), -ECANCELED);
    int64_t outcome = coaio_outcome(req);
    coaio_unref(req);
    CHECK(outcome > 0 && outcome < BIG);
    CHECK_EQ(shutdown(fd[1], SHUT_WR) == 0 || errno == ENOTSOCK, 1);
    CHECK_EQ(close(fd[1]), 0);
    int64_t have = 0, n;
    while ((n = read(fd[0], room, BIG)) > 0)
        have += n;
    CHECK_EQ(have, outcome);
    CHECK_EQ(close(fd[0]), 0);
}

/* A part is written when the reader goes: that part counts. */
static void test_reader_goes(const struct kind *kind)
{
    int fd[2];
    kind->make(fd);
    coaio_req *req = begin_write(fd[1], BIG);
    until_waiting(1);
    int in_between = kind->fifo ? waiting_in(fd[0]) : -1;
    CHECK_EQ(close(fd[0]), 0);
    int64_t result = result_of(req);
    CHECK(result > 0 && result < BIG);
    if (kind->fifo)
        CHECK_EQ(result, in_between);
    CHECK_EQ(result_of(begin_write(fd[1], 10)), kind->make == make_tcp ? -ECONNRESET : -EPIPE);
    CHECK_EQ(close(fd[1]), 0);
}

/* An error is reported again and again until it is looked at, and there is nothing to read: that must not keep anybody
   busy. */
static void test_error_without_bytes(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
    int                fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, error;
    socklen_t          size = sizeof error;
    CHECK_EQ(setsockopt(fd, IPPROTO_IP, 11 /* IP_RECVERR */, &on, sizeof on), 0);
    CHECK_EQ(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    if (error != ECONNREFUSED) {
        CHECK_EQ(close(fd), 0);
        return;
    }
    coaio_req *req = begin_read(fd, 10);
    for (int tries = 0; coaio_get(engine, COAIO_NTHREADS) == 0 || coaio_get(engine, COAIO_NREADY); tries++) {
        CHECK(tries < 60000);
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    }
    long before = wakeups();
    CHECK_EQ(coaio_wait(engine, SECOND / 10), 0);
    CHECK(wakeups() - before < 100);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(result_of(req), -ECANCELED);
    CHECK_EQ(close(fd), 0);
}

static void test_both_directions(void)
{
    int fd[2];
    make_stream(fd);
    coaio_req *reader = begin_read(fd[0], 10), *writer = begin_write(fd[0], BIG);
    until_waiting(2);
    CHECK_EQ(write(fd[1], "abc", 3), 3);
    CHECK_EQ(result_of(reader), 3);
    reader = begin_read(fd[0], 10);
    for (int64_t n, have = 0; have < BIG; have += n)
        CHECK((n = read(fd[1], room, BIG)) > 0);
    CHECK_EQ(result_of(writer), BIG);
    CHECK_EQ(write(fd[1], "d", 1), 1);
    CHECK_EQ(result_of(reader), 1);
    drop(fd);
}

static void test_order(const struct kind *kind)
{
    static const int priority[] = {0, -1, 2, 0, 2}, place[] = {2, 4, 0, 3, 1};
    coaio_req       *reqs[5];
    int              fd[2];
    kind->make(fd);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 1), 0);
    for (int i = 0; i < 5; i++) {
        coaio_next(engine, priority[i], -1, 0);
        reqs[i] = begin_read(fd[0], 1);
        until_waiting(i + 1);
    }
    CHECK_EQ(write(fd[1], "01234", 5), 5);
    for (int i = 0; i < 5; i++) {
        finish(reqs[i]);
        CHECK_EQ(coaio_result(reqs[i]), 1);
        CHECK_EQ(*(const char *)coaio_data(reqs[i], NULL) - '0', place[i]);
        coaio_unref(reqs[i]);
    }
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 256), 0);
    drop(fd);
}

static void test_pause(void)
{
    int fd[2], other[2];
    make_pipe(fd);
    make_pipe(other);
    coaio_req *waits = begin_read(fd[0], 10);
    until_waiting(1);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    coaio_req *new = begin_write(other[1], 10);
    CHECK_EQ(write(fd[1], "abc", 3), 3);
    CHECK_EQ(coaio_wait(engine, SECOND / 20), 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREADY), 1);
    CHECK_EQ(waiting_in(fd[0]), 3);
    CHECK_EQ(waiting_in(other[0]), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    CHECK_EQ(result_of(waits), 3);
    CHECK_EQ(result_of(new), 10);
    drop(fd);
    drop(other);
}

/* The room for a read is made when there is something, not when it began to wait. */
static void test_more_than_usual(void)
{
    enum { MUCH = 200000 };
    int fd[2];
    make_pipe(fd);
    if (fcntl(fd[1], F_SETPIPE_SZ, BIG) < BIG) { /* a limit for ordinary users */
        drop(fd);
        return;
    }
    coaio_req *req = begin_read(fd[0], BIG);
    until_waiting(1);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    CHECK_EQ(write(fd[1], bytes, MUCH), MUCH);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    CHECK_EQ(result_of(req), MUCH);
    drop(fd);
}

/* Closed although a request uses it: a fault of the program's, which must not become one of the next user's. */
static void test_closed_under_it(void)
{
    int fd[2], next[2];
    make_pipe(fd);
    make_pipe(next);
    coaio_req *wronged = begin_read(fd[0], 10);
    until_waiting(1);
    CHECK_EQ(dup2(next[0], fd[0]), fd[0]);
    CHECK_EQ(write(next[1], "for", 3), 3);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(begin_read(fd[0], 10)), 3);
    CHECK_EQ(result_of(wronged), -EBADF);
    drop(fd);
    drop(next);
}

/* The same where the next file is one that nobody waits for. */
static void test_closed_for_another_kind(void)
{
    int fd[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    make_pipe(fd);
    coaio_req *wronged = begin_read(fd[0], 10);
    until_waiting(1);
    CHECK_EQ(dup2(null, fd[0]), fd[0]);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(begin_read(fd[0], 10)), 0);
    CHECK_EQ(result_of(wronged), -EBADF);
    CHECK_EQ(close(null), 0);
    drop(fd);
}

/* The number is another file's now, while the file it had lives on elsewhere. */
static void test_number_again(void)
{
    int fd[2], next[2];
    make_pipe(fd);
    make_pipe(next);
    int        kept = dup(fd[0]), number = fd[0];
    coaio_req *req = begin_read(number, 10);
    until_waiting(1);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(result_of(req), -ECANCELED);
    CHECK_EQ(dup2(next[0], number), number);
    req = begin_read(number, 10);
    until_waiting(1);
    CHECK_EQ(write(fd[1], "stranger", 8), 8);
    CHECK_EQ(write(next[1], "mine", 4), 4);
    CHECK_EQ(result_of(req), 4);
    CHECK_EQ(close(kept), 0);
    drop(fd);
    drop(next);
}

/* The child makes its own, and takes nothing from the parent's. */
static void test_fork(void)
{
    int fd[2], other[2], status;
    make_pipe(fd);
    make_fifo(other);
    coaio_req *reqs[] = {begin_read(fd[0], 10), begin_write(other[1], BIG)};
    until_waiting(2);
#ifndef __SANITIZE_THREAD__ /* which takes a thread of the child's for the parent's of that number */
    pid_t child = fork();
    if (child == 0) {
        int own[2];
        if (coaio_reinit(engine) < 0)
            _exit(2);
        make_pipe(own);
        coaio_req *req = begin_read(own[0], 10);
        until_waiting(1);
        CHECK_EQ(write(own[1], "child", 5), 5);
        CHECK_EQ(result_of(req), 5);
        CHECK_EQ(coaio_engine_free(engine), 0);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
#else
    (void)status;
#endif
    CHECK_EQ(write(fd[1], "parent", 6), 6);
    CHECK_EQ(result_of(reqs[0]), 6);
    for (int64_t n, have = 0; have < BIG; have += n)
        CHECK((n = read(other[0], room, BIG)) > 0);
    CHECK_EQ(result_of(reqs[1]), BIG);
    drop(fd);
    drop(other);
}

static void test_end(int threads)
{
    int fd[4][2];
    for (int i = 0; i < 4; i++) {
        make_pipe(fd[i]);
        if (i % 2)
            (void)begin_read(fd[i][0], 10);
        else
            (void)begin_write(fd[i][1], BIG);
    }
    until_waiting(4);
    int before = count_fds();
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK(count_fds() < before);
    for (int i = 0; i < 4; i++)
        drop(fd[i]);
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
    for (int tries = 0; count_threads() > threads; tries++) { /* the last one is on its way out, perhaps */
        CHECK(tries < 60000);
        usleep(1000);
    }
#else
    (void)threads;
#endif
}

/* The engine does not wait for what its thread is at, and the thread notices when it has done. */
static void test_end_at_work(void)
{
    enum { LARGE = 64 << 20, TIMES = 50 };
    char *large = malloc(LARGE);
    int   zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CHECK(large && zero >= 0);
    alarm(60);
    for (int i = 0; i < TIMES; i++) {
        engine = engine_new();
        CHECK_EQ(coaio_set(engine, COAIO_DRAIN_TIMEOUT, 0), 0);
        CHECK(coaio_read(engine, zero, large, LARGE, -1, NULL, NULL) != NULL);
        CHECK(coaio_wait(engine, 0) >= 0);
        usleep((useconds_t)i * 20);
        CHECK_EQ(coaio_engine_free(engine), 0);
    }
    alarm(0);
    CHECK_EQ(close(zero), 0);
    free(large);
}

int main(void)
{
    char directory[200];
    int  threads = count_threads();
    start(directory, sizeof directory);
    test_error_without_bytes();
    for (int i = 0; i < KINDS; i++) {
        test_no_deadlock(&kinds[i]);
        test_cancel_read(&kinds[i]);
        if (!kinds[i].stream)
            continue;
        test_no_deadlock_of_writes(&kinds[i]);
        test_cancel_write(&kinds[i]);
        test_reader_goes(&kinds[i]);
        test_order(&kinds[i]);
    }
    test_both_directions();
    test_pause();
    test_more_than_usual();
    test_closed_under_it();
    test_closed_for_another_kind();
    test_number_again();
    test_fork();
    test_end(threads);
    test_end_at_work();
    leave_directory(directory);
    return 0;
}

#else

int main(void)
{
    test_skip("Linux only: there is no epoll");
}

#endif
