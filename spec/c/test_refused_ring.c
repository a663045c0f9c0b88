/* A sandbox that is entered late: io_uring_enter is refused when the engine has been made, with requests everywhere.
   All end, once; workers do what comes, and nobody goes round in circles. */
#include "test.h"

#if defined(__linux__)
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "forbid.h"

enum where { NOTHING, QUEUED, SUBMITTED, WHERES };

static coaio_engine *engine;
static struct told   told[6];

static int is_on_ring(void)
{
    return strcmp(coaio_backend(engine), "uring") == 0;
}

static void check_works(int fd)
{
    char buffer[4] = "";
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, 4, 0, NULL, NULL)), 4);
    CHECK_EQ(memcmp(buffer, "abcd", 4), 0);
    CHECK_EQ(result_of(coaio_fsync(engine, fd, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_mkdir(engine, NULL, "made", 0700, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmdir(engine, NULL, "made", NULL, NULL)), 0);
    CHECK_STR(coaio_backend(engine), "threads");
}

static int64_t used_by(const struct rusage *usage)
{
    int64_t seconds = usage->ru_utime.tv_sec + usage->ru_stime.tv_sec;
    return seconds * 1000000 + usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

/* What the ring has no part in goes on all the while, and takes no time of the processor's. */
static void check_rests(void)
{
    struct rusage before, after;
    CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
    CHECK_EQ(result_of(coaio_sleep(engine, 1, NULL, NULL)), 0);
    CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
    CHECK(used_by(&after) - used_by(&before) < 500000); /* of a second, which going round in circles takes whole */
}

static void submit_all(int fd, char *buffer)
{
    memset(told, 0, sizeof told);
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    CHECK(coaio_read(engine, fd, buffer, 4, 0, note_told, &told[0]) != NULL);
    CHECK(coaio_fsync(engine, fd, note_told, &told[1]) != NULL);
    CHECK(coaio_fdatasync(engine, fd, note_told, &told[2]) != NULL);
    CHECK(coaio_allocate(engine, fd, 0, 0, 65536, note_told, &told[3]) != NULL);
    CHECK(coaio_write(engine, fd, "WXYZ", 4, 8, note_told, &told[4]) != NULL);
    coaio_req *cancelled = coaio_fsync(engine, fd, note_told, &told[5]);
    CHECK_EQ(coaio_cancel(cancelled), 0);
}

static void check_all(int fd, const char *buffer, enum where where)
{
    char bytes[4];
    for (int i = 0; i < 6; i++)
        poll_until(engine, &told[i].calls, 1);
    CHECK_EQ(told[0].result, 4);
    CHECK_EQ(memcmp(buffer, "abcd", 4), 0);
    CHECK_EQ(told[1].result | told[2].result, 0);
    CHECK(told[3].result == 0 || (where == SUBMITTED && told[3].result == -EIO)); /* nobody knows */
    CHECK_EQ(told[4].result, 4);
    CHECK_EQ(told[5].result, -ECANCELED);
    CHECK_EQ(pread(fd, bytes, 4, 8), 4);
    CHECK_EQ(memcmp(bytes, "WXYZ", 4), 0);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(told[i].calls, 1);
}

/* `watched`: by the descriptor, in a loop of the program's. */
static void run(enum where where, unsigned error, int watched)
{
    char buffer[4] = "";
    int  before = count_fds(), fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK_EQ(write(fd, "abcd", 4), 4);
    engine = engine_new();
    if (!is_on_ring())
        test_skip("there is no ring to be refused");
    CHECK_EQ(result_of(coaio_fsync(engine, fd, NULL, NULL)), 0);
    if (watched)
        CHECK(coaio_fileno(engine) >= 0);
    if (where == QUEUED)
        CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    if (where != NOTHING)
        submit_all(fd, buffer);
    if (where == SUBMITTED)
        CHECK(coaio_wait(engine, 0) >= 0);
    if (where == QUEUED)
        CHECK_EQ(coaio_poll(engine), 1);
    forbid(SYS_io_uring_enter, error);
    if (where == QUEUED)
        CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    if (where != NOTHING)
        check_all(fd, buffer, where);
    check_works(fd);
    check_rests();
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(count_fds(), before);
    exit(0);
}

int main(void)
{
    static const unsigned errors[] = {EPERM, EACCES, ENOSYS};
    char                  path[200];
    int                   status, code = 0;
    enter_directory(path, sizeof path);
    for (int i = 0; i < WHERES * 2 && code == 0; i++) { /* a filter is for good: each has a process of its own */
        pid_t pid = fork();
        if (pid == 0)
            run((enum where)(i / 2), errors[i % 3], i % 2);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    leave_directory(path);
    return code;
}
#else
int main(void)
{
    test_skip("seccomp is Linux's");
}
#endif
