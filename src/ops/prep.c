/*
 * Ring entries. The arguments stay where they are: the kernel reads paths and writes memory until
 * it has completed.
 */
#include "ops/prep.h"

#ifdef COAIO_URING

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ops/run.h"
#include "ops/wd.h"

void coaio__prep_close(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result)
{
    (void)result;
    io_uring_prep_close(sqe, args->fd);
}

static unsigned clipped(uint64_t length)
{
    return length > COAIO__TRANSFER_MAX ? COAIO__TRANSFER_MAX : (unsigned)length;
}

/* Reading nothing of a directory, or of what else cannot be read, is no error to the ring. */
bool coaio__ring_refuses_read(const struct coaio__args *args)
{
    return args->length == 0;
}

void coaio__prep_read(struct io_uring_sqe *sqe, struct coaio__args *args,
                      struct coaio__result *result)
{
    void *to = args->memory ? args->memory : result->memory;

    io_uring_prep_read(sqe, args->fd, to, clipped(args->length), (__u64)args->offset);
}

/* Beyond that limit the system sends SIGXFSZ, which workers have blocked, and the owner's thread
   has not. */
bool coaio__ring_refuses_write(const struct coaio__args *args)
{
    (void)args;
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

void coaio__prep_write(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result)
{
    (void)result;
    io_uring_prep_write(sqe, args->fd, args->memory, clipped(args->length), (__u64)args->offset);
}

void coaio__prep_allocate(struct io_uring_sqe *sqe, struct coaio__args *args,
                          struct coaio__result *result)
{
    (void)result;
    io_uring_prep_fallocate(sqe, args->fd, (int)args->flags, args->offset, (off_t)args->length);
}

void coaio__prep_fsync(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result)
{
    (void)result;
    io_uring_prep_fsync(sqe, args->fd, 0);
}

void coaio__prep_fdatasync(struct io_uring_sqe *sqe, struct coaio__args *args,
                           struct coaio__result *result)
{
    (void)result;
    io_uring_prep_fsync(sqe, args->fd, IORING_FSYNC_DATASYNC);
}

bool coaio__ring_refuses_range(const struct coaio__args *args)
{
    return args->length > UINT32_MAX;
}

void coaio__prep_sync_file_range(struct io_uring_sqe *sqe, struct coaio__args *args,
                                 struct coaio__result *result)
{
    (void)result;
    io_uring_prep_sync_file_range(sqe, args->fd, (unsigned)args->length, (__u64)args->offset,
                                  (int)args->flags);
}

#ifdef STATX_BASIC_STATS
static void prep_statx(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result, int flags)
{
    int fd = args->path ? coaio__dirfd(args->wd) : args->fd;

    flags |= AT_NO_AUTOMOUNT | (args->path ? 0 : AT_EMPTY_PATH);
    io_uring_prep_statx(sqe, fd, args->path ? args->path : "", flags,
                        STATX_BASIC_STATS | STATX_BTIME, result->memory);
}

void coaio__prep_stat(struct io_uring_sqe *sqe, struct coaio__args *args,
                      struct coaio__result *result)
{
    prep_statx(sqe, args, result, 0);
}

void coaio__prep_lstat(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result)
{
    prep_statx(sqe, args, result, AT_SYMLINK_NOFOLLOW);
}
#endif

void coaio__prep_unlink(struct io_uring_sqe *sqe, struct coaio__args *args,
                        struct coaio__result *result)
{
    (void)result;
    io_uring_prep_unlinkat(sqe, coaio__dirfd(args->wd), args->path, 0);
}

void coaio__prep_rmdir(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result)
{
    (void)result;
    io_uring_prep_unlinkat(sqe, coaio__dirfd(args->wd), args->path, AT_REMOVEDIR);
}

void coaio__prep_mkdir(struct io_uring_sqe *sqe, struct coaio__args *args,
                       struct coaio__result *result)
{
    (void)result;
    io_uring_prep_mkdirat(sqe, coaio__dirfd(args->wd), args->path, (mode_t)args->mode);
}

/* To link an open file may take more than one call. */
bool coaio__ring_refuses_link(const struct coaio__args *args)
{
    return !args->path;
}

void coaio__prep_link(struct io_uring_sqe *sqe, struct coaio__args *args,
                      struct coaio__result *result)
{
    (void)result;
    io_uring_prep_linkat(sqe, coaio__dirfd(args->wd), args->path, coaio__dirfd(args->wd2),
                         args->path2, 0);
}

void coaio__prep_symlink(struct io_uring_sqe *sqe, struct coaio__args *args,
                         struct coaio__result *result)
{
    (void)result;
    io_uring_prep_symlinkat(sqe, args->text, coaio__dirfd(args->wd), args->path);
}

static void prep_rename(struct io_uring_sqe *sqe, struct coaio__args *args, uint32_t flags)
{
    io_uring_prep_renameat(sqe, coaio__dirfd(args->wd), args->path, coaio__dirfd(args->wd2),
                           args->path2, flags);
}

void coaio__prep_rename(struct io_uring_sqe *sqe, struct coaio__args *args,
                        struct coaio__result *result)
{
    (void)result;
    prep_rename(sqe, args, 0);
}

void coaio__prep_rename2(struct io_uring_sqe *sqe, struct coaio__args *args,
                         struct coaio__result *result)
{
    (void)result;
    prep_rename(sqe, args, args->flags);
}

#endif
