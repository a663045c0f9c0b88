/*
 * How coaio.cancelled unwinds a task.
 *
 * A cancelled task gets the error at its innermost suspension and again at each later one; but a close variable that
 * is closed because of the error may wait once more. What tells the two apart is the pcall that catches the error: it
 * is marked when the error is raised, and its frame is there, with the mark, exactly as long as close variables are
 * being closed on the way to it. The mark is the frame's first temporary, which pcall, xpcall and the body of a task
 * do not read after an error.
 */
#include "lua/cancel.h"

#include "lua/host.h"
#include "lua/task.h"

static char mark;

static bool is_protected_call(lua_State *L, struct state *s, lua_Debug *ar)
{
    lua_CFunction function;
    lua_getinfo(L, "f", ar);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return function != NULL && (function == s->pcall || function == s->xpcall || function == coaio__task_body);
}

void coaio__cancel_mark(lua_State *L, struct state *s)
{
    lua_Debug ar;
    int level;
    luaL_checkstack(L, 4, NULL);
    for (level = 0; lua_getstack(L, level, &ar); level++) {
        if (is_protected_call(L, s, &ar)) {
            lua_pushlightuserdata(L, &mark);
            if (lua_setlocal(L, &ar, 1) == NULL)
                lua_pop(L, 1);
            return;
        }
    }
}

int coaio__cancel_raise(lua_State *L, struct state *s)
{
    coaio__cancel_mark(L, s);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->cancelled);
    return lua_error(L);
}

bool coaio__cancel_is_value(lua_State *L, struct state *s, int index)
{
    bool same;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->cancelled);
    same = lua_rawequal(L, -1, index < 0 ? index - 1 : index);
    lua_pop(L, 1);
    return same;
}

bool coaio__cancel_shielded(lua_State *L, struct state *s)
{
    lua_Debug ar;
    int level;
    luaL_checkstack(L, 4, NULL);
    for (level = 0; lua_getstack(L, level, &ar); level++) {
        if (is_protected_call(L, s, &ar) && lua_getlocal(L, &ar, 1) != NULL) {
            bool marked = lua_touserdata(L, -1) == &mark;
            lua_pop(L, 1);
            if (marked)
                return true;
        }
    }
    return false;
}

void coaio__cancel_check(lua_State *L, struct state *s)
{
    struct task *current = coaio__host_current(L, s);
    if (current != NULL && current->cancelled && !coaio__cancel_shielded(L, s))
        coaio__cancel_raise(L, s);
}
