/*
 * statx: all that the kernel tells of a file, and which of it means anything.
 *
 * The struct of the system grows with the kernel; ours has the fields in an order of its own, and
 * grows at its end.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "ops/resolve.h"

#ifdef STATX_BASIC_STATS

static coaio_time time_of(const struct statx_timestamp *time)
{
    return (coaio_time){.sec = time->tv_sec, .nsec = time->tv_nsec};
}

static void convert(coaio_statxbuf *to, const struct statx *from)
{
    *to = (coaio_statxbuf){
        .mask = from->stx_mask,
        .mode = from->stx_mode,
        .uid = from->stx_uid,
        .gid = from->stx_gid,
        .dev_major = from->stx_dev_major,
        .dev_minor = from->stx_dev_minor,
        .rdev_major = from->stx_rdev_major,
        .rdev_minor = from->stx_rdev_minor,
        .ino = from->stx_ino,
        .nlink = from->stx_nlink,
        .size = from->stx_size,
        .blksize = from->stx_blksize,
        .blocks = from->stx_blocks,
        .attributes = from->stx_attributes,
        .attributes_mask = from->stx_attributes_mask,
        .atime = time_of(&from->stx_atime),
        .mtime = time_of(&from->stx_mtime),
        .ctime = time_of(&from->stx_ctime),
        .btime = time_of(&from->stx_btime),
    };
}

static int look_confined(struct statx *to, const struct coaio__args *args)
{
    enum coaio__reach reach =
        args->flags & AT_SYMLINK_NOFOLLOW ? COAIO__REACH_ITSELF : COAIO__REACH_TARGET;
    struct coaio__place place;
    int rc = coaio__place_find(&place, args->wd, args->path, reach);

    if (rc < 0)
        return rc;
    rc = statx(place.opened, "", (int)args->flags | AT_EMPTY_PATH, args->mask, to) < 0 ? -errno : 0;
    coaio__place_leave(&place);
    return rc;
}

static int look(struct statx *to, const struct coaio__args *args)
{
    int fd = args->path ? coaio__dirfd(args->wd) : args->fd,
        how = (int)args->flags | (args->path ? 0 : AT_EMPTY_PATH);

    if (args->path && coaio__confined(args->wd))
        return look_confined(to, args);
    return statx(fd, args->path ? args->path : "", how, args->mask, to) < 0 ? -errno : 0;
}

int64_t coaio__run_statx(struct coaio__args *args, struct coaio__context *context)
{
    struct statx from;
    coaio_statxbuf to;
    int rc = look(&from, args);

    if (rc < 0)
        return rc;
    convert(&to, &from);
    return coaio__give_copy(context, &to, sizeof to);
}

#else

int64_t coaio__run_statx(struct coaio__args *args, struct coaio__context *context)
{
    (void)args, (void)context;
    return -ENOSYS;
}

#endif
