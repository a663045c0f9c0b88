/*
 * Tasks that run in coroutines of others, by coroutine, until they end.
 */
#include "lua/homes.h"

void coaio__home_begin(lua_State *L, struct task *task)
{
    lua_pushthread(L);
    coaio__task_push(L, task);
    coaio__state_weak_set(L, task->state->homes);
    task->state->homes_used = true;
}

void coaio__home_end(lua_State *L, struct task *task)
{
    lua_pushthread(L);
    lua_pushnil(L);
    coaio__state_weak_set(L, task->state->homes);
}

/* Arguments: the task's address. */
static int know(lua_State *L)
{
    struct task *task = lua_touserdata(L, 1);
    luaL_checkstack(task->co, 1, NULL);
    lua_pushthread(task->co);
    lua_xmove(task->co, L, 1);
    coaio__task_push(L, task);
    coaio__state_weak_set(L, task->state->homes);
    task->state->homes_used = true;
    return 0;
}

void coaio__home_know(struct state *s, struct task *task)
{
    if (!lua_checkstack(s->L, 3))
        return;
    lua_pushcfunction(s->L, know);
    lua_pushlightuserdata(s->L, task);
    if (lua_pcall(s->L, 1, 0, 0) != LUA_OK) /* no memory: it passes for whoever resumes it */
        lua_pop(s->L, 1);
}

void coaio__home_adopt(lua_State *L, struct task *task)
{
    if (task->lost)
        return;
    luaL_checkstack(L, 8, NULL);
    coaio__home_begin(L, task);
    task->adopted = true;
}

void coaio__home_notice_stranger(lua_State *L, struct waiter *w)
{
    struct task *task = w->task;
    if (task && task->home == L && task->home == task->co && !task->adopted)
        coaio__home_adopt(L, task);
}
