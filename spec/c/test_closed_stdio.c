/* A process that was started without stdin, stdout and stderr: what it reads and prints is not the engine's. */
#include "test.h"

#include <fcntl.h>

/* The three ends of the test's own world, out of the way. */
static int report;

static void check(int holds)
{
    if (!holds)
        (void)!write(report, "a check failed\n", 15);
    if (!holds)
        _exit(1);
}

static int is_closed(int fd)
{
    return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

int main(void)
{
    coaio_engine *engine;
    report = fcntl(2, F_DUPFD_CLOEXEC, 10);
    for (int closed = 1; closed < 8; closed++) { /* any of them */
        int saved[3];
        for (int fd = 0; fd < 3; fd++) {
            saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
            check(saved[fd] >= 10 && (!(closed & 1 << fd) || close(fd) == 0));
        }
        check(coaio_engine_new(&engine, NULL) == 0);
        check(coaio_fileno(engine) > 2);
        for (int fd = 0; fd < 3; fd++)
            check(is_closed(fd) == !!(closed & 1 << fd));
        coaio_req *req = coaio_fsync(engine, saved[0], NULL, NULL);
        check(coaio_req_wait(req, LIMIT) == 1);
        req = coaio_mkdir(engine, NULL, "/", 0700, NULL, NULL);
        check(coaio_req_wait(req, LIMIT) == 1 && coaio_result(req) == -EEXIST);
        check(coaio_engine_free(engine) == 0);
        for (int fd = 0; fd < 3; fd++)
            check(dup2(saved[fd], fd) == fd && close(saved[fd]) == 0);
    }
    return 0;
}
