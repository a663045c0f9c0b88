/*
 * Working directories.
 */
#ifndef COAIO_LUA_WD_OBJECT_H
#define COAIO_LUA_WD_OBJECT_H

#include "lua/call.h"

/* The wd that the request made, as an object on the stack. Raises when out of memory. */
void coaio__wd_push(lua_State *L, struct state *s, coaio_req *req);

/* Is it a wd? Then `arg` becomes the path of the directory itself. `argument` is the one that
   messages name. */
bool coaio__wd_to(lua_State *L, struct call *call, coaio_arg *arg, int index, int argument);

/* CWD into the table on top of the stack. */
void coaio__wd_open_library(lua_State *L, struct state *s);

#endif
