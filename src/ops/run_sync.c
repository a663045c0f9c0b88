/*
 * Durability, and its opposite: reading ahead.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/narrow.h"
#include "ops/composite.h"
#include "ops/look_first.h"
#include "ops/read.h"

int64_t coaio__run_sync(struct coaio__args *args, struct coaio__context *context)
{
    (void)args;
    (void)context;
    sync();
    return 0;
}

int64_t coaio__run_fsync(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(fsync(args->fd));
}

int64_t coaio__run_fdatasync(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    return coaio__value(fdatasync(args->fd));
#else
    return coaio__value(fsync(args->fd));
#endif
}

int64_t coaio__run_pathsync(struct coaio__args *args, struct coaio__context *context)
{
    const unsigned kinds = COAIO__KIND_REGULAR | COAIO__KIND_DIRECTORY | COAIO__KIND_BLOCK_DEVICE;
    struct stat st;
    int fd = coaio__open_known(args->wd, args->path, O_RDONLY, kinds, &st);
    int64_t rc;

    if (fd < 0)
        return coaio__failed(context, args->path, fd);
    rc = coaio__value(fsync(fd));
    close(fd);
    return rc < 0 ? coaio__failed(context, args->path, rc) : 0;
}

#ifdef __linux__

int64_t coaio__run_syncfs(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(syncfs(args->fd));
}

int64_t coaio__run_sync_file_range(struct coaio__args *args, struct coaio__context *context)
{
    int64_t rc =
        coaio__value(sync_file_range(args->fd, args->offset, (off_t)args->length, args->flags));

    return rc == -ENOSYS ? coaio__run_fdatasync(args, context) : rc;
}

/* If asked for more than a device takes at a time readahead(2) reads the beginning only. */
int64_t coaio__run_readahead(struct coaio__args *args, struct coaio__context *context)
{
    int64_t size = coaio__claimed_size(args->fd), rc;
    uint64_t ahead = size > args->offset ? (uint64_t)(size - args->offset) : 0, done = 0;
    uint64_t length = args->length < ahead ? args->length : ahead;

    do { /* at least once: the descriptor may be wrong */
        uint64_t left = length - done;

        rc = coaio__value(readahead(args->fd, args->offset + (int64_t)done,
                                    left < COAIO__AHEAD_STEP ? (size_t)left : COAIO__AHEAD_STEP));
        done += COAIO__AHEAD_STEP;
    } while (rc == 0 && done < length && !coaio__cancelled(context));
    return rc;
}

#else

/* All file systems, so this one too. */
int64_t coaio__run_syncfs(struct coaio__args *args, struct coaio__context *context)
{
    if (fcntl(args->fd, F_GETFD) < 0)
        return -errno;
    return coaio__run_sync(args, context);
}

int64_t coaio__run_sync_file_range(struct coaio__args *args, struct coaio__context *context)
{
    return coaio__run_fdatasync(args, context);
}

int64_t coaio__run_readahead(struct coaio__args *args, struct coaio__context *context)
{
    char unused[16384];
    int64_t n = 1;
    uint64_t done = 0;

    while (n > 0 && done < args->length && !coaio__cancelled(context)) {
        n = coaio__value(pread(args->fd, unused, coaio__at_most(args->length - done, sizeof unused),
                               args->offset + (int64_t)done));
        done += n > 0 ? (uint64_t)n : 0;
    }
    return n < 0 && done == 0 ? n : 0;
}

#endif
