/*
 * stat, lstat, fstat and statvfs, into structs of fixed layout.
 *
 * Linux: statx(2), for the time of birth, with the flags that make it mean stat(2); where a sandbox
 * refuses it, fstatat(2) without that time. coaio__stat_memory makes the memory that a ring's statx
 * is read into; it is large enough for either struct, and coaio__after_stat turns one into the
 * other in place.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ops/prep.h"
#include "ops/resolve.h"

#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#ifdef __APPLE__
#define st_atim st_atimespec
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

static const coaio_time no_time = {.nsec = COAIO_NSEC_NONE};

/* File systems know times that are further away than what fits. */
static int64_t ns_of(int64_t sec, int64_t nsec)
{
    const int64_t furthest = INT64_MAX / 1000000000;

    if (sec >= furthest)
        return furthest * 1000000000;
    if (sec < -furthest)
        return -furthest * 1000000000;
    return sec * 1000000000 + nsec;
}

#ifdef STATX_BASIC_STATS
static int64_t ns_of_statx(const struct statx_timestamp *time)
{
    return ns_of(time->tv_sec, time->tv_nsec);
}

static coaio_time time_of_statx(const struct statx_timestamp *time)
{
    return (coaio_time){.sec = time->tv_sec, .nsec = time->tv_nsec};
}

void coaio__stat_of_statx(coaio_statbuf *to, const struct statx *from)
{
    bool born = from->stx_mask & STATX_BTIME;

    *to = (coaio_statbuf){
        .dev = makedev(from->stx_dev_major, from->stx_dev_minor),
        .ino = from->stx_ino,
        .mode = from->stx_mode,
        .nlink = from->stx_nlink,
        .uid = from->stx_uid,
        .gid = from->stx_gid,
        .rdev = makedev(from->stx_rdev_major, from->stx_rdev_minor),
        .size = (int64_t)from->stx_size,
        .blksize = from->stx_blksize,
        .blocks = (int64_t)from->stx_blocks,
        .atime_ns = ns_of_statx(&from->stx_atime),
        .mtime_ns = ns_of_statx(&from->stx_mtime),
        .ctime_ns = ns_of_statx(&from->stx_ctime),
        .btime_ns = born ? ns_of_statx(&from->stx_btime) : -1,
        .atime = time_of_statx(&from->stx_atime),
        .mtime = time_of_statx(&from->stx_mtime),
        .ctime = time_of_statx(&from->stx_ctime),
        .btime = born ? time_of_statx(&from->stx_btime) : no_time,
    };
}

int coaio__stat_memory(struct coaio__args *args, struct coaio__context *context)
{
    (void)args;
    _Static_assert(sizeof(struct statx) >= sizeof(coaio_statbuf),
                   "the result fits where the ring's statx was");
    _Static_assert(sizeof(struct statx) <= COAIO__KEPT_STAT, "and both where one was kept");
    if (!context->result->memory)
        context->result->memory = coaio__alloc(context->mem, COAIO__KEPT_STAT);
    return context->result->memory ? 0 : -ENOMEM;
}

/* In place: coaio__stat_memory made the memory large enough for both. */
int64_t coaio__after_stat(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    struct coaio__result *result = context->result;
    struct statx from;

    (void)args;
    if (value < 0) {
        coaio__result_drop(context->mem, result);
        return value == -EPERM || value == -ENOSYS ? -EAGAIN : value;
    }
    from = *(struct statx *)result->memory;
    coaio__stat_of_statx(result->memory, &from);
    result->size = sizeof(coaio_statbuf);
    return 0;
}
#endif

static coaio_time time_of(const struct timespec *time)
{
    return (coaio_time){.sec = time->tv_sec, .nsec = (uint32_t)time->tv_nsec};
}

static void stat_of_stat(coaio_statbuf *to, const struct stat *from)
{
    *to = (coaio_statbuf){
        .dev = (uint64_t)from->st_dev,
        .ino = from->st_ino,
        .mode = from->st_mode,
        .nlink = (uint64_t)from->st_nlink,
        .uid = from->st_uid,
        .gid = from->st_gid,
        .rdev = (uint64_t)from->st_rdev,
        .size = from->st_size,
        .blksize = from->st_blksize,
        .blocks = from->st_blocks,
        .atime_ns = ns_of(from->st_atim.tv_sec, from->st_atim.tv_nsec),
        .mtime_ns = ns_of(from->st_mtim.tv_sec, from->st_mtim.tv_nsec),
        .ctime_ns = ns_of(from->st_ctim.tv_sec, from->st_ctim.tv_nsec),
        .btime_ns = -1,
        .atime = time_of(&from->st_atim),
        .mtime = time_of(&from->st_mtim),
        .ctime = time_of(&from->st_ctim),
        .btime = no_time,
    };
}

/* `path` NULL: the descriptor itself. `flags`: AT_SYMLINK_NOFOLLOW or 0. */
static int look(coaio_statbuf *to, int fd, const char *path, int flags)
{
    struct stat st;
#ifdef STATX_BASIC_STATS
    struct statx stx;
    int how = flags | AT_NO_AUTOMOUNT | (path ? 0 : AT_EMPTY_PATH);

    if (statx(fd, path ? path : "", how, STATX_BASIC_STATS | STATX_BTIME, &stx) == 0) {
        coaio__stat_of_statx(to, &stx);
        return 0;
    }
    if (errno != ENOSYS && errno != EPERM)
        return -errno;
#endif
    if ((path ? fstatat(fd, path, &st, flags) : fstat(fd, &st)) < 0)
        return -errno;
    stat_of_stat(to, &st);
    return 0;
}

/* The target of a confined path is opened, and looked at as a descriptor. */
static int look_confined(coaio_statbuf *to, const struct coaio__args *args, int flags)
{
    enum coaio__reach reach =
        flags & AT_SYMLINK_NOFOLLOW ? COAIO__REACH_ITSELF : COAIO__REACH_TARGET;
    struct coaio__place place;
    int rc = coaio__place_find(&place, args->wd, args->path, reach);

    if (rc < 0)
        return rc;
    rc = look(to, place.opened, NULL, 0);
    coaio__place_leave(&place);
    return rc;
}

static int64_t stat_target(struct coaio__args *args, struct coaio__context *context, int flags)
{
    coaio_statbuf st;
    int rc;

    if (args->path && coaio__confined(args->wd))
        rc = look_confined(&st, args, flags);
    else
        rc = look(&st, args->path ? coaio__dirfd(args->wd) : args->fd, args->path, flags);
    if (rc == 0)
        return coaio__give_copy(context, &st, sizeof st);
    coaio__result_drop(context->mem, context->result);
    return rc;
}

int64_t coaio__run_stat(struct coaio__args *args, struct coaio__context *context)
{
    return stat_target(args, context, 0);
}

int64_t coaio__run_lstat(struct coaio__args *args, struct coaio__context *context)
{
    return stat_target(args, context, AT_SYMLINK_NOFOLLOW);
}

/* There is no statvfsat(2): below a working directory the path is opened, for nothing but this. */
static int64_t statvfs_at(const coaio_wd *wd, const char *path, struct statvfs *to)
{
#ifdef O_PATH
    int fd = coaio__open_in(wd, path, O_PATH, 0);
#else
    int fd = coaio__open_in(wd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
#endif
    int64_t rc;

    if (fd < 0)
        return fd;
    rc = coaio__value(fstatvfs(fd, to));
    close(fd);
    return rc;
}

static int64_t statvfs_target(struct coaio__args *args, struct statvfs *to)
{
    if (!args->path)
        return coaio__value(fstatvfs(args->fd, to));
    if (args->wd)
        return statvfs_at(args->wd, args->path, to);
    return coaio__value(statvfs(args->path, to));
}

int64_t coaio__run_statvfs(struct coaio__args *args, struct coaio__context *context)
{
    struct statvfs from;
    coaio_statvfsbuf to;
    int64_t rc = statvfs_target(args, &from);

    if (rc < 0)
        return rc;
    to = (coaio_statvfsbuf){
        .bsize = from.f_bsize,
        .frsize = from.f_frsize,
        .blocks = from.f_blocks,
        .bfree = from.f_bfree,
        .bavail = from.f_bavail,
        .files = from.f_files,
        .ffree = from.f_ffree,
        .favail = from.f_favail,
        .fsid = from.f_fsid,
        .flag = from.f_flag,
        .namemax = from.f_namemax,
    };
    return coaio__give_copy(context, &to, sizeof to);
}
