/*
 * Waiting for a turn of the loop.
 */
#ifndef COAIO_LUA_TURN_H
#define COAIO_LUA_TURN_H

#include "lua/waiter.h"

/* Raise coaio.cancelled, from the second time on after others have had a turn. The last a C
   function does. */
int coaio__cancel_stop(lua_State *L, struct state *s);

/* Wake the tasks in flush if no request is outstanding. */
void coaio__turn_wake_flushes(struct state *s);

/* cede, park and flush into the table on top of the stack. */
void coaio__turn_open_library(lua_State *L);

#endif
