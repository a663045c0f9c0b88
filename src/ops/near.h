/*
 * Paths that can be followed without waiting for anybody.
 *
 * The kernel's cache of names answers at once or not at all (RESOLVE_CACHED). But behind a name may
 * be a server that does not answer, or a program that serves a file system and waits for us; these
 * are found on mounts of their own. So a path counts as near when it begins on a mount of a file
 * system that lives on this machine's memory or disks, and does not lead out of that mount
 * (RESOLVE_NO_XDEV).
 */
#ifndef COAIO_OPS_NEAR_H
#define COAIO_OPS_NEAR_H

#include "base/policy.h"
#include "ops/ops.h"

struct statx;

/* The mounts that an engine knows. Zeroed: none. */
struct coaio__mounts {
    struct {
        uint64_t id, dev;
        bool local;
    } mount[COAIO__MOUNTS_KNOWN];
    uint32_t count; /* of those ever looked up; the oldest is overwritten */
    uint8_t root,
        cwd; /* whether / and the working directory are local; 0: not known in this turn */
};

/*
 * statx(2) of `path` below `fd`, or of `fd` itself where it is "", without asking a server, which
 * could hang. What it says of a remote file may be out of date. 0 or -errno.
 */
int coaio__statx_unsynced(int fd, const char *path, unsigned mask, struct statx *stx);

/* A new turn: the process may have other directories now. */
void coaio__mounts_look_again(struct coaio__mounts *mounts);

/* Open from the cache of names. -errno; -EAGAIN: it cannot tell. */
int coaio__open_cached(int dirfd, const char *path, int flags, uint64_t resolve);

/* The same, if the path is near. -EAGAIN: it cannot tell; other errors are open(2)'s. */
int coaio__open_near(struct coaio__mounts *mounts, const coaio_wd *wd, const char *path, int flags);

/* Whether the mount of `fd` is local, of which statx(2) was asked for COAIO__STATX_MOUNT. */
bool coaio__mount_is_local(struct coaio__mounts *mounts, int fd, const struct statx *stx);

#define COAIO__STATX_MOUNT 0x5000 /* STATX_MNT_ID_UNIQUE, or else STATX_MNT_ID, Linux 5.8 */

#endif
