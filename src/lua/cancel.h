/*
 * How coaio.cancelled unwinds a task.
 */
#ifndef COAIO_LUA_CANCEL_H
#define COAIO_LUA_CANCEL_H

#include "lua/state.h"

/* Raise coaio.cancelled; what unwinds because of it (close variables) may wait again: it is shielded. */
int  coaio__cancel_raise(lua_State *L, struct state *s);
bool coaio__cancel_shielded(lua_State *L, struct state *s);

/* Where the error goes on as another error (out of a generator, out of a handler): shield what it unwinds now. */
void coaio__cancel_mark(lua_State *L, struct state *s);

/* Is it coaio.cancelled? */
bool coaio__cancel_is_value(lua_State *L, struct state *s, int index);

/* Raise coaio.cancelled where the running task was cancelled and must not wait any more. */
void coaio__cancel_check(lua_State *L, struct state *s);

#endif
