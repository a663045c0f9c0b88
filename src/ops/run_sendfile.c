/*
 * sendfile: from one descriptor to another.
 *
 * The system's own call first. What it refuses before it copied anything (a pair of kinds that it
 * does not know, O_APPEND) is copied by hand, for any pair. There, what was read is always written
 * out, waiting where a non-blocking descriptor makes us wait: bytes from a pipe cannot be put back.
 * A short read ends the copying, as it ends a read.
 *
 * To the end (COAIO_TO_END) it goes in steps, until one copies nothing.
 */
#include "ops/run.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/sendfile.h"

#ifdef __linux__
#include <sys/sendfile.h>
#endif

/* Give a non-blocking descriptor time to take more. Not for ever, so that a cancel is seen. 0,
 * -errno. */
static int wait_writable(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLOUT, .revents = 0};

    return poll(&pollfd, 1, COAIO__SENDFILE_WAIT_MS) < 0 && errno != EINTR ? -errno : 0;
}

size_t coaio__write_all(int fd, const char *bytes, size_t length, struct coaio__context *context,
                        int *error)
{
    size_t done = 0;

    *error = 0;
    while (done < length && *error == 0 && !coaio__cancelled(context)) {
        ssize_t n = write(fd, bytes + done, length - done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            *error = -EIO;
        else if (errno == EAGAIN)
            *error = wait_writable(fd);
        else if (errno != EINTR)
            *error = -errno;
    }
    return done;
}

static int64_t read_chunk(const struct coaio__args *args, char *to, size_t length, int64_t done)
{
    if (args->offset < 0)
        return coaio__value(read(args->fd2, to, length));
    return coaio__value(pread(args->fd2, to, length, args->offset + done));
}

/* One chunk. What could not be written again counts as not read, where the descriptor can go
   back. */
static int64_t copy_chunk(struct coaio__args *args, struct coaio__context *context, char *buffer,
                          size_t wanted, int64_t done, bool *more)
{
    int64_t n = read_chunk(args, buffer, wanted, done);
    size_t written;
    int error;

    *more = n == (int64_t)wanted;
    if (n <= 0)
        return n;
    written = coaio__write_all(args->fd, buffer, (size_t)n, context, &error);
    if ((int64_t)written == n)
        return n;
    *more = false;
    if (args->offset < 0)
        (void)lseek(args->fd2, (off_t)written - (off_t)n, SEEK_CUR);
    return written > 0 || error == 0 ? (int64_t)written : error;
}

static int64_t copy_by_hand(struct coaio__args *args, struct coaio__context *context)
{
    char *buffer = coaio__alloc(context->mem, COAIO__SENDFILE_BUFFER);
    int64_t done = 0, n = 0;
    bool more = true;

    if (!buffer)
        return -ENOMEM;
    while (more && (uint64_t)done < args->length && !coaio__cancelled(context)) {
        uint64_t left = args->length - (uint64_t)done;

        n = copy_chunk(args, context, buffer,
                       left < COAIO__SENDFILE_BUFFER ? (size_t)left : COAIO__SENDFILE_BUFFER, done,
                       &more);
        if (n > 0)
            done += n;
    }
    coaio__free(context->mem, buffer);
    return done > 0 ? done : n;
}

#ifdef __linux__
static int64_t copy_by_system(struct coaio__args *args)
{
    off_t offset = args->offset;
    size_t length = args->length > COAIO__TRANSFER_MAX ? COAIO__TRANSFER_MAX : (size_t)args->length;

    return coaio__value(sendfile(args->fd, args->fd2, offset < 0 ? NULL : &offset, length));
}
#else
static int64_t copy_by_system(struct coaio__args *args)
{
    (void)args;
    return -ENOSYS;
}
#endif

static int64_t copy(struct coaio__args *args, struct coaio__context *context)
{
    int64_t n = copy_by_system(args);

    if (n == -EINVAL || n == -ENOSYS || n == -EOPNOTSUPP)
        return copy_by_hand(args, context);
    return n;
}

/* ---- to the end ------------------------------------------------------------------------------ */

/* Bytes until the end of the source, at most: files of /proc claim to be empty. */
static uint64_t bytes_ahead(const struct coaio__args *args, const struct stat *from)
{
    int64_t start = args->offset < 0 ? lseek(args->fd2, 0, SEEK_CUR) : args->offset;

    if (!S_ISREG(from->st_mode) || from->st_size == 0)
        return UINT64_MAX;
    return from->st_size > start ? (uint64_t)(from->st_size - start) : 0;
}

uint64_t coaio__sendfile_limit(const struct coaio__args *args, uint64_t done)
{
    struct stat from;
    uint64_t ahead = fstat(args->fd2, &from) == 0 ? bytes_ahead(args, &from) : 0;

    return args->offset < 0 && ahead < UINT64_MAX - done ? ahead + done : ahead;
}

static int64_t copy_step(const struct coaio__args *args, struct coaio__context *context,
                         uint64_t done, uint64_t left)
{
    struct coaio__args step = *args;

    step.length = left < COAIO__COPY_STEP ? left : COAIO__COPY_STEP;
    if (args->offset >= 0)
        step.offset = args->offset + (int64_t)done;
    return copy(&step, context);
}

static int64_t copy_to_the_end(const struct coaio__args *args, struct coaio__context *context,
                               uint64_t limit)
{
    uint64_t done = 0;
    int64_t n;

    do { /* at least once: the descriptors may be wrong */
        n = copy_step(args, context, done, limit - done);
        if (n == -EAGAIN && done > 0)
            break;
        if (n < 0 && n != -EINTR)
            return n;
        done += n > 0 ? (uint64_t)n : 0;
    } while (n != 0 && done < limit && !coaio__cancelled(context));
    return (int64_t)done;
}

static int64_t send_whole(struct coaio__args *args, struct coaio__context *context)
{
    struct stat from;
    uint64_t limit;

    if (args->ending == COAIO__END_NONE || fstat(args->fd2, &from) < 0
        || (!S_ISREG(from.st_mode) && !S_ISBLK(from.st_mode)))
        return copy(args, context);
    limit = bytes_ahead(args, &from);
    return copy_to_the_end(args, context, limit < args->length ? limit : args->length);
}

/* ---- what at_once_sendfile.c has begun ------------------------------------------------------- */

void coaio__taken_drop(struct coaio__mem *mem, struct coaio__result *result)
{
    coaio__free(mem, result->memory);
    result->memory = NULL;
}

/* 0 or -errno. */
static int put_taken(const struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__result *result = context->result;
    struct coaio__taken *taken = result->memory;
    int error = 0;

    if (!taken)
        return 0;
    size_t n = coaio__write_all(args->fd, taken->bytes + taken->begin, taken->end - taken->begin,
                                context, &error);
    result->size += n;
    coaio__taken_drop(context->mem, result);
    return error;
}

static bool has_an_end(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/* An input without an end has given enough. An error after a part is told by the next call; but a
   copy to the end of a file ends with it. */
static int64_t go_on(const struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__args rest = *args;
    bool ends = has_an_end(args->fd2);
    int64_t n = put_taken(args, context), done = (int64_t)context->result->size;

    rest.length -= (uint64_t)done;
    if (args->offset >= 0)
        rest.offset += done;
    if (n == 0 && ends && rest.length > 0 && !coaio__cancelled(context))
        n = send_whole(&rest, context);
    if (n == -EINTR || (n < 0 && (done == 0 || (ends && args->ending != COAIO__END_NONE))))
        return n;
    return n < 0 ? done : done + n;
}

int64_t coaio__run_sendfile(struct coaio__args *args, struct coaio__context *context)
{
    if (context->result->size || context->result->memory)
        return go_on(args, context);
    return send_whole(args, context);
}
