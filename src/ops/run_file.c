/*
 * Open files: open, close, seek, write, and their length. Reading and sendfile have files of their
 * own.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef COAIO_URING
#include <liburing.h>
#endif

#include "base/narrow.h"
#include "ops/look_first.h"
#include "ops/prep.h"
#include "ops/resolve.h"
#include "ops/try.h"

#ifndef O_NOATIME /* Linux has it */
#define O_NOATIME 0
#endif

int64_t coaio__run_open(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__open_in(args->wd, args->path, (int)args->flags, args->mode);
}

bool coaio__open_only_reads(const struct coaio__args *args)
{
    return !(args->flags
             & ~(uint32_t)(O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOATIME));
}

/* After EINTR the descriptor is gone too: trying again could close a stranger's. */
int64_t coaio__run_close(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return close(args->fd) == 0 || errno == EINTR ? 0 : -errno;
}

/* To the ring another ring's descriptor is a bad one. What is none refuses even to do nothing. */
static bool is_ring(int fd)
{
#ifdef COAIO_URING
    int rc = io_uring_enter((unsigned)fd, 0, 0, 0, NULL);

    return rc != -EBADF && rc != -EOPNOTSUPP;
#else
    (void)fd;
    return false;
#endif
}

int64_t coaio__after_close(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    (void)context;
    if (value == -EBADF && is_ring(args->fd))
        return -EAGAIN;
    return value == -EINTR ? 0 : value;
}

int64_t coaio__run_seek(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(lseek(args->fd, args->delta, args->whence));
}

/* SEEK_END, SEEK_DATA and SEEK_HOLE may have to ask a server or the disk. */
int64_t coaio__try_seek(struct coaio__args *args, struct coaio__context *context)
{
    if (args->whence != SEEK_SET && args->whence != SEEK_CUR)
        return -EAGAIN;
    return coaio__run_seek(args, context);
}

int64_t coaio__run_write(struct coaio__args *args, struct coaio__context *context)
{
    size_t length = coaio__at_most(args->length, COAIO__TRANSFER_MAX);
    size_t done = context->result->size; /* by at_once.c */
    int64_t n;

    if (args->offset < 0)
        n = coaio__value(write(args->fd, (char *)args->memory + done, length - done));
    else
        n = coaio__value(pwrite(args->fd, args->memory, length, args->offset));
    if (!done || n == -EINTR)
        return n;
    return n < 0 ? (int64_t)done : (int64_t)done + n;
}

/* A length over INT64_MAX turns negative here, and the system says -EINVAL to it; so in
   allocate. */
int64_t coaio__run_truncate(struct coaio__args *args, struct coaio__context *context)
{
    off_t length = (off_t)args->length;

    (void)context;
    if (!args->path)
        return coaio__value(ftruncate(args->fd, length));
    if (args->wd)
        return length < 0 ? -EINVAL : coaio__truncate_in(args->wd, args->path, length);
    return coaio__value(truncate(args->path, length));
}

int64_t coaio__run_allocate(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
#ifdef __linux__
    return coaio__value(fallocate(args->fd, (int)args->flags, args->offset, (off_t)args->length));
#else
    if (args->flags)
        return -EOPNOTSUPP;
    return -posix_fallocate(args->fd, args->offset, (off_t)args->length);
#endif
}
