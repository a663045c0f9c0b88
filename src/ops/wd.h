/*
 * Working directories: descriptors that paths are resolved against, shared by their owner and the
 * requests using them.
 */
#ifndef COAIO_OPS_WD_H
#define COAIO_OPS_WD_H

#include "ops/ops.h"

struct coaio_wd {
    int fd; /* O_PATH */
    _Atomic uint32_t refs;
    bool beneath; /* paths must not lead out of it: see resolve.h */
};

/* Returns a wd with one reference, which owns `fd`; NULL if there is no memory. */
coaio_wd *coaio__wd_new(struct coaio__mem *mem, int fd, bool beneath);

/* Takes one more reference. NULL is no wd. */
void coaio__wd_ref(coaio_wd *wd);

/* Drops a reference, on any thread; the last one closes the descriptor. NULL is no wd. */
void coaio__wd_unref(struct coaio__mem *mem, coaio_wd *wd);

/* Returns the directory descriptor that a path is resolved against; without a wd that is
   AT_FDCWD. */
int coaio__dirfd(const coaio_wd *wd);

#endif
