/*
 * Limits and gauges.
 */
#ifndef COAIO_CORE_LIMITS_H
#define COAIO_CORE_LIMITS_H

#include "core/core.h"

void coaio__limits_default(coaio_engine *engine);

/* Have the executors keep to them. */
void coaio__limits_apply(coaio_engine *engine);

#endif
