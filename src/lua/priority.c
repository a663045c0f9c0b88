/*
 * Priorities of next requests, in a table with coroutines as weak keys. It is looked at only while
 * something is in it.
 */
#include "lua/priority.h"

#include "lua/check.h"
#include "lua/tasks.h"

static int look_up(lua_State *L, struct state *s)
{
    int priority;
    if (s->npriorities == 0)
        return 0;
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->priorities);
    lua_pushthread(L);
    lua_rawget(L, -2);
    priority = (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return priority;
}

static void set(lua_State *L, struct state *s, int priority)
{
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->priorities);
    lua_pushthread(L);
    if (priority != 0)
        lua_pushinteger(L, priority);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

int coaio__priority_take_next(lua_State *L, struct state *s)
{
    int next = look_up(L, s);
    if (next != 0) {
        set(L, s, 0);
        s->npriorities--;
    }
    return next;
}

static void replace(lua_State *L, struct state *s, int before, lua_Integer priority)
{
    int clamped = (int)(priority < -4 ? -4 : priority > 4 ? 4 : priority);
    set(L, s, clamped);
    if (before == 0 && clamped != 0)
        s->npriorities++;
    else if (before != 0 && clamped == 0)
        s->npriorities--;
}

static lua_Integer check_integer(lua_State *L, const char *name)
{
    lua_Integer value = 0;
    if (!coaio__is_integer(L, 1, &value))
        luaL_error(L, "bad argument #1 to '%s' (integer expected, got %s)", name,
                   luaL_typename(L, 1));
    return value;
}

/* aioreq_pri(priority) -> the one before; without an argument it only tells. */
static int priority_pri(lua_State *L)
{
    struct state *s = coaio__state(L);
    int before = look_up(L, s);
    if (!lua_isnoneornil(L, 1))
        replace(L, s, before, check_integer(L, "aioreq_pri"));
    lua_pushinteger(L, before);
    return 1;
}

/* aioreq_nice(n): lower the priority of the next request by n. */
static int priority_nice(lua_State *L)
{
    struct state *s = coaio__state(L);
    int before = look_up(L, s);
    lua_Integer less = check_integer(L, "aioreq_nice");
    replace(L, s, before, before - (less < -8 ? -8 : less > 8 ? 8 : less));
    lua_pushinteger(L, before);
    return 1;
}

static const luaL_Reg functions[] = {
    {"aioreq_pri", priority_pri}, {"aioreq_nice", priority_nice}, {NULL, NULL}};

void coaio__priority_open_library(lua_State *L, struct state *s)
{
    s->priorities = coaio__state_weak_table(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
