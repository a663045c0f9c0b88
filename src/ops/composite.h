/*
 * What the composite requests share: those that are several system calls behind one name.
 *
 * They run on one worker, look between the steps whether they were cancelled, and clean up before
 * they give in. One that fails leaves the path that failed in the result's memory, for
 * coaio_error_path (coaio__failed).
 */
#ifndef COAIO_OPS_COMPOSITE_H
#define COAIO_OPS_COMPOSITE_H

#include "ops/ops.h"

/* run_dir.c: the directory `fd`, which has not been read yet, as a coaio_listing in
   context->result. */
int64_t coaio__list_directory(int fd, struct coaio__context *context, uint32_t flags);

/* run_dir.c: in the order that listing->flags (COAIO_READDIR_DIRS_FIRST, COAIO_READDIR_STAT_ORDER)
   asks for. */
void coaio__sort_listing(coaio_listing *listing);

/* run_slurp.c, run_sync.c, run_copy.c, run_move.c, run_scandir.c, run_rmtree.c */
coaio__run coaio__run_slurp, coaio__run_load, coaio__run_pathsync, coaio__run_copy, coaio__run_move,
    coaio__run_scandir, coaio__run_rmtree;

#endif
