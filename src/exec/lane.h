/*
 * Which requests may wait without bound: those on FIFOs, devices and sockets.
 */
#ifndef COAIO_EXEC_LANE_H
#define COAIO_EXEC_LANE_H

#include "exec/request.h"

/* Whether a request that has its descriptors already may wait for somebody else. Does not block. */
bool coaio__req_may_wait(const struct coaio_req *req);

/* Whether opening this path may wait for somebody else. Blocks as stat(2) does. */
bool coaio__open_may_wait(const struct coaio__args *args);

#endif
