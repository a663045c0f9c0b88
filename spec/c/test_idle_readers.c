/* Ten thousand readers of idle pipes: no thread each, no processor time, and everything else goes on. */
#include "pairs.h"

#ifdef __linux__

enum { MANY = 10000, DESCRIPTORS = MANY + MANY / 2 + 100 };

static void allow_descriptors(void)
{
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = DESCRIPTORS;
    if (limit.rlim_max < DESCRIPTORS)
        limit.rlim_max = DESCRIPTORS;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        test_skip("15,100 descriptors are needed");
}

/* One descriptor for both ends, as there are not so many. */
static void make_fifo_of_one(int fd[2])
{
    CHECK_EQ(mkfifo("one", 0600), 0);
    fd[0] = fd[1] = open("one", O_RDWR | O_CLOEXEC);
    CHECK(fd[0] >= 0);
    CHECK_EQ(unlink("one"), 0);
}

/* Requests that do not wait for others. */
static void test_the_rest(void)
{
    CHECK_EQ(result_of(coaio_stat(engine, NULL, ".", NULL, NULL)), 0);
    int file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK_EQ(result_of(coaio_write(engine, file, "content", 7, 0, NULL, NULL)), 7);
    CHECK_EQ(result_of(coaio_read(engine, file, NULL, 100, 0, NULL, NULL)), 7);
    CHECK_EQ(result_of(coaio_fsync(engine, file, NULL, NULL)), 0);
    CHECK_EQ(close(file), 0);
}

int main(void)
{
    static int        fd[MANY][2];
    static coaio_req *reqs[MANY];
    char              directory[200];
    allow_descriptors();
    start(directory, sizeof directory);
    for (int i = 0; i < MANY; i++) {
        i % 2 ? make_pipe(fd[i]) : make_fifo_of_one(fd[i]);
        reqs[i] = begin_read(fd[i][0], 100);
    }
    until_waiting(MANY);
    CHECK_EQ(coaio_get(engine, COAIO_NTHREADS), 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREADY), 0);
    CHECK_EQ(coaio_get(engine, COAIO_NSTUCK), 0);
    test_the_rest();
    long before = wakeups();
    CHECK_EQ(coaio_wait(engine, SECOND / 10), 0);
    CHECK(wakeups() - before < 20);
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(result_of(begin_write(fd[i][1], 3)), 3);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(result_of(reqs[i]), 3);
        close(fd[i][0]);
        close(fd[i][1]);
    }
    CHECK(coaio_get(engine, COAIO_NTHREADS) <= coaio_get(engine, COAIO_MAX_PARALLEL));
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(directory);
    return 0;
}

#else

int main(void)
{
    test_skip("Linux only: there is no epoll");
}

#endif
