/*
 * Whether a closing value is at work is told by the stack, never by the error in flight, which
 * programs replace.
 *
 * A function that Lua code calls as it leaves a block is known by name, "close". On the way of an
 * error Lua calls it from the function that is to catch the error, such as pcall, and puts it on
 * top of the closed value and the error: the last but one of that function's temporaries is a value
 * whose closing it is. In a coroutine that is closed from outside nothing can yield, though each of
 * its functions could.
 *
 * The coroutines looked at may be suspended ones: a value is moved to who asks before anything is
 * done with it. Lua finds the nth function by counting from the innermost one, so of a deep
 * recursion only that end is looked at.
 */
#include "lua/shield.h"

#include <string.h>

enum { DEEPEST = 1000 }; /* functions */

static bool is_named(const lua_Debug *ar, const char *name)
{
    return strcmp(ar->namewhat, "metamethod") == 0 && strcmp(ar->name, name) == 0;
}

static bool has_temporary(lua_State *co, const lua_Debug *ar, int n)
{
    if (lua_getlocal(co, ar, n) == NULL)
        return false;
    lua_pop(co, 1);
    return true;
}

/* Searches by halves: an error may have left a million of them below the close variables. */
static int count_temporaries(lua_State *co, const lua_Debug *ar)
{
    int count = 0, beyond = 1;
    while (has_temporary(co, ar, beyond)) {
        count = beyond;
        beyond *= 2;
    }
    while (beyond - count > 1) {
        int middle = count + (beyond - count) / 2;
        if (has_temporary(co, ar, middle))
            count = middle;
        else
            beyond = middle;
    }
    return count;
}

/* The function of a frame, on top of L. */
static void push_function(lua_State *L, lua_State *co, lua_Debug *ar)
{
    lua_getinfo(co, "f", ar);
    lua_xmove(co, L, 1);
}

/* Is the function of this frame, or what it was before its tail calls, what closes the value on top
   of L? */
static bool closes(lua_State *L, lua_State *co, lua_Debug *ar)
{
    bool same;
    if (!luaL_getmetafield(L, -1, "__close"))
        return false;
    push_function(L, co, ar);
    same = ar->istailcall || !lua_isfunction(L, -2) || lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* Has the function around this frame caught an error, and calls this to close a value? */
static bool is_called_by_catcher(lua_State *L, lua_State *co, int level, lua_Debug *ar)
{
    lua_Debug caller;
    bool found;
    int n;
    if (!lua_getstack(co, level + 1, &caller) || lua_getinfo(co, "S", &caller) == 0
        || *caller.what != 'C')
        return false;
    n = count_temporaries(co, &caller);
    if (n < 2 || lua_getlocal(co, &caller, n - 1) == NULL)
        return false;
    lua_xmove(co, L, 1);
    found = closes(L, co, ar);
    lua_pop(L, 1);
    return found;
}

static bool can_yield(lua_State *L, struct state *s, lua_State *co, int level, lua_Debug *ar)
{
    lua_CFunction function;
    if (strcmp(ar->namewhat, "hook") == 0)
        return false;
    push_function(L, co, ar);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return !function || level == 0 || function == s->pcall || function == s->xpcall
           || function == s->body;
}

bool coaio__shield_is_up(lua_State *L, struct state *s, lua_State *co)
{
    lua_Debug ar;
    int level;
    bool closed = co != s->main && !lua_isyieldable(co);
    if (!lua_checkstack(co, 4) || !lua_checkstack(L, 4))
        return false;
    for (level = 0; level < DEEPEST && lua_getstack(co, level, &ar); level++) {
        lua_getinfo(co, "nt", &ar);
        if (is_named(&ar, "close") || is_named(&ar, "__gc")
            || is_called_by_catcher(L, co, level, &ar))
            return true;
        closed = closed && can_yield(L, s, co, level, &ar);
    }
    return closed && level > 0 && level < DEEPEST;
}

lua_State *coaio__shield_next(lua_State *L, lua_State *co)
{
    lua_State *next = NULL;
    lua_Debug ar;
    if (!lua_checkstack(co, 4) || !lua_checkstack(L, 4) || !lua_getstack(co, 0, &ar))
        return NULL;
    push_function(L, co, &ar);
    if (lua_iscfunction(L, -1) && lua_getlocal(co, &ar, 1) != NULL) {
        lua_xmove(co, L, 1);
        next = lua_tothread(L, -1);
        lua_pop(L, 1);
    }
    if (!next && lua_iscfunction(L, -1) && lua_getupvalue(L, -1, 1) != NULL) { /* coroutine.wrap */
        next = lua_tothread(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return next;
}
