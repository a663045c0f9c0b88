/* Reads of devices that stop on the way and are not at an end. */
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#include "test.h"

enum { READS = 20000, LENGTH = 65536, MICROSECONDS = 50 };

static void on_alarm(int number)
{
    (void)number;
}

/* A signal ends a read of /dev/zero after any number of whole pages, counted from where it began. */
static void set_alarms(int microseconds)
{
    struct itimerval every = {{0, microseconds}, {0, microseconds}};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void test_zeros_have_no_end(coaio_engine *engine, int64_t offset)
{
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    set_alarms(MICROSECONDS);
    for (int i = 0; i < READS; i++) {
        coaio_req *req = coaio_read(engine, fd, NULL, LENGTH, offset, NULL, NULL);
        while (coaio_req_wait(req, LIMIT) == -EINTR) {
        }
        CHECK_EQ(coaio_claim(req), 1);
        CHECK_EQ(coaio_result(req), LENGTH);
        coaio_unref(req);
    }
    set_alarms(0);
    CHECK_EQ(close(fd), 0);
}

int main(void)
{
    coaio_engine *engine = engine_new();
    test_zeros_have_no_end(engine, 0);
    test_zeros_have_no_end(engine, 1);
    CHECK_EQ(coaio_engine_free(engine), 0);
    return 0;
}
