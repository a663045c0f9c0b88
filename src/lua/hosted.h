/*
 * Tasks in coroutines of the host.
 */
#ifndef COAIO_LUA_HOSTED_H
#define COAIO_LUA_HOSTED_H

#include "lua/tasks.h"

/*
 * Have the host make a coroutine for the task on top of the stack. Under a host that does not
 * (coaio__host_spawns), a task gets one that the host's callbacks may resume if it yields by
 * itself.
 */
void coaio__hosted_spawn(lua_State *L, struct task *task);
void coaio__hosted_house(lua_State *L, struct task *task);

/* The end of a task in a coroutine that is not coaio's: nothing but its results is on the stack. */
int coaio__hosted_leave(lua_State *L, struct task *task);

#endif
