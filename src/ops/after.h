/*
 * What the ring returned, turned into what the worker would have: on the owner's thread, without blocking.
 * -EAGAIN: only a worker can tell, repeat it there.
 */
#ifndef COAIO_OPS_AFTER_H
#define COAIO_OPS_AFTER_H

#include "ops/ops.h"

coaio__after coaio__after_close, coaio__after_stat;

/* run_read.c: a worker's read ends with the first one. */
coaio__after coaio__after_read, coaio__after_ring_read;

#endif
