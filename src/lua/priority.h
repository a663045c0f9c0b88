/*
 * aioreq_pri: the priority of the next request of a coroutine.
 */
#ifndef COAIO_LUA_PRIORITY_H
#define COAIO_LUA_PRIORITY_H

#include "lua/tasks.h"

/* The priority of a request that `current`, the task at work in L, submits: the task's, or, if that
   is 0, what aioreq_pri said last. */
int coaio__priority_take_next(lua_State *L, struct state *s);
static inline int coaio__priority_take(lua_State *L, struct state *s, const struct task *current)
{
    int next = s->npriorities > 0 ? coaio__priority_take_next(L, s) : 0;
    return current && current->priority != 0 ? current->priority : next;
}

/* aioreq_pri and aioreq_nice into the table on top of the stack. */
void coaio__priority_open_library(lua_State *L, struct state *s);

#endif
