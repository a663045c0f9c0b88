/*
 * What io_uring runs: one function per request that the kernel has an opcode for. It fills the
 * entry so that it means exactly what the run_ function of the same name does. Without COAIO_URING
 * there are none, and the rows say so.
 */
#ifndef COAIO_OPS_PREP_H
#define COAIO_OPS_PREP_H

#include "ops/ops.h"

/* run_file.c, run_stat.c, run_read.c: what the ring returned, turned into what the worker would
   have. */
coaio__after coaio__after_close, coaio__after_stat, coaio__after_ring_read;

#ifdef COAIO_URING

#include <liburing.h>

#define COAIO__RING(function, number) .prep = (function), .opcode = (number)
#define COAIO__RING_REFUSES(function) .ring_refuses = (function)
#define COAIO__RING_AFTER(function) .after = (function)

coaio__refuses coaio__ring_refuses_read, coaio__ring_refuses_write, coaio__ring_refuses_range,
    coaio__ring_refuses_link;

coaio__prep coaio__prep_close, coaio__prep_read, coaio__prep_write, coaio__prep_allocate,
    coaio__prep_fsync, coaio__prep_fdatasync, coaio__prep_sync_file_range, coaio__prep_stat,
    coaio__prep_lstat, coaio__prep_unlink, coaio__prep_rmdir, coaio__prep_mkdir, coaio__prep_link,
    coaio__prep_symlink, coaio__prep_rename, coaio__prep_rename2;

#else

#define COAIO__RING(function, number) .prep = NULL, .opcode = 0
#define COAIO__RING_REFUSES(function) .ring_refuses = NULL
#define COAIO__RING_AFTER(function) .after = NULL

#endif

#endif
