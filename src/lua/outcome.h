/*
 * What a task leaves: its results or its error, and who waits for them.
 *
 * They move into the user value of the task when it ends, one value as it is, several in a table, so that its coroutine
 * is dead and can be collected.
 */
#ifndef COAIO_LUA_OUTCOME_H
#define COAIO_LUA_OUTCOME_H

#include "lua/tasks.h"

/* In the coroutine where the task ran, with nothing but its results on the stack: makes one value of several. */
void coaio__outcome_pack(lua_State *L, struct task *task);

/* Takes the value on top of `from`, if there is one, as that of the task. L has room for three values. */
void coaio__outcome_keep(lua_State *L, struct task *task, lua_State *from);

/* The error of a failed task that is alive. */
void coaio__outcome_push_error(lua_State *L, struct task *task);

/* It has ended, and been kept: who waits for it goes on; an error that nobody listens to is reported. */
void coaio__outcome_tell(lua_State *L, struct task *task);

/* The rest of a C function that waits for a task, its first argument: its results, or its error. */
int coaio__outcome_join(lua_State *L, struct task *task, const char *name);

/* Take `w` out of the joiners of the task that it waits for. */
void coaio__outcome_unjoin(struct waiter *w);

/* A waiter that was to take the outcome of `task` is released. */
void coaio__outcome_left(lua_State *L, struct task *task);

/* In a message handler: push the task whose error join is about to raise again; false: it is an error of its own. */
bool coaio__outcome_push_cause(lua_State *L);

/* Functions about joining into the table on top of the stack. */
void coaio__outcome_open_library(lua_State *L);

#endif
