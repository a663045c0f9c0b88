/*
 * How coaio.cancelled unwinds a task.
 *
 * A cancelled task gets the error at its innermost suspension and again at each later one; but a close variable that
 * is closed because of the error, whoever raised it again on its way, may wait once more. What tells the two apart is
 * the pcall that will catch the error: while close variables are being closed on the way to it, the error lies on top
 * of its frame's temporaries, where otherwise there is what pcall, xpcall and the body of a task put below the function
 * that they call.
 */
#include "lua/cancel.h"

#include <string.h>

#include "lua/host.h"
#include "lua/task.h"

static bool is_finalizer(lua_State *L, lua_Debug *ar)
{
    lua_getinfo(L, "n", ar);
    return strcmp(ar->namewhat, "metamethod") == 0 && strcmp(ar->name, "__gc") == 0;
}

static bool is_protected_call(lua_State *L, struct state *s, lua_Debug *ar)
{
    lua_CFunction function;
    lua_getinfo(L, "f", ar);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return function != NULL && (function == s->pcall || function == s->xpcall || function == coaio__task_body);
}

static bool has_temporary(lua_State *L, const lua_Debug *ar, int n)
{
    if (lua_getlocal(L, ar, n) == NULL)
        return false;
    lua_pop(L, 1);
    return true;
}

/* By halves: what an error has left below the close variables may be a million of them. */
static int count_temporaries(lua_State *L, const lua_Debug *ar)
{
    int count = 0, beyond = 1;
    while (has_temporary(L, ar, beyond)) {
        count = beyond;
        beyond *= 2;
    }
    while (beyond - count > 1) {
        int middle = count + (beyond - count) / 2;
        if (has_temporary(L, ar, middle))
            count = middle;
        else
            beyond = middle;
    }
    return count;
}

static bool unwinds_to(lua_State *L, struct state *s, lua_Debug *ar)
{
    bool cancelled;
    if (!is_protected_call(L, s, ar) || lua_getlocal(L, ar, count_temporaries(L, ar)) == NULL)
        return false;
    cancelled = coaio__cancel_is_value(L, s, -1);
    lua_pop(L, 1);
    return cancelled;
}

/* A finalizer has nothing to do with the task that happens to be at work. */
static bool is_shielded_in(lua_State *L, struct state *s)
{
    lua_Debug ar;
    int level;
    for (level = 0; lua_checkstack(L, 4) && lua_getstack(L, level, &ar); level++)
        if (is_finalizer(L, &ar) || unwinds_to(L, s, &ar))
            return true;
    return false;
}

/* L is at work for the task. */
static bool is_shielded(lua_State *L, const struct task *task)
{
    return is_shielded_in(L, task->state) || (task->home != L && is_shielded_in(task->home, task->state));
}

bool coaio__cancel_is_due(lua_State *L, const struct task *task)
{
    return task->cancelled && (!task->told || !is_shielded(L, task));
}

int coaio__cancel_raise(lua_State *L, struct task *task)
{
    task->told = true;
    lua_rawgeti(L, LUA_REGISTRYINDEX, task->state->cancelled);
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

void coaio__cancel_check(lua_State *L, struct state *s)
{
    struct task *current = coaio__host_current(L, s);
    if (current != NULL && current->cancelled && !is_shielded(L, current))
        coaio__cancel_raise(L, current);
}
