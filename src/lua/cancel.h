/*
 * How coaio.cancelled unwinds a task.
 */
#ifndef COAIO_LUA_CANCEL_H
#define COAIO_LUA_CANCEL_H

#include "lua/state.h"

int coaio__cancel_raise(lua_State *L, struct task *task);

/* Has the task, which waited in L, to be told now? What unwinds because of it, close variables, may wait. */
bool coaio__cancel_is_due(lua_State *L, const struct task *task);

/* Is it coaio.cancelled? */
bool coaio__cancel_is_value(lua_State *L, struct state *s, int index);

/* Raise coaio.cancelled where the running task was cancelled and must not wait any more. */
void coaio__cancel_check(lua_State *L, struct state *s);

#endif
