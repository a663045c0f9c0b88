/*
 * Inline attempts: open and close of what is near (near.h).
 *
 * Looking comes before opening: merely to open a FIFO, or a device, has consequences.
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

/* Whether it is a file or directory of a local file system. */
static bool is_storage(struct coaio__context *context, int fd, struct statx *stx)
{
    if (coaio__statx_unsynced(fd, "", STATX_TYPE | STATX_NLINK | COAIO__STATX_MOUNT, stx) < 0)
        return false;
    return (S_ISREG(stx->stx_mode) || S_ISDIR(stx->stx_mode))
           && coaio__mount_is_local(context->mounts, fd, stx);
}

/* O_NONBLOCK keeps the open from waiting for a lease, and goes afterwards. Another file may have
   taken the name since the look: one that has no position would have to be waited for. */
static int64_t open_file(struct coaio__args *args)
{
    int fd =
        coaio__open_cached(coaio__dirfd(args->wd), args->path, (int)args->flags | O_NONBLOCK, 0);

    if (fd < 0)
        return -EAGAIN;
    if (lseek(fd, 0, SEEK_CUR) == 0
        && (args->flags & O_NONBLOCK || fcntl(fd, F_SETFL, (int)args->flags) == 0))
        return fd;
    close(fd);
    return -EAGAIN;
}

int64_t coaio__try_open(struct coaio__args *args, struct coaio__context *context)
{
    const uint32_t how = args->flags & (O_DIRECTORY | O_NOFOLLOW);
    struct statx stx;
    bool storage;
    int fd;

    if (!coaio__open_only_reads(args))
        return -EAGAIN;
    fd = coaio__open_near(context->mounts, args->wd, args->path, O_PATH | (int)how);
    if (fd < 0)
        return fd;
    storage = is_storage(context, fd, &stx);
    close(fd);
    return storage ? open_file(args) : -EAGAIN;
}

/* Close a file that was opened for reading, is local and keeps its name: otherwise there may be
   something to write, or to delete. */
int64_t coaio__try_close(struct coaio__args *args, struct coaio__context *context)
{
    struct statx stx;
    int flags = fcntl(args->fd, F_GETFL);

    if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || flags & O_PATH)
        return -EAGAIN;
    return is_storage(context, args->fd, &stx) && stx.stx_nlink ? coaio__run_close(args, context)
                                                                : -EAGAIN;
}

#else

int64_t coaio__try_close(struct coaio__args *args, struct coaio__context *context)
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
