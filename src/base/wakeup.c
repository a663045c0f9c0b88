/*
 * The wake-up descriptor. The flag `raised` saves the system call of every raise but the first;
 * clear empties the descriptor before it drops the flag, so that a raise in between is not lost:
 * its announcement is seen by the look that follows every clear.
 */
#include "base/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/above.h"

#ifdef __linux__
#include <sys/eventfd.h>

int coaio__wakeup_open(struct coaio__wakeup *wakeup)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fd = fd < 0 ? -errno : coaio__above_stdio(fd);
    if (fd < 0)
        return fd;
    wakeup->watched = wakeup->written = fd;
    atomic_init(&wakeup->raised, 0);
    return 0;
}
#else
static int make_quiet(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int coaio__wakeup_open(struct coaio__wakeup *wakeup)
{
    int ends[2];
    if (pipe(ends) < 0)
        return -errno;
    wakeup->watched = coaio__above_stdio(ends[0]);
    wakeup->written = coaio__above_stdio(ends[1]);
    atomic_init(&wakeup->raised, 0);
    int error = make_quiet(wakeup->watched);
    if (!error)
        error = make_quiet(wakeup->written);
    if (error)
        coaio__wakeup_close(wakeup);
    return error;
}
#endif

void coaio__wakeup_close(struct coaio__wakeup *wakeup)
{
    close(wakeup->watched);
    if (wakeup->written != wakeup->watched)
        close(wakeup->written);
}

int coaio__wakeup_raise(struct coaio__wakeup *wakeup)
{
    if (atomic_exchange(&wakeup->raised, 1))
        return 0;
    const uint64_t one = 1;
    int saved = errno, error = 0; /* a signal handler must leave errno alone */
    /* EAGAIN: the counter or the pipe is full, which is readable enough */
    if (write(wakeup->written, &one, sizeof one) < 0 && errno != EAGAIN)
        error = -errno;
    errno = saved;
    return error;
}

void coaio__wakeup_clear(struct coaio__wakeup *wakeup)
{
    uint64_t bytes[8];
    ssize_t n;
    bool any = false;
    do {
        n = read(wakeup->watched, bytes, sizeof bytes);
        any |= n > 0;
    } while (n == (ssize_t)sizeof bytes);
    if (any) /* else a raise is between its two steps, and its write is yet to come */
        atomic_store(&wakeup->raised, 0);
}
