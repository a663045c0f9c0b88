/*
 * The engine's settings and gauges, under IO::AIO's names.
 */
#ifndef COAIO_LUA_ENGINE_SETTINGS_H
#define COAIO_LUA_ENGINE_SETTINGS_H

#include "lua/state.h"

/* Into the table on top of the stack. */
void coaio__engine_settings_open_library(lua_State *L);

#endif
