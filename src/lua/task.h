/*
 * Tasks: coroutines that the binding starts, joins and cancels. Policy (run, timeouts, ...) is in
 * task.lua.
 */
#ifndef COAIO_LUA_TASK_H
#define COAIO_LUA_TASK_H

#include "lua/tasks.h"

/* A new task, on the stack, whose function and arguments are the top `n` values; pops those. */
struct task *coaio__task_new(lua_State *L, struct state *s, int n);

/* The function at the bottom of the coroutine of every task. */
int coaio__task_body(lua_State *L);

/* Functions about tasks into the table on top of the stack. */
void coaio__task_open_library(lua_State *L, struct state *s);

#endif
