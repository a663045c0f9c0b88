/* An ordinary user who may have few threads, or none: the kernel counts those of the ring and of the pools together.
   What can be done is done. */
#include "test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { USER = 100000, MANY = 20 };

static coaio_engine *engine;

/* A user of this process's own, who may have so many more threads. False: not here. */
static int become_user(int more)
{
    struct rlimit limit;
    uid_t         user = USER + (uid_t)getpid() % 50000;
    limit.rlim_cur = limit.rlim_max = (rlim_t)(count_threads() + more);
    return setresuid(user, user, user) == 0 && setrlimit(RLIMIT_NPROC, &limit) == 0;
}

static void check_results(int fd, int i)
{
    char name[20], buffer[4] = "";
    snprintf(name, sizeof name, "dir%d", i);
    CHECK_EQ(result_of(coaio_write(engine, fd, "abcd", 4, i, NULL, NULL)), 4);
    CHECK_EQ(result_of(coaio_fsync(engine, fd, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_mkdir(engine, NULL, name, 0700, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_mkdir(engine, NULL, name, 0700, NULL, NULL)), -EEXIST);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, name, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmdir(engine, NULL, name, NULL, NULL)), 0);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, 4, i, NULL, NULL)), 4);
    CHECK_EQ(memcmp(buffer, "abcd", 4), 0);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(close((int)result_of(coaio_open(engine, NULL, "file", O_RDONLY | O_CLOEXEC, 0, NULL, NULL))), 0);
}

static void count_success(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 0);
    ++*(int *)data;
}

static void check_many(int fd)
{
    int done = 0;
    for (int i = 0; i < MANY; i++) {
        CHECK(coaio_fsync(engine, fd, count_success, &done) != NULL);
        CHECK(coaio_syncfs(engine, fd, count_success, &done) != NULL);
        CHECK(coaio_stat(engine, NULL, "file", count_success, &done) != NULL);
    }
    poll_until(engine, &done, 3 * MANY);
}

/* What may wait for ever the owner cannot do: it says why. */
static void check_refused(void)
{
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), -EAGAIN);
    CHECK_EQ(result_of(coaio_open(engine, NULL, "fifo", O_RDONLY, 0, NULL, NULL)), -EAGAIN);
}

/* An error, as a worker has it, and no signal that ends the program. */
static void check_too_large(int fd)
{
    struct rlimit limit, before;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4096;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_EQ(result_of(coaio_write(engine, fd, "abcd", 4, 8192, NULL, NULL)), -EFBIG);
    CHECK_EQ(result_of(coaio_ftruncate(engine, fd, 8192, NULL, NULL)), -EFBIG);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
}

/* Who looks, and who waits. */
static void check_waits(void)
{
    coaio_req *req = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, NULL, NULL);
    CHECK_EQ(coaio_req_wait(req, 0), 0);
    int fd = open("fifo", O_RDWR | O_CLOEXEC);
    CHECK_EQ(close((int)result_of(req)), 0);
    CHECK_EQ(close(fd), 0);
}

static _Noreturn void run(int more)
{
    int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (!become_user(more))
        _exit(77);
    engine = engine_new();
    if (more == 1)
        check_many(fd);
    if (more >= 2)
        check_waits();
    for (int i = 0; i < 5; i++)
        check_results(fd, i);
    check_many(fd);
    check_too_large(fd);
    if (more == 0)
        check_refused();
    CHECK_EQ(coaio_engine_free(engine), 0);
    _exit(0);
}

int main(void)
{
    char path[200];
    int  status, code = 0;
#ifdef __SANITIZE_THREAD__
    test_skip("the thread sanitizer has a thread of its own");
#endif
    if (geteuid() != 0)
        test_skip("only root can become a user who has no threads yet");
    enter_directory(path, sizeof path);
    CHECK_EQ(chmod(".", 0777), 0);
    CHECK_EQ(mkfifo("fifo", 0666) | chmod("fifo", 0666), 0);
    for (int more = 0; more < 5 && code == 0; more++) {
        pid_t pid = fork();
        if (pid == 0)
            run(more);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    leave_directory(path);
    if (code == 77)
        test_skip("this root cannot become another user");
    return code;
}
