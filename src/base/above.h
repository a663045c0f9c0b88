/*
 * Descriptors that live as long as an engine stay clear of 0, 1 and 2. A process may be started
 * with these closed, and what it then reads, or prints, would go to the first that was opened.
 */
#ifndef COAIO_BASE_ABOVE_H
#define COAIO_BASE_ABOVE_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The same file by another number, if need be; close-on-exec. On failure, -errno, it is closed. */
static inline int coaio__above_stdio(int fd)
{
    if (fd > STDERR_FILENO)
        return fd;
    int above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), error = errno;
    close(fd);
    return above < 0 ? -error : above;
}

#endif
