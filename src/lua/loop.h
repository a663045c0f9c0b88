/*
 * Turns of the loop.
 */
#ifndef COAIO_LUA_LOOP_H
#define COAIO_LUA_LOOP_H

#include "lua/state.h"

/* Functions that deliver and wait, into the table on top of the stack. */
void coaio__loop_open_library(lua_State *L);

#endif
