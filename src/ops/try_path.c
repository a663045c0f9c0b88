/*
 * Inline attempts by path: stat and open of what is near (near.h).
 *
 * The kernel has no stat that takes names from the cache only, but it has such an open, of a descriptor with which
 * nothing can be done but to look at it (O_PATH). Looking comes before opening as well: merely to open a FIFO, or a
 * device, has consequences.
 */
#include "ops/try.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/near.h"
#include "ops/run.h"
#include "ops/wd.h"

#if defined(O_PATH) && defined(STATX_BASIC_STATS)

/* Memory for a result may be there already (place.c); of what failed it would be the path that it failed on. */
static int64_t failed(struct coaio__context *context, int64_t error)
{
    if (error != -EAGAIN)
        coaio__result_drop(context->mem, context->result);
    return error;
}

/* Only what a local file system says counts. */
static int64_t stat_fd(struct coaio__context *context, int fd)
{
    coaio_statbuf st;
    struct statx  stx;
    int           rc = coaio__look_unasked(fd, "", STATX_BASIC_STATS | STATX_BTIME | COAIO__STATX_MOUNT, &stx);

    if (rc < 0)
        return failed(context, rc == -EBADF ? rc : -EAGAIN);
    if (!coaio__is_local(context->local, fd, &stx))
        return -EAGAIN;
    coaio__stat_of_statx(&st, &stx);
    return coaio__give_copy(context, &st, sizeof st);
}

static int64_t stat_path(struct coaio__args *args, struct coaio__context *context, int nofollow)
{
    int64_t rc;
    int     fd = coaio__open_near(context->local, args->wd, args->path, O_PATH | nofollow);

    if (fd < 0)
        return failed(context, fd);
    rc = stat_fd(context, fd);
    close(fd);
    return rc;
}

int64_t coaio__try_stat(struct coaio__args *args, struct coaio__context *context)
{
    return args->path ? stat_path(args, context, 0) : stat_fd(context, args->fd);
}

int64_t coaio__try_lstat(struct coaio__args *args, struct coaio__context *context)
{
    return stat_path(args, context, O_NOFOLLOW);
}

/* Whether it is a file or directory of a local file system. */
static bool is_storage(struct coaio__context *context, int fd, struct statx *stx)
{
    if (coaio__look_unasked(fd, "", STATX_TYPE | STATX_NLINK | COAIO__STATX_MOUNT, stx) < 0)
        return false;
    return (S_ISREG(stx->stx_mode) || S_ISDIR(stx->stx_mode)) && coaio__is_local(context->local, fd, stx);
}

/* Not to wait for a lease either; then the flag goes. Another file may have taken the name since we looked: one that
   cannot be positioned would have to be waited for. */
static int64_t open_file(struct coaio__args *args)
{
    int fd = coaio__open_cached(coaio__dirfd(args->wd), args->path, (int)args->flags | O_NONBLOCK, 0);

    if (fd < 0)
        return -EAGAIN;
    if (lseek(fd, 0, SEEK_CUR) == 0 && (args->flags & O_NONBLOCK || fcntl(fd, F_SETFL, (int)args->flags) == 0))
        return fd;
    close(fd);
    return -EAGAIN;
}

int64_t coaio__try_open(struct coaio__args *args, struct coaio__context *context)
{
    const uint32_t how = args->flags & (O_DIRECTORY | O_NOFOLLOW);
    struct statx   stx;
    bool           storage;
    int            fd;

    if (!coaio__open_only_reads(args))
        return -EAGAIN;
    fd = coaio__open_near(context->local, args->wd, args->path, O_PATH | (int)how);
    if (fd < 0)
        return fd;
    storage = is_storage(context, fd, &stx);
    close(fd);
    return storage ? open_file(args) : -EAGAIN;
}

/* Of what was opened for reading, is local and keeps its name: else there may be something to write, or to delete. */
int64_t coaio__try_close(struct coaio__args *args, struct coaio__context *context)
{
    struct statx stx;
    int          flags = fcntl(args->fd, F_GETFL);

    if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || flags & O_PATH)
        return -EAGAIN;
    return is_storage(context, args->fd, &stx) && stx.stx_nlink ? coaio__run_close(args, context) : -EAGAIN;
}

#else

int64_t coaio__try_close(struct coaio__args *args, struct coaio__context *context)
{
    (void)args, (void)context;
    return -EAGAIN;
}

int64_t coaio__try_stat(struct coaio__args *args, struct coaio__context *context)
{
    (void)args, (void)context;
    return -EAGAIN;
}

int64_t coaio__try_lstat(struct coaio__args *args, struct coaio__context *context)
{
    (void)args, (void)context;
    return -EAGAIN;
}

int64_t coaio__try_open(struct coaio__args *args, struct coaio__context *context)
{
    (void)args, (void)context;
    return -EAGAIN;
}

#endif
