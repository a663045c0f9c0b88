/*
 * A new state. Its finalizer is the farewell.
 */
#include "lua/lifetime.h"

#include <string.h>

#include "lua/call.h"
#include "lua/coroutine.h"
#include "lua/farewell.h"
#include "lua/resume.h"
#include "lua/task.h"

static const char state_key;

static lua_CFunction global_function(lua_State *L, const char *name)
{
    lua_CFunction function;
    lua_getglobal(L, name);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return function;
}

struct state *coaio__state_push(lua_State *L)
{
    struct state *s;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key) == LUA_TUSERDATA)
        return lua_touserdata(L, -1);
    lua_pop(L, 1);
    s = lua_newuserdatauv(L, sizeof *s, 0);
    memset(s, 0, sizeof *s);
    s->retry = s->herald = s->reporter = s->driver = s->runner = s->cancelled = LUA_NOREF;
    s->pcall = global_function(L, "pcall");
    s->xpcall = global_function(L, "xpcall");
    s->body = coaio__task_body;
    s->again = coaio__call_again;
    s->go_on = coaio__coroutine_go_on;
    s->completed = coaio__resume_completed;
    coaio__anchors_init(L, &s->anchors);
    coaio__anchors_init(L, &s->live);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    s->main = lua_tothread(L, -1);
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, coaio__farewell);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
    return s;
}
