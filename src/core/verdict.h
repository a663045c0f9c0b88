/*
 * Verdicts: a request that is cancelled or timed out, and what else may take it back from its
 * executor.
 */
#ifndef COAIO_CORE_VERDICT_H
#define COAIO_CORE_VERDICT_H

#include "core/core.h"

/* Give the request a verdict, -ECANCELED or -ETIMEDOUT. No effect on one that was delivered, or has
   a verdict. */
void coaio__abandon(coaio_engine *engine, struct coaio_req *req, int verdict);

/* Cancel the members of a group, which goes on without its feeder. They stay members until they
   were delivered. */
void coaio__cancel_members(coaio_engine *engine, struct coaio_req *group);

/* Give the request another priority, unless it executes already. */
void coaio__reprioritize(coaio_engine *engine, struct coaio_req *req, int8_t priority);

#endif
