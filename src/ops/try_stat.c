/*
 * Inline attempts: stat of what is near (near.h).
 *
 * The kernel has no stat that takes names from the cache only, but it has such an open, of a
 * descriptor with which nothing can be done but to look at it (O_PATH).
 */
#include "ops/try.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/near.h"
#include "ops/run.h"

#if defined(O_PATH) && defined(STATX_BASIC_STATS)

/* Memory for a result may be there already (place.c); of what failed it would be the path that it
   failed on. */
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
    struct statx stx;
    int rc =
        coaio__statx_unsynced(fd, "", STATX_BASIC_STATS | STATX_BTIME | COAIO__STATX_MOUNT, &stx);

    if (rc < 0)
        return failed(context, rc == -EBADF ? rc : -EAGAIN);
    if (!coaio__mount_is_local(context->mounts, fd, &stx))
        return -EAGAIN;
    coaio__stat_of_statx(&st, &stx);
    return coaio__give_copy(context, &st, sizeof st);
}

static int64_t stat_path(struct coaio__args *args, struct coaio__context *context, int nofollow)
{
    int64_t rc;
    int fd = coaio__open_near(context->mounts, args->wd, args->path, O_PATH | nofollow);

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

#else

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

#endif
