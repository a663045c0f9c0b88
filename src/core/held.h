/*
 * Requests that executors hold, and the counts of them.
 */
#ifndef COAIO_CORE_HELD_H
#define COAIO_CORE_HELD_H

#include "core/core.h"

/* Put the request into the batch that an executor is about to get; the executor holds it, with a
   reference. */
void coaio__hold(coaio_engine *engine, struct coaio_req *req, enum coaio__route route,
                 struct coaio__link *batch);

/* The executor holds the request no longer; its reference remains. */
void coaio__let_go(coaio_engine *engine, struct coaio_req *req);

/* The same for a request that the executor gave back without having begun: its reference goes,
   too. */
void coaio__take_over(coaio_engine *engine, struct coaio_req *req);

/* True: its executor had not begun with the request, which is the owner's again. */
bool coaio__withdraw(coaio_engine *engine, struct coaio_req *req);

struct coaio__executor *coaio__holder(coaio_engine *engine, const struct coaio_req *req);

/* Whether the request begins at its descriptor's own position, and an executor has another one that
   does. */
bool coaio__position_is_held(const coaio_engine *engine, const struct coaio_req *req);

/* The gauge COAIO_NWAITING: requests that are parked, or with the slow lane or the poller. */
int64_t coaio__waiting(const coaio_engine *engine);

#endif
