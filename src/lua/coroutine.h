/*
 * coaio.coroutine: generators that may wait.
 */
#ifndef COAIO_LUA_COROUTINE_H
#define COAIO_LUA_COROUTINE_H

#include "lua/state.h"

/* coresume and cowrap into the table on top of the stack. */
void coaio__coroutine_open_library(lua_State *L);

#endif
