/*
 * Looking before opening. See look_first.h.
 */
#include "ops/look_first.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ops/resolve.h"

enum { ATTEMPTS_MAX = 100, LINK_SIZE = 32 };

static int allow(const struct stat *st, unsigned kinds)
{
    if (S_ISREG(st->st_mode))
        return kinds & COAIO__KIND_REGULAR ? 0 : -EINVAL;
    if (S_ISDIR(st->st_mode))
        return kinds & COAIO__KIND_DIRECTORY ? 0 : -EISDIR;
    return S_ISBLK(st->st_mode) && kinds & COAIO__KIND_BLOCK_DEVICE ? 0 : -EINVAL;
}

/* -ESTALE: somebody has changed the name since `seen`. */
static int open_by_name(const coaio_wd *wd, const char *path, int flags, const struct stat *seen)
{
    struct stat st;
    int fd = coaio__open_now(wd, path, flags, 0);

    if (fd < 0 || (fstat(fd, &st) == 0 && coaio__same_file(&st, seen)))
        return fd;
    close(fd);
    return -ESTALE;
}

#ifdef O_PATH

static void name_link(char link[LINK_SIZE], int fd)
{
    snprintf(link, LINK_SIZE, "/proc/self/fd/%d", fd);
}

/* A descriptor to look with, or -errno. */
static int look(const coaio_wd *wd, const char *path, int flags, struct stat *st)
{
    int fd = coaio__open_in(wd, path, O_PATH | flags, 0), error;

    if (fd < 0 || fstat(fd, st) == 0)
        return fd;
    error = errno;
    close(fd);
    return -error;
}

/* -ENOENT: there is no /proc. A device that is not ready is not waited for. */
static int open_seen(int seen, int flags, const struct stat *st)
{
    char link[LINK_SIZE];
    int now = S_ISBLK(st->st_mode) ? O_NONBLOCK : 0;

    name_link(link, seen);
    return coaio__open_in(NULL, link, (flags & ~O_NOFOLLOW) | now | O_NOCTTY, 0);
}

/* Nothing else is opened by this, and a directory that is mounted when it is asked for is so only
   by its name. */
static int open_directory(const coaio_wd *wd, const char *path, int flags)
{
    int fd = coaio__open_in(wd, path, flags | O_DIRECTORY, 0);

    return fd == -ENOTDIR ? -ESTALE : fd;
}

static int look_and_open(const coaio_wd *wd, const char *path, int flags, unsigned kinds,
                         struct stat *st)
{
    int seen = look(wd, path, flags & O_NOFOLLOW, st), fd;

    if (seen < 0)
        return seen;
    fd = allow(st, kinds);
    if (fd == 0)
        fd = S_ISDIR(st->st_mode) ? open_directory(wd, path, flags) : open_seen(seen, flags, st);
    if (fd == -ENOENT)
        fd = open_by_name(wd, path, flags, st);
    close(seen);
    return fd;
}

#else

static int look_and_open(const coaio_wd *wd, const char *path, int flags, unsigned kinds,
                         struct stat *st)
{
    int how = flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0, rc;

    if (fstatat(coaio__dirfd(wd), path, st, how) < 0)
        return -errno;
    rc = allow(st, kinds);
    return rc < 0 ? rc : open_by_name(wd, path, flags, st);
}

#endif

int coaio__open_known(const coaio_wd *wd, const char *path, int flags, unsigned kinds,
                      struct stat *st)
{
    int fd = -ESTALE;

    for (int i = 0; fd == -ESTALE && i < ATTEMPTS_MAX; i++)
        fd = look_and_open(wd, path, flags, kinds, st);
    return fd;
}

static int truncate_opened(const coaio_wd *wd, const char *path, off_t length)
{
    struct stat st;
    int fd = coaio__open_known(wd, path, O_WRONLY, COAIO__KIND_REGULAR, &st), rc;

    if (fd < 0)
        return fd;
    rc = ftruncate(fd, length) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

#ifdef O_PATH

/* There is no truncateat(2). To open the file and close it again would take the locks of this
   process from it. */
int coaio__truncate_in(const coaio_wd *wd, const char *path, off_t length)
{
    struct stat st;
    char link[LINK_SIZE];
    int seen = look(wd, path, 0, &st), rc;

    if (seen < 0)
        return seen;
    name_link(link, seen);
    rc = truncate(link, length) < 0 ? -errno : 0;
    close(seen);
    return rc == -ENOENT ? truncate_opened(wd, path, length) : rc;
}

#else

int coaio__truncate_in(const coaio_wd *wd, const char *path, off_t length)
{
    return truncate_opened(wd, path, length);
}

#endif
