/*
 * Transfers that never wait. See at_once.h.
 *
 * A descriptor's O_NONBLOCK belongs to everybody who shares its file, so each call is asked by
 * itself not to wait: RWF_NOWAIT for pipes, sockets and eventfds, MSG_DONTWAIT for sockets of older
 * kernels. A FIFO that was opened by its name takes neither. It is opened once more, for this
 * transfer, with a flag of its own; that changes nothing for its other end, since the descriptor at
 * hand keeps this end open all the while.
 */
#include "ops/at_once.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "base/narrow.h"
#include "ops/read.h"
#include "ops/run.h"

/* ---- whether poll(2) knows ------------------------------------------------------------------- */

/* A socket may give up by itself after a time, or want more bytes than one before it counts as
   readable. */
static bool socket_waits_plainly(int fd, bool writes)
{
    struct timeval limit = {0};
    int least = 1;
    socklen_t size = sizeof limit;

    if (getsockopt(fd, SOL_SOCKET, writes ? SO_SNDTIMEO : SO_RCVTIMEO, &limit, &size) < 0)
        return true;
    size = sizeof least;
    (void)getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, &size);
    return limit.tv_sec == 0 && limit.tv_usec == 0 && (writes || least <= 1);
}

/* A read of a terminal may end without input (VMIN 0), and both calls fail at once in the
   background. */
static bool terminal_waits_plainly(int fd, bool writes)
{
    struct termios settings;

    if (tcgetattr(fd, &settings) < 0)
        return true;
    if (!writes && !(settings.c_lflag & ICANON) && settings.c_cc[VMIN] == 0)
        return false;
    return tcgetsid(fd) != getsid(0) || tcgetpgrp(fd) == getpgrp();
}

bool coaio__waits_plainly(int fd, bool writes)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && !(flags & O_NONBLOCK) && socket_waits_plainly(fd, writes)
           && terminal_waits_plainly(fd, writes);
}

/* ---- transfers ------------------------------------------------------------------------------- */

/* Bytes, from `args` on. The descriptor may be another one than theirs. */
typedef int64_t transfer(int fd, const struct coaio__args *args, void *bytes, size_t length);

#ifdef RWF_NOWAIT
static int64_t read_by_flag(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    struct iovec part = {.iov_base = bytes, .iov_len = length};

    return coaio__value(preadv2(fd, &part, 1, args->offset < 0 ? -1 : args->offset, RWF_NOWAIT));
}

static int64_t write_by_flag(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    struct iovec part = {.iov_base = bytes, .iov_len = length};

    return coaio__value(pwritev2(fd, &part, 1, args->offset < 0 ? -1 : args->offset, RWF_NOWAIT));
}
#else
static int64_t read_by_flag(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    (void)fd, (void)args, (void)bytes, (void)length;
    return -EOPNOTSUPP;
}

static int64_t write_by_flag(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    return read_by_flag(fd, args, bytes, length);
}
#endif

static int64_t receive(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    (void)args;
    return coaio__value(recv(fd, bytes, length, MSG_DONTWAIT));
}

static int64_t send_off(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    (void)args;
    return coaio__value(send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static int64_t read_plainly(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    (void)args;
    return coaio__value(read(fd, bytes, length));
}

static int64_t write_plainly(int fd, const struct coaio__args *args, void *bytes, size_t length)
{
    (void)args;
    return coaio__value(write(fd, bytes, length));
}

/* A descriptor of the same FIFO that does not wait. -ENXIO: it has no reader; -EOPNOTSUPP: it is
   none, or without /proc or a free descriptor. */
static int open_fifo_again(int fd, bool writes)
{
    struct stat st;
    char path[sizeof "/proc/self/fd/" + 12];
    int other, flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
        return -EOPNOTSUPP;
    if ((flags & O_ACCMODE) == (writes ? O_RDONLY : O_WRONLY))
        return -EBADF; /* which another descriptor would not say */
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    other =
        open(path, (writes ? O_WRONLY : O_RDONLY) | (flags & O_DIRECT) | O_NONBLOCK | O_CLOEXEC);
    if (other >= 0)
        return other;
    return errno == ENXIO ? -ENXIO : -EOPNOTSUPP;
}

static int64_t through_fifo(const struct coaio__args *args, bool writes, void *bytes, size_t length)
{
    transfer *move = writes ? write_plainly : read_plainly;
    int other = open_fifo_again(args->fd, writes);
    int64_t n;

    if (other < 0)
        return other;
    n = move(other, args, bytes, length);
    close(other);
    return n;
}

/* Transfer by the first way that the file knows. -EOPNOTSUPP: it knows none. */
static int64_t move_now(const struct coaio__args *args, bool writes, void *bytes, size_t length)
{
    transfer *by_flag = writes ? write_by_flag : read_by_flag,
             *by_message = writes ? send_off : receive;
    int64_t n = by_flag(args->fd, args, bytes, length);

    if (n != -EOPNOTSUPP || args->offset >= 0)
        return n;
    n = by_message(args->fd, args, bytes, length);
    return n == -ENOTSOCK ? through_fifo(args, writes, bytes, length) : n;
}

int64_t coaio__move_at_once(int fd, bool writes, void *bytes, size_t length)
{
    struct coaio__args args = {.fd = fd, .offset = -1};
    return move_now(&args, writes, bytes, length);
}

/* Only the plain call knows whether some errors are its own, or come from asking it not to wait:
   -ENOSYS for those. */
static int64_t answer(const struct coaio__args *args, bool writes, int64_t error)
{
    switch (-error) {
    case EAGAIN:
    case EOPNOTSUPP: return coaio__waits_plainly(args->fd, writes) ? error : -ENOSYS;
    case EINVAL:
    case EPERM:
    case EINTR:
    case ENXIO: return -ENOSYS;
    default: return error;
    }
}

int64_t coaio__read_at_once(struct coaio__args *args, struct coaio__context *context)
{
    uint64_t length = args->length;
    int64_t n = coaio__read_memory(args, context);

    if (n < 0)
        return n;
    n = move_now(args, false, args->memory ? args->memory : context->result->memory,
                 (size_t)args->length);
    if (n < 0) {
        args->length = length; /* for the next attempt, when there may be more */
        n = answer(args, false, n);
    }
    return coaio__read_done(args, context, n);
}

/* True if the file takes bytes as they come: if it took a part, there was no room for the rest. */
static bool goes_on(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* After a part nothing more is tried until poll(2) has spoken: an error is told once, and to
   whoever asks next. */
int64_t coaio__write_at_once(struct coaio__args *args, struct coaio__context *context)
{
    size_t length = coaio__at_most(args->length, COAIO__TRANSFER_MAX);
    size_t *done = &context->result->size;
    int64_t n = move_now(args, true, (char *)args->memory + *done, length - *done);

    if (n > 0)
        *done += (size_t)n;
    if (n > 0 && *done < length && goes_on(args->fd))
        n = -EAGAIN;
    if (n < 0)
        n = answer(args, true, n);
    if (n == -EAGAIN || n == -EOPNOTSUPP || n == -ENOSYS || *done == 0)
        return n;
    return (int64_t)*done;
}

#endif
