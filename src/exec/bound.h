/*
 * Which requests may wait without bound: those on FIFOs, devices and sockets.
 */
#ifndef COAIO_EXEC_BOUND_H
#define COAIO_EXEC_BOUND_H

#include "exec/request.h"

/* The bound of the time that a request takes. */
enum coaio__bound {
    COAIO__BOUND_DISK,
    COAIO__BOUND_SERVER, /* of a remote file system, or of a program's: it may be gone */
    COAIO__BOUND_NONE    /* it may wait for somebody else */
};

/* As far as its descriptors tell. Does not block. Without `mounts` what a server bounds counts as
   bound by a disk. */
enum coaio__bound coaio__bound_of(const struct coaio_req *req, struct coaio__mounts *mounts);

/* Whether opening this path may wait for somebody else. Blocks as stat(2) does. */
bool coaio__open_may_wait(const struct coaio__args *args);

#endif
