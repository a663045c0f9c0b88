/*
 * How what waited goes on.
 */
#ifndef COAIO_LUA_RESUME_H
#define COAIO_LUA_RESUME_H

#include "lua/waiter.h"

/* The callback of every request: `data` is its waiter. */
void coaio__resume_completed(coaio_req *req, void *data);

/* Run some of what is ready, and nothing that only becomes ready meanwhile. The number of things
   run. */
int coaio__resume_drain(struct state *s);

#endif
