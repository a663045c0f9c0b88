/*
 * Requests that pass something to the kernel as it is, and those about memory.
 */
#ifndef COAIO_OPS_CONTROL_H
#define COAIO_OPS_CONTROL_H

#include "ops/ops.h"

/* run_control.c */
coaio__run coaio__run_fcntl, coaio__run_ioctl, coaio__run_fiemap, coaio__run_flock;

coaio__waits coaio__fcntl_waits, coaio__flock_waits;

/* run_memory.c */
coaio__run coaio__run_msync, coaio__run_mtouch, coaio__run_mlock, coaio__run_mlockall;

#endif
