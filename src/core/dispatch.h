/*
 * The middle of a request's way: from the ready queue to an executor, and back.
 */
#ifndef COAIO_CORE_DISPATCH_H
#define COAIO_CORE_DISPATCH_H

#include "core/core.h"

/* Everything that came back, or expired, is done. */
void coaio__collect(coaio_engine *engine);

/* Before that what is ready goes to its executor; again while nready. False: a feeder forked, and
   this is the child. */
bool coaio__turn(coaio_engine *engine);

#endif
