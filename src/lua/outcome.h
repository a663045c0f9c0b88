/*
 * What a task leaves: its results or its error.
 *
 * They move into the user value of the task when it ends, one value as it is, several in a table,
 * so that its coroutine is dead and can be collected.
 */
#ifndef COAIO_LUA_OUTCOME_H
#define COAIO_LUA_OUTCOME_H

#include "lua/tasks.h"

/* In the coroutine where the task ran, with nothing but its results on the stack: makes one value
   of several. */
void coaio__outcome_pack(lua_State *L, struct task *task);

/* Takes the value on top of `from`, if there is one, as that of the task. L has room for three
   values. */
void coaio__outcome_keep(lua_State *L, struct task *task, lua_State *from);

/* The error of a failed task that is alive. */
void coaio__outcome_push_error(lua_State *L, struct task *task);

/*
 * Pushes the results of a task that has ended, which is at 1: it is taken. Their number, or -1: the
 * error, which is to be raised.
 */
int coaio__outcome_push(lua_State *L, struct task *task);

#endif
