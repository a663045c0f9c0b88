/*
 * Synchronous functions: those that move bytes between descriptors: pipes, sockets, sendfile.
 */
#ifndef COAIO_LUA_SYSTEM_MOVE_H
#define COAIO_LUA_SYSTEM_MOVE_H

#include <lua.h>

/* They go into the table on top of the stack. */
void coaio__system_open_movers(lua_State *L);

#endif
