/*
 * Callback style: requests that return a request object, and call a function when they are done.
 */
#ifndef COAIO_LUA_CALLBACK_H
#define COAIO_LUA_CALLBACK_H

#include "lua/call.h"

/* `requests`, one function per request, aio_wait, and aio_group among the `ops` of the table on top
   of the stack. */
void coaio__callback_open_library(lua_State *L);

#endif
