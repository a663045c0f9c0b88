/*
 * Requests that the owner runs itself, since there is no worker.
 */
#ifndef COAIO_CORE_OWNER_H
#define COAIO_CORE_OWNER_H

#include "core/core.h"

/* True if no worker could be started for the request, which came back from the ordinary lane, and
   if its operation is bound to end: better late than never. Looks at the path of an open. */
bool coaio__owner_must_run(const struct coaio_req *req);

/* Run it, however long that takes. */
void coaio__owner_run(coaio_engine *engine, struct coaio_req *req);

#endif
