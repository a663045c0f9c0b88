/*
 * Near paths. See near.h.
 *
 * /proc/self/mountinfo says what kind of file system a mount has. It is read when a mount is new,
 * and no server can hold that up. Mounts are told apart by the number that the kernel never gives
 * to another; before Linux 6.8 there is only one that the next mount may get, with the same device,
 * when this one is gone.
 */
#include "ops/near.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/resolve.h"

#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#ifdef STATX_TYPE
int coaio__statx_unsynced(int fd, const char *path, unsigned mask, struct statx *stx)
{
    int how = AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
    return statx(fd, path, how, mask, stx) < 0 ? -errno : 0;
}
#endif

#if defined(RESOLVE_CACHED) && defined(STATX_TYPE)

enum verdict { UNKNOWN, LOCAL, FAR };

enum { NEVER_REUSED = 0x4000 /* STATX_MNT_ID_UNIQUE */ };

void coaio__mounts_look_again(struct coaio__mounts *mounts)
{
    mounts->root = mounts->cwd = UNKNOWN;
}

/* Other types are left out: devices, /proc and the like must not be opened for a look, and the rest
   may be remote. */
static bool is_local_type(const char *type)
{
    static const char *const types[] = {"ext2",    "ext3",     "ext4",  "xfs",   "btrfs",    "f2fs",
                                        "tmpfs",   "bcachefs", "zfs",   "ramfs", "squashfs", "vfat",
                                        "overlay", "erofs",    "exfat", "ntfs3"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* Lines of mountinfo: "36 35 98:0 /root /point options tags - type source options". Longer ones
   come in pieces. */
static bool is_listed_as_local(FILE *mountinfo, uint64_t id)
{
    char line[4096], type[32];
    unsigned long long number;
    bool found = false, local = false, begins = true;

    while (!local && fgets(line, sizeof line, mountinfo)) {
        const char *dash = strstr(line, " - ");
        if (begins)
            found = sscanf(line, "%llu", &number) == 1 && number == id;
        if (found && dash)
            local = sscanf(dash, " - %31s", type) == 1 && is_local_type(type);
        begins = strchr(line, '\n') != NULL;
    }
    return local;
}

/* Looks for the mount of `fd` and `path` in mountinfo, by its number. UNKNOWN: the list cannot be
   read now. */
static enum verdict look_up(int fd, const char *path)
{
    struct statx stx;
    FILE *mountinfo;
    bool local;

    if (coaio__statx_unsynced(fd, path, COAIO__STATX_MOUNT & ~NEVER_REUSED, &stx) < 0)
        return FAR;
    mountinfo = fopen("/proc/self/mountinfo", "re");
    if (!mountinfo)
        return errno == ENOENT ? FAR : UNKNOWN;
    local = is_listed_as_local(mountinfo, stx.stx_mnt_id);
    fclose(mountinfo);
    return local ? LOCAL : FAR;
}

static enum verdict look(struct coaio__mounts *mounts, int fd, const char *path,
                         const struct statx *stx)
{
    uint64_t id = stx->stx_mnt_id, dev = (uint64_t)stx->stx_dev_major << 32 | stx->stx_dev_minor;
    uint32_t i, n = mounts->count < COAIO__MOUNTS_KNOWN ? mounts->count : COAIO__MOUNTS_KNOWN;
    enum verdict verdict;

    if (!(stx->stx_mask & COAIO__STATX_MOUNT))
        return FAR;
    for (i = 0; i < n; i++)
        if (mounts->mount[i].id == id && mounts->mount[i].dev == dev)
            return mounts->mount[i].local ? LOCAL : FAR;
    verdict = look_up(fd, path);
    if (verdict == UNKNOWN)
        return FAR;
    i = mounts->count++ % COAIO__MOUNTS_KNOWN;
    mounts->mount[i].id = id;
    mounts->mount[i].dev = dev;
    mounts->mount[i].local = verdict == LOCAL;
    return verdict;
}

bool coaio__mount_is_local(struct coaio__mounts *mounts, int fd, const struct statx *stx)
{
    return look(mounts, fd, "", stx) == LOCAL;
}

static enum verdict look_at(struct coaio__mounts *mounts, int fd, const char *path)
{
    struct statx stx;

    return coaio__statx_unsynced(fd, path, COAIO__STATX_MOUNT, &stx) < 0
               ? FAR
               : look(mounts, fd, path, &stx);
}

/* Where the path begins; a wd is looked at each time, / and the working directory once a turn. */
static bool begins_near(struct coaio__mounts *mounts, const coaio_wd *wd, const char *path)
{
    if (path[0] == '/') {
        if (mounts->root == UNKNOWN)
            mounts->root = (uint8_t)look_at(mounts, AT_FDCWD, "/");
        return mounts->root == LOCAL;
    }
    if (wd)
        return look_at(mounts, wd->fd, "") == LOCAL;
    if (mounts->cwd == UNKNOWN)
        mounts->cwd = (uint8_t)look_at(mounts, AT_FDCWD, "");
    return mounts->cwd == LOCAL;
}

int coaio__open_cached(int dirfd, const char *path, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = coaio__openat2_flags(flags),
                           .resolve = RESOLVE_CACHED | resolve};
    long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
}

/* EACCES and the like may be a sandbox's word on openat2(2), not one on the path. */
int coaio__open_near(struct coaio__mounts *mounts, const coaio_wd *wd, const char *path, int flags)
{
    int fd;

    if (coaio__confined(wd) || !begins_near(mounts, wd, path))
        return -EAGAIN;
    fd = coaio__open_cached(coaio__dirfd(wd), path, flags, RESOLVE_NO_XDEV);
    switch (-fd) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return fd;
    default: return fd < 0 ? -EAGAIN : fd;
    }
}

#else

void coaio__mounts_look_again(struct coaio__mounts *mounts)
{
    (void)mounts;
}

int coaio__open_cached(int dirfd, const char *path, int flags, uint64_t resolve)
{
    (void)dirfd, (void)path, (void)flags, (void)resolve;
    return -EAGAIN;
}

int coaio__open_near(struct coaio__mounts *mounts, const coaio_wd *wd, const char *path, int flags)
{
    (void)mounts, (void)wd, (void)path, (void)flags;
    return -EAGAIN;
}

/* Nothing is known of mounts, and nothing but the choice of an executor depends on it. */
bool coaio__mount_is_local(struct coaio__mounts *mounts, int fd, const struct statx *stx)
{
    (void)mounts, (void)fd, (void)stx;
    return true;
}

#endif
