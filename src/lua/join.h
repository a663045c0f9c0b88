/*
 * Joining: who waits for the end of a task, and who takes its error.
 */
#ifndef COAIO_LUA_JOIN_H
#define COAIO_LUA_JOIN_H

#include "lua/tasks.h"

/* The task has ended, and what it leaves is kept: coroutines that wait for it go on, and an error
   for which none waits is reported. */
void coaio__join_tell(lua_State *L, struct task *task);

/* The rest of a C function that waits for a task, its first argument: its results, or its error. */
int coaio__join(lua_State *L, struct task *task, const struct wait *wait);

/* To join the task of a request. */
extern const struct wait coaio__join_request;

/* In a message handler: push the task whose error join is about to raise again; false: it is an
   error of its own. */
bool coaio__join_push_cause(lua_State *L);

/* Functions about joining into the table on top of the stack. */
void coaio__join_open_library(lua_State *L);

#endif
