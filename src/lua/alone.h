/*
 * Waiting where nothing can yield.
 */
#ifndef COAIO_LUA_ALONE_H
#define COAIO_LUA_ALONE_H

#include "lua/waiter.h"

/* Returns when `w` is done; or ready: a turn that cannot be given away here, or a close that has
   ended. */
void coaio__alone_wait(lua_State *L, struct waiter *w);

#endif
