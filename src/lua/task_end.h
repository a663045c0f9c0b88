/*
 * The end of a task.
 */
#ifndef COAIO_LUA_TASK_END_H
#define COAIO_LUA_TASK_END_H

#include "lua/tasks.h"

/* It ended in `from`, with what is to be kept of it on that stack. */
void coaio__task_ended(struct state *s, struct task *task, lua_State *from, int status);

/* It was cancelled before it started. */
void coaio__task_dropped(struct state *s, struct task *task);

#endif
