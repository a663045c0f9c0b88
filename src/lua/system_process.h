/*
 * Synchronous functions: those about other programs and processes.
 */
#ifndef COAIO_LUA_SYSTEM_PROCESS_H
#define COAIO_LUA_SYSTEM_PROCESS_H

#include <lua.h>

/* They go into the table on top of the stack. */
void coaio__system_open_processes(lua_State *L);

#endif
