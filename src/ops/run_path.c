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
#endif

/* Rounds down, also before 1970, so that the nanoseconds are not negative. */
static struct timespec timespec_of(int64_t ns)
{
    struct timespec time = {.tv_sec = 0, .tv_nsec = UTIME_NOW};

    if (ns == COAIO_TIME_NOW)
        return time;
    time.tv_nsec = UTIME_OMIT;
    if (ns == COAIO_TIME_OMIT)
        return time;
    time.tv_sec = (time_t)(ns / 1000000000);
    time.tv_nsec = (long)(ns % 1000000000);
    if (time.tv_nsec < 0) {
        time.tv_nsec += 1000000000;
        time.tv_sec--;
    }
    return time;
}

int64_t coaio__run_utime(struct coaio__args *args, struct coaio__context *context)
{
    struct timespec times[2];

    (void)context;
    times[0] = timespec_of(args->atime_ns);
    times[1] = timespec_of(args->mtime_ns);
    if (!args->path)
        return coaio__value(futimens(args->fd, times));
    return coaio__value(utimensat(coaio__dirfd(args->wd), args->path, times, 0));
}

int64_t coaio__run_chown(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    if (!args->path)
        return coaio__value(fchown(args->fd, args->uid, args->gid));
    return coaio__value(fchownat(coaio__dirfd(args->wd), args->path, args->uid, args->gid, 0));
}

int64_t coaio__run_chmod(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    if (!args->path)
        return coaio__value(fchmod(args->fd, (mode_t)args->mode));
    return coaio__value(fchmodat(coaio__dirfd(args->wd), args->path, (mode_t)args->mode, 0));
}

int64_t coaio__run_unlink(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(unlinkat(coaio__dirfd(args->wd), args->path, 0));
}

int64_t coaio__run_rmdir(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(unlinkat(coaio__dirfd(args->wd), args->path, AT_REMOVEDIR));
}

int64_t coaio__run_mkdir(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(mkdirat(coaio__dirfd(args->wd), args->path, (mode_t)args->mode));
}

int64_t coaio__run_mknod(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(mknodat(coaio__dirfd(args->wd), args->path, (mode_t)args->mode, (dev_t)args->dev));
}

int64_t coaio__run_link(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(linkat(coaio__dirfd(args->wd), args->path, coaio__dirfd(args->wd2), args->path2, 0));
}

int64_t coaio__run_symlink(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(symlinkat(args->text, coaio__dirfd(args->wd), args->path));
}

int64_t coaio__run_rename(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(renameat(coaio__dirfd(args->wd), args->path, coaio__dirfd(args->wd2), args->path2));
}

int64_t coaio__run_rename2(struct coaio__args *args, struct coaio__context *context)
{
#ifdef SYS_renameat2
    int from = coaio__dirfd(args->wd), to = coaio__dirfd(args->wd2);

    (void)context;
    return coaio__value(syscall(SYS_renameat2, from, args->path, to, args->path2, args->flags));
#else
    return args->flags ? -ENOSYS : coaio__run_rename(args, context);
#endif
}
