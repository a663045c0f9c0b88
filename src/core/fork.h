/*
 * What becomes of engines in a forked child.
 */
#ifndef COAIO_CORE_FORK_H
#define COAIO_CORE_FORK_H

#include "core/core.h"

/* From here on, and until then, fork(2) finds the engine, and holds it still. */
void coaio__register(coaio_engine *engine);
void coaio__unregister(coaio_engine *engine);

/* In the child: the executors and requests are the parent's. */
void coaio__forget(coaio_engine *engine);

#endif
