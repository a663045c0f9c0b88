/*
 * How coaio.cancelled unwinds a task.
 *
 * A cancelled task gets the error where it waits, and again at each later wait. Its closing values are left in peace,
 * whatever closes them: while one is at work nothing is cancelled and nothing raised, and the cancel is kept until it
 * is through.
 *
 * A task that catches everything in a loop gets the error again and again. From the second one on others have a turn
 * first; in a plain coroutine, which a turn would take away from the task that runs it, after some.
 */
#include "lua/cancel.h"

#include "lua/await.h"
#include "lua/shield.h"
#include "lua/tasks.h"

enum { DEEPEST = 200, RAISES_MAX = 100 }; /* coroutines within coroutines; raises without a turn */

/* Of the task's coroutines, one inside the other; L is who asks. Where `own`, that is one of them, or a plain one that
   these do not know of. */
static bool is_shielded(lua_State *L, const struct task *task, bool own)
{
    struct state *s = task->state;
    lua_State *co = task->home;
    int depth;
    for (depth = 0; co != NULL && depth < DEEPEST; depth++) {
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

bool coaio__cancel_is_due(lua_State *L, const struct task *task)
{
    return task->cancelled && !is_shielded(L, task, true);
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
    if (current != NULL)
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
    return current != NULL && coaio__cancel_is_due(L, current);
}

static int finish_turn(lua_State *L, struct waiter *w)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, w->state->cancelled);
    return -1;
}

static bool gives_a_turn(lua_State *L, struct state *s, const struct task *task)
{
    return task->told && lua_isyieldable(L) &&
           (task->home == L || s->inner == L || s->nraises > RAISES_MAX);
}

int coaio__cancel_stop(lua_State *L, struct state *s)
{
    struct task *current = coaio__task_current(L, s);
    struct waiter *w;
    if (!gives_a_turn(L, s, current))
        return coaio__cancel_raise(L, current);
    w = coaio__waiter_new(L, s);
    w->finish = finish_turn;
    w->name = "cancelled";
    coaio__waiter_wake(w);
    return coaio__await(L, w);
}
