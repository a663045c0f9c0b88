/*
 * How the state of the binding comes to be, and that its end is seen.
 */
#ifndef COAIO_LUA_LIFETIME_H
#define COAIO_LUA_LIFETIME_H

#include "lua/state.h"

/* The state of this Lua state, made where there is none; leaves it on the stack. */
struct state *coaio__state_push(lua_State *L);

#endif
