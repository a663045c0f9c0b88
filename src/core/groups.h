/*
 * Groups: requests that wait for other requests.
 */
#ifndef COAIO_CORE_GROUPS_H
#define COAIO_CORE_GROUPS_H

#include "core/core.h"

/* Feed or finish the empty ones. */
void coaio__groups_advance(coaio_engine *engine);

/* When the engine goes: free all groups that are not finished. */
void coaio__groups_drop(coaio_engine *engine);

#endif
