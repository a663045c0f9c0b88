/*
 * The end of a Lua state, in lua_close: what was asked for is still done, and nothing hangs.
 *
 * Finalizers run in reverse order of creation, so those of files, buffers and requests have run by
 * then: what they had is given back when the last request lets go. No Lua code runs any more: no
 * callback, feeder, coroutine, nor a function of the host.
 */
#ifndef COAIO_LUA_FAREWELL_H
#define COAIO_LUA_FAREWELL_H

#include "lua/waiter.h"

/*
 * Waits up to the drain timeout for the requests that act on something, cancels the others, and
 * then those that hang; frees the engine; warns (lua_warning) of what was dropped. A finalizer: the
 * state is the first value.
 */
int coaio__farewell(lua_State *L);

/* A request is about to use a Lua io file, the value at `file`: requests are waited for before that
   is closed. */
void coaio__farewell_before(lua_State *L, struct state *s, int file);

#endif
