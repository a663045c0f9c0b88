/*
 * The parts of an engine: executors, watch and the way back, set up and torn down as one.
 */
#ifndef COAIO_CORE_PARTS_H
#define COAIO_CORE_PARTS_H

#include "core/core.h"

/* 0 or -errno: the parts are NULL then. */
int coaio__parts_set_up(coaio_engine *engine);

/* Free them. Executors hold nothing any more, but for what has been abandoned. */
void coaio__parts_tear_down(coaio_engine *engine);

/* Forget the pointers to parts that were freed. */
void coaio__parts_clear(coaio_engine *engine);

#endif
