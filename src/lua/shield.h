/*
 * What the stack of a coroutine tells: whether a closing value, or a finalizer, is at work in it.
 */
#ifndef COAIO_LUA_SHIELD_H
#define COAIO_LUA_SHIELD_H

#include "lua/state.h"

/* Is one at work in `co`? L, perhaps the same, is who asks. Allocates nothing that may run a
   finalizer. */
bool coaio__shield_is_up(lua_State *L, struct state *s, lua_State *co);

/* The coroutine that the innermost function of `co`, such as coroutine.resume, has resumed; NULL:
   none. */
lua_State *coaio__shield_next(lua_State *L, lua_State *co);

#endif
