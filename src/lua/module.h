/*
 * The C module coaio.core.
 */
#ifndef COAIO_LUA_MODULE_H
#define COAIO_LUA_MODULE_H

#include <lua.h>

#include "coaio.h"

COAIO_EXTERN int luaopen_coaio_core(lua_State *L);

#endif
