/*
 * Look first, open after.
 *
 * Merely to open a FIFO wakes who waits for its other end, and to open a device may do anything. So
 * what a request is going to refuse it never opens: it looks at it by a descriptor with which
 * nothing else can be done (O_PATH), and then opens what it has looked at, whatever has taken the
 * name meanwhile. The way from that descriptor to the file is a link of /proc; where there is no
 * /proc it is the name again, and what was opened is compared with what was seen.
 */
#ifndef COAIO_OPS_LOOK_FIRST_H
#define COAIO_OPS_LOOK_FIRST_H

#include <sys/stat.h>

#include "ops/ops.h"

enum coaio__kinds {
    COAIO__KIND_REGULAR = 1,
    COAIO__KIND_DIRECTORY = 2,
    COAIO__KIND_BLOCK_DEVICE = 4
};

static inline bool coaio__same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * openat(2), close-on-exec, within the wd's bounds, of what is there and of one of `kinds`: a
 * descriptor or -errno. Refused, and not opened: -EISDIR of a directory, -EINVAL of anything else.
 * `st` says what was opened.
 */
int coaio__open_known(const coaio_wd *wd, const char *path, int flags, unsigned kinds,
                      struct stat *st);

/* truncate(2) within the wd's bounds. Nothing is opened for writing where there is a /proc. 0 or
 * -errno. */
int coaio__truncate_in(const coaio_wd *wd, const char *path, off_t length);

#endif
