/*
 * The engine's settings and gauges, under IO::AIO's names.
 */
#ifndef COAIO_LUA_ENGINE_H
#define COAIO_LUA_ENGINE_H

#include "lua/state.h"

/* Into the table on top of the stack. */
void coaio__engine_open_library(lua_State *L);

#endif
