/*
 * How coaio.cancelled unwinds a task.
 *
 * A cancelled task gets the error where it waits, and again at each later wait. Its closing values
 * are left in peace, whatever closes them: while one is at work nothing is cancelled and nothing
 * raised, and the cancel is kept until it is through.
 */
#include "lua/cancel.h"

#include "lua/shield.h"
#include "lua/tasks.h"

enum { DEEPEST = 200 }; /* coroutines within coroutines */

/* True if one of the task's coroutines, one inside the other, is at a closing value. L asks. If
   `own`, L is one of them, or a plain coroutine that these do not know. */
static bool is_shielded(lua_State *L, const struct task *task, bool own)
{
    struct state *s = task->state;
    lua_State *co = task->home;
    int depth;
    for (depth = 0; co && depth < DEEPEST; depth++) {
        if (coaio__shield_is_up(L, s, co))
            return true;
        own = own && co != L;
        co = coaio__shield_next(L, co);
    }
    return own && coaio__shield_is_up(L, s, L);
}

bool coaio__cancel_is_shielded(lua_State *L, const struct task *task)
{
    return is_shielded(L, task, false);
}

bool coaio__cancel_is_open(lua_State *L, const struct task *task)
{
    return !is_shielded(L, task, true);
}

int coaio__cancel_raise(lua_State *L, struct task *task)
{
    task->told = true;
    task->state->nraises++;
    lua_rawgeti(L, LUA_REGISTRYINDEX, task->state->cancelled);
    return lua_error(L);
}

void coaio__cancel_here(lua_State *L, struct state *s)
{
    struct task *current = coaio__task_current(L, s);
    if (current)
        current->cancelled = true;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->cancelled);
}

bool coaio__cancel_is_value(lua_State *L, struct state *s, int index)
{
    bool same;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->cancelled);
    same = lua_rawequal(L, -1, index < 0 ? index - 1 : index);
    lua_pop(L, 1);
    return same;
}

bool coaio__cancel_stops(lua_State *L, struct state *s)
{
    struct task *current = coaio__task_current(L, s);
    return current && coaio__cancel_is_due(L, current);
}
