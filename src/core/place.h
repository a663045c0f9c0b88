/*
 * Who does a request: the owner at once, a worker, the ring, the poller.
 */
#ifndef COAIO_CORE_PLACE_H
#define COAIO_CORE_PLACE_H

#include "core/core.h"

/* How many requests are under way: few, which the owner does sooner than it could wake a worker; or
   so many that workers do a part of what the owner could. Neither, if most of them are on the
   ring. */
struct coaio__crowd {
    bool few, many;
};
struct coaio__crowd coaio__crowd_of(const struct coaio__queues *queues,
                                    const struct coaio__load *load);

/* How many callbacks run before the owner dispatches and collects again. */
uint32_t coaio__round_of(const struct coaio__queues *queues, const struct coaio__load *load,
                         bool sharing, bool rested);

/* Whether workers do a part of what could be inline: many requests are under way, and workers are
   of help. */
bool coaio__shares_inline(const coaio_engine *engine);

/* Try to complete the request on the spot. True: it is done. */
bool coaio__try_inline(coaio_engine *engine, struct coaio_req *req, bool few);

/* Whether the request, which could be tried inline, is to go to the ordinary lane instead. */
bool coaio__share_inline(coaio_engine *engine, struct coaio_req *req);

/* The same of one that cannot be tried inline. */
bool coaio__share_brief(coaio_engine *engine, struct coaio_req *req);

/* The executor for a request that is not shared. */
enum coaio__route coaio__route_of(coaio_engine *engine, const struct coaio_req *req);

/* Before the owner sleeps: it does what workers have not got to. True: something is done, or has
   come back. */
bool coaio__help(coaio_engine *engine);

#endif
