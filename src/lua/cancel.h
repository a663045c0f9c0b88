/*
 * How coaio.cancelled unwinds a task.
 */
#ifndef COAIO_LUA_CANCEL_H
#define COAIO_LUA_CANCEL_H

#include "lua/tasks.h"

/* Is the task that runs in L, and is about to wait, cancelled? Then that has to return
   coaio__cancel_stop instead. */
bool coaio__cancel_stops(lua_State *L, struct state *s);

/* Has the task, which waited in L, to be told now? */
bool coaio__cancel_is_open(lua_State *L, const struct task *task);
static inline bool coaio__cancel_is_due(lua_State *L, const struct task *task)
{
    return task->cancelled && coaio__cancel_is_open(L, task);
}
int coaio__cancel_raise(lua_State *L, struct task *task);

/* The task that runs in L is cancelled, and coaio.cancelled is pushed, to be raised. */
void coaio__cancel_here(lua_State *L, struct state *s);

/* Is a closing value of the task at work? Then it is left in peace. L is who asks. */
bool coaio__cancel_is_shielded(lua_State *L, const struct task *task);

/* Is it coaio.cancelled? */
bool coaio__cancel_is_value(lua_State *L, struct state *s, int index);

#endif
