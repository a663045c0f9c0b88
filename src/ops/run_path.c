/*
 * Names: what they are given (times, owner, permissions), and making, moving and removing them.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#if !defined(SYS_fchmodat2) && !defined(__alpha__) /* headers may be older than the kernel */
#define SYS_fchmodat2 452
#endif
#endif

#include "ops/resolve.h"

static struct timespec timespec_of(int64_t sec, uint32_t nsec)
{
    struct timespec time = {.tv_sec = (time_t)sec, .tv_nsec = (long)nsec};

    if (nsec == COAIO_NSEC_NOW)
        time.tv_nsec = UTIME_NOW;
    if (nsec == COAIO_NSEC_OMIT)
        time.tv_nsec = UTIME_OMIT;
    return time;
}

/* One call on the place that a path means. */
typedef int at_place(const struct coaio__args *args, const struct coaio__place *place);

static int64_t at_path(struct coaio__args *args, enum coaio__reach reach, at_place *call)
{
    struct coaio__place place;
    int64_t rc = coaio__place_find(&place, args->wd, args->path, reach);

    if (rc < 0)
        return rc;
    rc = coaio__value(call(args, &place));
    coaio__place_leave(&place);
    return rc;
}

/* One call on two of them. */
typedef int at_places(const struct coaio__args *args, const struct coaio__place *from,
                      const struct coaio__place *to);

static int64_t at_paths(struct coaio__args *args, at_places *call)
{
    struct coaio__place from, to;
    int64_t rc = coaio__place_find(&from, args->wd, args->path, COAIO__REACH_NAME);

    if (rc < 0)
        return rc;
    rc = coaio__place_find(&to, args->wd2, args->path2, COAIO__REACH_NAME);
    if (rc == 0) {
        rc = coaio__value(call(args, &from, &to));
        coaio__place_leave(&to);
    }
    coaio__place_leave(&from);
    return rc;
}

/*
 * What an older kernel cannot do to an opened file it can to the link that /proc has to it. Where
 * /proc is missing there is no way. `reason` is the errno of the attempt without it.
 */
static int at_number(const struct coaio__args *args, const struct coaio__place *place,
                     at_place *call, int reason)
{
    char number[32];
    struct coaio__place linked = {.fd = AT_FDCWD, .name = number, .flags = 0, .opened = -1};
    int rc;

    snprintf(number, sizeof number, "/proc/self/fd/%d", place->fd);
    rc = call(args, &linked);
    if (rc < 0 && (errno == ENOENT || errno == ENOTDIR))
        errno = reason == EPERM ? EPERM : ENOTSUP;
    return rc;
}

/* AT_EMPTY_PATH is unknown here before Linux 5.8. */
static int utime_at(const struct coaio__args *args, const struct coaio__place *place)
{
    struct timespec times[2];
    int rc;

    times[0] = timespec_of(args->atime_sec, args->atime_nsec);
    times[1] = timespec_of(args->mtime_sec, args->mtime_nsec);
    if (!place)
        return futimens(args->fd, times);
    rc = utimensat(place->fd, place->name, times, place->flags);
    return rc < 0 && errno == EINVAL && place->flags ? at_number(args, place, utime_at, errno) : rc;
}

int64_t coaio__run_utime(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    if (!args->path)
        return coaio__value(utime_at(args, NULL));
    return at_path(args, COAIO__REACH_TARGET, utime_at);
}

static int chown_at(const struct coaio__args *args, const struct coaio__place *place)
{
    return fchownat(place->fd, place->name, args->uid, args->gid, place->flags);
}

int64_t coaio__run_chown(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    if (!args->path)
        return coaio__value(fchown(args->fd, args->uid, args->gid));
    return at_path(args, COAIO__REACH_TARGET, chown_at);
}

/* The chmod that takes flags, Linux 6.6. Sandboxes that do not know it say EPERM. */
static int chmod_at(const struct coaio__args *args, const struct coaio__place *place)
{
    int rc = -1;

    if (!place->flags)
        return fchmodat(place->fd, place->name, (mode_t)args->mode, 0);
    errno = ENOSYS;
#ifdef SYS_fchmodat2
    rc = (int)syscall(SYS_fchmodat2, place->fd, place->name, args->mode, place->flags);
#endif
    return rc < 0 && (errno == ENOSYS || errno == EPERM) ? at_number(args, place, chmod_at, errno)
                                                         : rc;
}

int64_t coaio__run_chmod(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    if (!args->path)
        return coaio__value(fchmod(args->fd, (mode_t)args->mode));
    return at_path(args, COAIO__REACH_TARGET, chmod_at);
}

static int unlink_at(const struct coaio__args *args, const struct coaio__place *place)
{
    (void)args;
    return unlinkat(place->fd, place->name, 0);
}

int64_t coaio__run_unlink(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_path(args, COAIO__REACH_NAME, unlink_at);
}

static int rmdir_at(const struct coaio__args *args, const struct coaio__place *place)
{
    (void)args;
    return unlinkat(place->fd, place->name, AT_REMOVEDIR);
}

int64_t coaio__run_rmdir(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_path(args, COAIO__REACH_NAME, rmdir_at);
}

static int mkdir_at(const struct coaio__args *args, const struct coaio__place *place)
{
    return mkdirat(place->fd, place->name, (mode_t)args->mode);
}

int64_t coaio__run_mkdir(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_path(args, COAIO__REACH_NAME, mkdir_at);
}

static int mknod_at(const struct coaio__args *args, const struct coaio__place *place)
{
    return mknodat(place->fd, place->name, (mode_t)args->mode, (dev_t)args->dev);
}

int64_t coaio__run_mknod(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_path(args, COAIO__REACH_NAME, mknod_at);
}

static int symlink_at(const struct coaio__args *args, const struct coaio__place *place)
{
    return symlinkat(args->text, place->fd, place->name);
}

int64_t coaio__run_symlink(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_path(args, COAIO__REACH_NAME, symlink_at);
}

static int rename_at(const struct coaio__args *args, const struct coaio__place *from,
                     const struct coaio__place *to)
{
    (void)args;
    return renameat(from->fd, from->name, to->fd, to->name);
}

int64_t coaio__run_rename(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_paths(args, rename_at);
}

#ifdef SYS_renameat2

static int rename2_at(const struct coaio__args *args, const struct coaio__place *from,
                      const struct coaio__place *to)
{
    return (int)syscall(SYS_renameat2, from->fd, from->name, to->fd, to->name, args->flags);
}

int64_t coaio__run_rename2(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return at_paths(args, rename2_at);
}

#else

int64_t coaio__run_rename2(struct coaio__args *args, struct coaio__context *context)
{
    return args->flags ? -ENOSYS : coaio__run_rename(args, context);
}

#endif
