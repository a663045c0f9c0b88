/*
 * From a path argument to what a system call takes.
 *
 * Usually that is the pair (descriptor of the working directory, path), and costs nothing. Below a
 * working directory made with COAIO_WD_BENEATH the kernel must resolve every component under
 * RESOLVE_BENEATH, which only openat2(2) can: there the path is opened first, as far as the request
 * goes, and the call acts on what was opened.
 *
 * A path that is resolved twice may mean two files. So who looks and then acts holds the place: the
 * directory of the name is opened once, and both steps are relative to it.
 */
#ifndef COAIO_OPS_RESOLVE_H
#define COAIO_OPS_RESOLVE_H

#include <fcntl.h>

#include "ops/wd.h"

#ifndef O_LARGEFILE /* Linux has it */
#define O_LARGEFILE 0
#endif

/* How far a path is followed. */
enum coaio__reach {
    COAIO__REACH_NAME, /* to its last component, which the call itself looks up, never following it
                        */
    COAIO__REACH_TARGET, /* all the way: the call follows a symbolic link */
    COAIO__REACH_ITSELF  /* all the way, but a symbolic link at the end is itself meant */
};

/* A directory and a name in it, to be handed to a call. */
struct coaio__place {
    int fd;
    const char *name;
    int flags;  /* AT_EMPTY_PATH: the name is "", and what `fd` (O_PATH) refers to is meant; else 0
                 */
    int opened; /* a descriptor of ours, or -1 */
};

static inline bool coaio__confined(const coaio_wd *wd)
{
    return wd && wd->beneath;
}

/* 0 or -errno. `place` points into `path`. */
int coaio__place_find(struct coaio__place *place, const coaio_wd *wd, const char *path,
                      enum coaio__reach reach);

/*
 * The directory of the last component, opened, and the component, with the slashes behind it:
 * always, not only where the path is confined. Of "/" there is none: that is its own name. 0 or
 * -errno. `place` points into `path`.
 */
int coaio__place_hold(struct coaio__place *place, const coaio_wd *wd, const char *path);

/* End of a place that was found or held. */
void coaio__place_leave(struct coaio__place *place);

/* openat(2), close-on-exec, within the wd's bounds: a descriptor or -errno. */
int coaio__open_in(const coaio_wd *wd, const char *path, int flags, uint32_t mode);

/* The same, not waiting for a FIFO's other end or for a device. For a lease on a file it waits, as
   any open does. */
int coaio__open_now(const coaio_wd *wd, const char *path, int flags, uint32_t mode);

/* The flags for openat2(2), which is called by number: with those that the C library would add for
   openat(2). Where the kernel has 32 bits a file that is larger than 2 GB is opened with
   O_LARGEFILE only, which O_PATH is refused with. */
static inline uint64_t coaio__openat2_flags(int flags)
{
    return (unsigned)flags | O_CLOEXEC | ((flags & O_PATH) ? 0 : O_LARGEFILE);
}

/* Whether this system can confine paths below the directory `fd`: 0 or -errno. */
int coaio__can_confine(int fd);

#endif
