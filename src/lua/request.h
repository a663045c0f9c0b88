/*
 * Request objects: callback style.
 */
#ifndef COAIO_LUA_REQUEST_H
#define COAIO_LUA_REQUEST_H

#include "lua/state.h"

/* `requests`, one function per request, and aio_wait, into the table on top of the stack. */
void coaio__request_open_library(lua_State *L);

#endif
