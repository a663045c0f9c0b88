/*
 * The end of a task.
 */
#ifndef COAIO_LUA_TASK_END_H
#define COAIO_LUA_TASK_END_H

#include "lua/tasks.h"

/* The task ended in `from`, whose stack holds what is to be kept. */
void coaio__task_ended(struct state *s, struct task *task, lua_State *from, int status);

/* The task was cancelled before it started. */
void coaio__task_dropped(struct state *s, struct task *task);

#endif
