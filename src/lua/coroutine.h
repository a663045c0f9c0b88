/*
 * coaio.coroutine: generators that may wait.
 */
#ifndef COAIO_LUA_COROUTINE_H
#define COAIO_LUA_COROUTINE_H

#include "lua/waiter.h"

/* The continuation of a coroutine that waited in place of its generator. */
int coaio__coroutine_go_on(lua_State *L, int status, lua_KContext ctx);

/* coresume and cowrap into the table on top of the stack. */
void coaio__coroutine_open_library(lua_State *L);

#endif
