/*
 * What can complete inside submit, because it does not block: the value, or -EAGAIN when it would
 * have. In doubt the answer is -EAGAIN; a worker's system call defines the result then.
 */
#ifndef COAIO_OPS_TRY_H
#define COAIO_OPS_TRY_H

#include "ops/ops.h"

/* run_nop.c, run_file.c, try_read.c, try_open.c, try_stat.c */
coaio__try coaio__try_nop, coaio__try_read, coaio__try_seek, coaio__try_open, coaio__try_close,
    coaio__try_stat, coaio__try_lstat;

#endif
