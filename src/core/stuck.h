/*
 * What hangs: requests that have been executing for longer than COAIO_STUCK_AFTER, wherever they
 * are.
 */
#ifndef COAIO_CORE_STUCK_H
#define COAIO_CORE_STUCK_H

#include "core/core.h"

int64_t coaio__nstuck(const coaio_engine *engine);

#endif
