/*
 * aioreq_pri: the priority of the next request of a coroutine.
 */
#ifndef COAIO_LUA_PRIORITY_H
#define COAIO_LUA_PRIORITY_H

#include "lua/state.h"

/* The priority for a request that L submits now: its task's, or, where that is 0, what aioreq_pri said last. */
int coaio__priority_take(lua_State *L, struct state *s);

/* aioreq_pri and aioreq_nice into the table on top of the stack. */
void coaio__priority_open_library(lua_State *L, struct state *s);

#endif
