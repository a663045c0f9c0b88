/*
 * Working directories: descriptors that paths are resolved against, shared by their owner and the requests using them.
 */
#ifndef COAIO_OPS_WD_H
#define COAIO_OPS_WD_H

#include "ops/ops.h"

coaio__run coaio__run_wd;

/* Drop a reference, from any thread; the last one closes it. NULL is none. */
void coaio__wd_unref(struct coaio__mem *mem, coaio_wd *wd);

#endif
