/*
 * Resolution of paths. See resolve.h.
 *
 * A path that leaves its directory is refused by the kernel with EXDEV, at whatever component it
 * does so. ".." within the bounds is fine; the kernel answers EAGAIN when a rename raced with it,
 * and is then asked again.
 */
#include "ops/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifdef SYS_openat2

#include <linux/openat2.h>

enum { ATTEMPTS_MAX = 100 };

/* openat2(2) refuses the nonsense that openat(2) ignores, such as a mode for a file that is not
   made. */
static int open_beneath(int dirfd, const char *path, int flags, uint32_t mode)
{
    bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    struct open_how how = {
        .flags = coaio__openat2_flags(flags),
        .mode = makes ? mode & 07777 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd = -1;

    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return fd < 0 ? -errno : (int)fd;
}

#else

static int open_beneath(int dirfd, const char *path, int flags, uint32_t mode)
{
    (void)dirfd, (void)path, (void)flags, (void)mode;
    return -ENOSYS;
}

#endif

#ifndef O_PATH
#define O_PATH O_RDONLY /* nothing is confined where it is missing */
#endif

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0
#endif

int coaio__can_confine(int fd)
{
    int probe = open_beneath(fd, ".", O_PATH | O_DIRECTORY, 0);

    if (probe < 0)
        return probe;
    close(probe);
    return 0;
}

int coaio__open_in(const coaio_wd *wd, const char *path, int flags, uint32_t mode)
{
    int fd;

    if (coaio__confined(wd))
        return open_beneath(wd->fd, path, flags, mode);
    fd = openat(coaio__dirfd(wd), path, flags | O_CLOEXEC, (mode_t)mode);
    return fd < 0 ? -errno : fd;
}

static bool is_regular(const coaio_wd *wd, const char *path)
{
    struct stat st = {0};
#ifdef O_PATH
    int fd = coaio__open_in(wd, path, O_PATH, 0);

    if (fd < 0)
        return false;
    (void)fstat(fd, &st);
    close(fd);
#else
    (void)wd, (void)path;
#endif
    return S_ISREG(st.st_mode);
}

int coaio__open_now(const coaio_wd *wd, const char *path, int flags, uint32_t mode)
{
    int fd = coaio__open_in(wd, path, flags | O_NONBLOCK | O_NOCTTY, mode);
    return fd == -EAGAIN && is_regular(wd, path) ? coaio__open_in(wd, path, flags | O_NOCTTY, mode)
                                                 : fd;
}

/* The last component, with the slashes that end the path. */
static const char *last_component(const char *path)
{
    const char *end = path + strlen(path);

    while (end > path && end[-1] == '/')
        end--;
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

/* The directory of the last component; "/" alone has none. */
static int open_parent(const coaio_wd *wd, const char *path, size_t length)
{
    char parent[PATH_MAX];

    if (!*path)
        return -ENOENT;
    if (length >= sizeof parent)
        return -ENAMETOOLONG;
    memcpy(parent, path, length);
    parent[length] = '\0';
    return coaio__open_in(wd, length ? parent : ".", O_PATH | O_DIRECTORY, 0);
}

int coaio__place_hold(struct coaio__place *place, const coaio_wd *wd, const char *path)
{
    *place = (struct coaio__place){
        .fd = AT_FDCWD, .name = last_component(path), .flags = 0, .opened = -1};
    if (*place->name == '/')
        return coaio__confined(wd) ? -EXDEV : 0;
    place->fd = place->opened = open_parent(wd, path, (size_t)(place->name - path));
    return place->opened < 0 ? place->opened : 0;
}

static int find_whole(struct coaio__place *place, const coaio_wd *wd, const char *path, int flags)
{
    int fd = open_beneath(wd->fd, path, O_PATH | flags, 0);

    *place = (struct coaio__place){.fd = fd, .name = "", .flags = AT_EMPTY_PATH, .opened = fd};
    return fd < 0 ? fd : 0;
}

int coaio__place_find(struct coaio__place *place, const coaio_wd *wd, const char *path,
                      enum coaio__reach reach)
{
    *place = (struct coaio__place){.fd = coaio__dirfd(wd), .name = path, .flags = 0, .opened = -1};
    if (!coaio__confined(wd))
        return 0;
    if (reach == COAIO__REACH_NAME)
        return coaio__place_hold(place, wd, path);
    return find_whole(place, wd, path, reach == COAIO__REACH_ITSELF ? O_NOFOLLOW : 0);
}

void coaio__place_leave(struct coaio__place *place)
{
    if (place->opened >= 0)
        close(place->opened);
}
