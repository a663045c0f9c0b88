/*
 * File types tell who may wait: a regular file, a directory and a block device answer in the time of a disk.
 */
#include "exec/lane.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/resolve.h"

/* The type of a file, which never changes. A file system whose server is gone is not asked for it, as fstat(2) would:
   that could hang, and this is the owner's thread. */
static int type_of(int fd, mode_t *type)
{
    struct stat st;
#ifdef STATX_TYPE
    struct statx stx;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &stx) == 0) {
        *type = stx.stx_mode;
        return 0;
    }
    if (errno == EBADF)
        return -EBADF;
#endif
    if (fstat(fd, &st) < 0) /* a sandbox may refuse statx(2) */
        return -errno;
    *type = st.st_mode;
    return 0;
}

/* A bad descriptor does not wait. */
static bool fd_may_wait(int fd)
{
    mode_t type;
    if (type_of(fd, &type) < 0)
        return false;
    return !S_ISREG(type) && !S_ISDIR(type) && !S_ISBLK(type);
}

bool coaio__req_may_wait(const struct coaio_req *req)
{
    if (req->flags & COAIO_SLOW || req->op->lane == COAIO__LANE_SLOW)
        return true;
    if (req->op->lane != COAIO__LANE_BY_FD || req->flags & COAIO_REGULAR)
        return false;
    if (fd_may_wait(req->args.fd))
        return true;
    return req->op->info.args[1] == COAIO_ARG_FD2 && fd_may_wait(req->args.fd2);
}

bool coaio__open_may_wait(const struct coaio__args *args)
{
    struct coaio__place place;
    struct stat         st;
    if (coaio__place_find(&place, args->wd, args->path, COAIO__REACH_TARGET) < 0)
        return false; /* let open(2) say what is wrong */
    int rc = fstatat(place.fd, place.name, &st, 0);
    coaio__place_leave(&place);
    if (rc < 0)
        return false;
    return !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}
