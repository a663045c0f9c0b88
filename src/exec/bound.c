/*
 * File types tell who may wait: a regular file, a directory and a block device answer in the time
 * of a disk.
 */
#include "exec/bound.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/near.h"
#include "ops/resolve.h"

static enum coaio__bound bound_of_type(mode_t type, bool local)
{
    if (S_ISBLK(type))
        return COAIO__BOUND_DISK;
    if (!S_ISREG(type) && !S_ISDIR(type))
        return COAIO__BOUND_NONE;
    return local ? COAIO__BOUND_DISK : COAIO__BOUND_SERVER;
}

/* A file system whose server is gone is not asked, as fstat(2) would: that could hang, and this is
   the owner's thread. A bad descriptor does not wait. */
static enum coaio__bound bound_of_fd(int fd, struct coaio__mounts *mounts)
{
    struct stat st;
#ifdef STATX_TYPE
    struct statx stx;
    int rc = coaio__statx_unsynced(fd, "", STATX_TYPE | (mounts ? COAIO__STATX_MOUNT : 0), &stx);
    if (rc == 0)
        return bound_of_type(stx.stx_mode, !mounts || coaio__mount_is_local(mounts, fd, &stx));
    if (rc == -EBADF)
        return COAIO__BOUND_DISK;
#endif
    if (fstat(fd, &st) < 0) /* a sandbox may refuse statx(2) */
        return COAIO__BOUND_DISK;
    return bound_of_type(st.st_mode, !mounts);
}

enum coaio__bound coaio__bound_of(const struct coaio_req *req, struct coaio__mounts *mounts)
{
    enum coaio__bound bound, other = COAIO__BOUND_DISK;
    if (req->flags & COAIO_SLOW || req->op->lane == COAIO__LANE_SLOW)
        return COAIO__BOUND_NONE;
    if (req->op->lane == COAIO__LANE_BY_COMMAND)
        return req->op->waits(&req->args) ? COAIO__BOUND_NONE : COAIO__BOUND_DISK;
    if (req->op->lane != COAIO__LANE_BY_FD || (req->flags & COAIO_REGULAR && !mounts))
        return COAIO__BOUND_DISK;
    bound = bound_of_fd(req->args.fd, mounts);
    if (req->op->info.args[1] == COAIO_ARG_FD2)
        other = bound_of_fd(req->args.fd2, mounts);
    bound = bound > other ? bound : other;
    return bound == COAIO__BOUND_NONE && req->flags & COAIO_REGULAR ? COAIO__BOUND_DISK
                                                                    : bound; /* its caller knows */
}

bool coaio__open_may_wait(const struct coaio__args *args)
{
    struct coaio__place place;
    struct stat st;
    if (coaio__place_find(&place, args->wd, args->path, COAIO__REACH_TARGET) < 0)
        return false; /* let open(2) say what is wrong */
    int rc = fstatat(place.fd, place.name, &st, place.flags);
    coaio__place_leave(&place);
    if (rc < 0)
        return false;
    return !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}
