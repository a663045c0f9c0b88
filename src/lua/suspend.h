/*
 * Waiting: how a call suspends its coroutine, and how that goes on.
 */
#ifndef COAIO_LUA_SUSPEND_H
#define COAIO_LUA_SUSPEND_H

#include "lua/waiter.h"

/*
 * Wait until `w` is done and leave its results; what a C function returns. The one way to suspend
 * for requests, joins, turns and closes. The stack must hold only the arguments of the C function.
 */
int coaio__await(lua_State *L, struct waiter *w);

/* Whether `co`, which has just yielded `nresults` values, waits: these are coaio's token. */
bool coaio__suspend_is_wait(lua_State *co, int nresults);

/*
 * For a C function that resumes coroutines: when `inner` (which has just yielded `nresults` values)
 * waits for a request, the waiter that must be passed on, NULL otherwise. Pops the yielded token.
 */
struct waiter *coaio__suspend_surfaced(lua_State *inner, int nresults);

/*
 * Let L wait in place of an inner coroutine. Where L can yield this does not return; the
 * continuation of generators (state->go_on) runs when L goes on. Otherwise it returns when `w` is
 * done.
 */
void coaio__suspend_through(lua_State *L, struct waiter *w);

#endif
