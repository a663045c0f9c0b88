/*
 * Synchronous functions: those that make descriptors: memory files, counters, timers.
 */
#ifndef COAIO_LUA_SYSTEM_MAKE_H
#define COAIO_LUA_SYSTEM_MAKE_H

#include <lua.h>

/* They go into the table on top of the stack. */
void coaio__system_open_makers(lua_State *L);

#endif
