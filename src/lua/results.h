/*
 * Results: what a finished request gives to Lua.
 */
#ifndef COAIO_LUA_RESULTS_H
#define COAIO_LUA_RESULTS_H

#include "lua/state.h"

/* The waiter_finish of every request: its results, or nil, message, errno. The stack has the call's
   arguments. */
int coaio__results_push(lua_State *L, struct waiter *w);

/* Whether this binding knows the kind of its result. */
bool coaio__results_known(const coaio_op *op);

#endif
