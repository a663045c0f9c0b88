/*
 * Orphans: operations that run on although their caller was told "cancelled" or "timed out"
 * already.
 */
#ifndef COAIO_CORE_ORPHANS_H
#define COAIO_CORE_ORPHANS_H

#include "core/core.h"

int coaio__orphan_add(coaio_engine *engine, struct coaio_req *req); /* 0 or -ENOMEM */
void coaio__orphan_remove(coaio_engine *engine, struct coaio_req *req);

/* True: an orphan uses the descriptor that the request closes. The close is parked until no orphan
   does. */
bool coaio__orphan_delays(coaio_engine *engine, struct coaio_req *close);

#endif
