/*
 * What a task leaves.
 */
#include "lua/outcome.h"

enum { NONE, ONE, SEVERAL }; /* results */

/* ---- kept ------------------------------------------------------------------------------------ */

/* Arguments: the results. */
static int pack(lua_State *L)
{
    int i, n = lua_gettop(L);
    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (i = n; i > 0; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

static int refuse(lua_State *L)
{
    return luaL_error(L, "too many results");
}

/* Under pcall: in a coroutine of the host an error would keep the task from ending. */
void coaio__outcome_pack(lua_State *L, struct task *task)
{
    int n = lua_gettop(L);
    bool fits = lua_checkstack(L, 2);
    task->results = n == 0 ? NONE : n == 1 ? ONE : SEVERAL;
    if (n <= 1)
        return;
    if (!fits)
        lua_settop(L, 0);
    lua_pushcfunction(L, fits ? pack : refuse);
    lua_insert(L, 1);
    if (lua_pcall(L, lua_gettop(L) - 1, 1, 0) != LUA_OK)
        task->failing = true;
}

void coaio__outcome_keep(lua_State *L, struct task *task, lua_State *from)
{
    if (lua_gettop(from) == 0)
        lua_pushnil(from);
    lua_xmove(from, L, 1);
    coaio__task_push(L, task);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    lua_pop(L, 1);
}

void coaio__outcome_push_error(lua_State *L, struct task *task)
{
    coaio__task_push(L, task);
    lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
}

/* ---- taken ----------------------------------------------------------------------------------- */

static int unpack(lua_State *L)
{
    int i, n, table = lua_gettop(L);
    lua_getfield(L, table, "n");
    n = (int)lua_tointeger(L, -1);
    luaL_checkstack(L, n, "too many results");
    for (i = 1; i <= n; i++)
        lua_rawgeti(L, table, i);
    return n;
}

int coaio__outcome_push(lua_State *L, struct task *task)
{
    task->taken = true;
    if (task->status == TASK_DONE && task->results == NONE)
        return 0;
    lua_getiuservalue(L, 1, 1);
    if (task->status != TASK_DONE)
        return -1;
    return task->results == ONE ? 1 : unpack(L);
}
