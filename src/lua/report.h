/*
 * Errors that nobody catches: of tasks that nobody joined, and of plain coroutines that the engine
 * resumed.
 */
#ifndef COAIO_LUA_REPORT_H
#define COAIO_LUA_REPORT_H

#include "lua/waiter.h"

/* Keep the error of a failed task until the end of the turn, or, where there is no task, that of a
   dead coroutine. */
void coaio__report(lua_State *L, struct state *s, lua_State *co, struct task *task);

/* Give the kept errors to coaio.onerror. */
void coaio__report_all(lua_State *L, struct state *s);

/* Write what went wrong, and the error on top of the stack, to stderr; pop it. Never raises: C
   frames are below. */
void coaio__report_complain(lua_State *L, const char *what);

#endif
