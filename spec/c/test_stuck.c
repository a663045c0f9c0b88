/* The listing of what hangs. What it lists are operations on FIFOs that nobody uses, put on the lanes by flags; a
   request counts as stuck after a nanosecond. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { SIZE = sizeof(coaio_stuck_info), ROOM = 16 };

static coaio_engine *engine;
static coaio_stuck_info list[ROOM];

/* Wait until `count` requests execute and are listed. */
static void list_all(int count)
{
    for (int tries = 0; coaio_stuck(engine, list, SIZE, ROOM) != count; tries++) {
        CHECK(tries < 60000);
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    }
}

static const coaio_stuck_info *entry_of(uint32_t op)
{
    for (int i = 0; i < ROOM; i++)
        if (list[i].op == op)
            return &list[i];
    test_fail(__FILE__, __LINE__, "entry_of", "it is not listed");
}

static int open_fifo(const char *name)
{
    int fd = open(name, O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static void test_every_lane(void)
{
    int ring = strcmp(coaio_backend(engine), "uring") == 0;
    int in = open_fifo("in"), read_from = open_fifo("read"), out = open("out", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    coaio_req *reqs[4];
    CHECK_EQ(coaio_stuck(engine, list, SIZE, ROOM), 0);
    coaio_next(engine, 0, -1, COAIO_REGULAR);
    reqs[0] = coaio_sendfile(engine, out, in, -1, 1, NULL, NULL);
    coaio_next(engine, 0, -1, COAIO_REGULAR | COAIO_NO_INLINE);
    reqs[1] = coaio_read(engine, read_from, NULL, 1, ring ? 0 : -1, NULL, NULL); /* which the ring does not look at */
    reqs[2] = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, NULL, NULL);
    reqs[3] = coaio_busy(engine, 1e6, NULL, NULL);
    list_all(4);
    CHECK_EQ(entry_of(COAIO_SENDFILE)->where, COAIO_ON_ORDINARY);
    CHECK_EQ(entry_of(COAIO_SENDFILE)->fd, out);
    CHECK_EQ(entry_of(COAIO_READ)->where, ring ? COAIO_ON_RING : COAIO_ON_ORDINARY);
    CHECK_EQ(entry_of(COAIO_READ)->fd, read_from);
    CHECK_STR(entry_of(COAIO_READ)->path, "");
    CHECK_EQ(entry_of(COAIO_OPEN)->where, COAIO_ON_SLOW);
    CHECK_EQ(entry_of(COAIO_OPEN)->fd, -1);
    CHECK_STR(entry_of(COAIO_OPEN)->path, "fifo");
    CHECK_EQ(entry_of(COAIO_BUSY)->where, COAIO_ON_ORDINARY);
    CHECK_EQ(entry_of(COAIO_BUSY)->fd, -1);
    CHECK_STR(entry_of(COAIO_BUSY)->path, "");
    for (int i = 0; i < 4; i++) {
        CHECK(list[i].for_ns > 0 && list[i].for_ns < LIMIT);
        CHECK_EQ(list[i].cancelled, 0);
    }
    CHECK_EQ(coaio_get(engine, COAIO_NSTUCK), 3); /* all but the one whose lane is for that */
    CHECK_EQ(write(in, "\n", 1), 1);
    CHECK_EQ(result_of(reqs[0]), 1);
    for (int i = 1; i < 4; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    for (int i = 1; i < 4; i++)
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
    CHECK_EQ(write(read_from, "\n", 1), 1); /* an ordinary worker cannot be interrupted there */
    list_all(0);
    CHECK_EQ(coaio_get(engine, COAIO_NSTUCK), 0);
    CHECK_EQ(close(in) | close(read_from) | close(out), 0);
}

/* Its request is delivered and dead, and still somebody is at it. */
static void test_cancelled_and_delivered(void)
{
    CHECK_EQ(coaio_set(engine, COAIO_SIGNAL, 0), 0);
    coaio_req *req = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, NULL, NULL);
    list_all(1);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(result_of(req), -ECANCELED);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    list_all(1);
    CHECK_EQ(list[0].cancelled, 1);
    CHECK_STR(list[0].path, "fifo");
    int fd = open_fifo("fifo");
    list_all(0);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(coaio_set(engine, COAIO_SIGNAL, SIGURG), 0);
}

static void *strangers_attempt(void *data)
{
    (void)data;
    CHECK_EQ(coaio_stuck(engine, list, SIZE, ROOM), -EPERM);
    return NULL;
}

/* Callers of other versions, with little room, and of other threads and processes. */
static void test_callers(void)
{
    struct {
        coaio_stuck_info info;
        uint64_t         later;
    } of_later[2];
    coaio_stuck_info few[2];
    coaio_req *reqs[3];
    pthread_t thread;
    int status;
    for (int i = 0; i < 3; i++)
        reqs[i] = coaio_busy(engine, 1e6, NULL, NULL);
    list_all(3);
    CHECK_EQ(coaio_stuck(engine, NULL, SIZE, 0), 3);
    CHECK_EQ(coaio_stuck(engine, NULL, SIZE, ROOM), 3);
    CHECK_EQ(coaio_stuck(engine, list, SIZE - 8, ROOM), -EINVAL);
    memset(few, 0xff, sizeof few);
    CHECK_EQ(coaio_stuck(engine, few, SIZE, 1), 3);
    CHECK_EQ(few[0].op, COAIO_BUSY);
    CHECK_EQ(few[1].for_ns, -1);
    memset(of_later, 0xff, sizeof of_later);
    CHECK_EQ(coaio_stuck(engine, &of_later[0].info, sizeof of_later[0], 2), 3);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(of_later[i].info.op, COAIO_BUSY);
        CHECK_EQ(of_later[i].later, 0);
    }
    CHECK_EQ(pthread_create(&thread, NULL, strangers_attempt, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK_EQ(coaio_stuck(engine, list, SIZE, ROOM), -EPERM);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
    }
    list_all(0);
}

static void test_not_late_yet(void)
{
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, LIMIT * 60), 0);
    coaio_req *req = coaio_busy(engine, 1e6, NULL, NULL);
    CHECK_EQ(coaio_req_wait(req, SECOND / 1000), 0);
    CHECK_EQ(coaio_stuck(engine, list, SIZE, ROOM), 0);
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, 1), 0);
    list_all(1);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(result_of(req), -ECANCELED);
}

/* Where one worker may run, it is replaced for what was submitted along with what it hangs at. */
static void test_one_worker(void)
{
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1), 0);
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, SECOND / 100), 0);
    coaio_req *hanging = coaio_busy(engine, 1e6, NULL, NULL);
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
    CHECK_EQ(coaio_cancel(hanging), 0);
    CHECK_EQ(result_of(hanging), -ECANCELED);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600) | mkfifo("in", 0600) | mkfifo("read", 0600), 0);
    engine = engine_new();
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, 1), 0);
    test_every_lane();
    test_cancelled_and_delivered();
    test_callers();
    test_not_late_yet();
    test_one_worker();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
