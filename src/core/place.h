/*
 * Who does a request: the owner at once, a worker, the ring, the poller.
 */
#ifndef COAIO_CORE_PLACE_H
#define COAIO_CORE_PLACE_H

#include "core/core.h"

/* Whether fewer than COAIO__MANY requests are under way: then the owner does sooner what is brief than others could. */
bool coaio__few_are_under_way(const coaio_engine *engine);

/* Whether workers do what could be inline, since many requests are under way. */
bool coaio__shares_inline(const coaio_engine *engine);

/* How many callbacks run before the owner dispatches and collects again. */
uint32_t coaio__most_at_once(const coaio_engine *engine, bool sharing, bool rested);

/* Try to complete the request on the spot. True: it is done. */
bool coaio__try_inline(coaio_engine *engine, struct coaio_req *req, bool few);

/* Whether the request, which could be tried inline, is to go to the ordinary lane instead. */
bool coaio__share_inline(coaio_engine *engine, struct coaio_req *req);

/* The same of one that cannot be tried inline. */
bool coaio__share_brief(coaio_engine *engine, struct coaio_req *req);

/* Who does what is not shared. */
enum coaio__route coaio__route_of(coaio_engine *engine, const struct coaio_req *req);

/* Before the owner sleeps: it does what workers have not got to. True: something is done, or has come back. */
bool coaio__help(coaio_engine *engine);

#endif
