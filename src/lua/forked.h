/*
 * A fork(2) while tasks live: in the child only the task that forked goes on.
 *
 * What the others would do next their originals do in the parent. So the child gives them up: they
 * are neither resumed nor unwound, and requests of the parent are never delivered.
 */
#ifndef COAIO_LUA_FORKED_H
#define COAIO_LUA_FORKED_H

#include "lua/state.h"

/* How many forks lie between this process and the first of its ancestors. */
extern uint32_t coaio__forks;

/* Give up everything but `survivor`, the task that runs, or NULL. Allocates nothing, and resumes
   nobody. */
void coaio__forked_notice(lua_State *L, struct state *s, struct task *survivor);

/* Look whether this is a new child, before anything begins, and after a task had its turn. */
static inline bool coaio__forked_is_news(const struct state *s)
{
    return s->forks != coaio__forks;
}
void coaio__forked_check(lua_State *L, struct state *s);

/* Functions for run into the table on top of the stack. */
void coaio__forked_open_library(lua_State *L, struct state *s);

#endif
