/*
 * Waiting for a turn: cede, park, flush; and tasks that were cancelled.
 *
 * A cancelled task that catches everything in a loop gets the error again and again. From the
 * second one on others have a turn first; in a plain coroutine, which a turn would take away from
 * the task that runs it, after some.
 */
#include "lua/turn.h"

#include <assert.h>

#include "lua/cancel.h"
#include "lua/host.h"
#include "lua/suspend.h"
#include "lua/tasks.h"

enum { RAISES_MAX = 100 }; /* without a turn */

static int finish_turn(lua_State *L, struct waiter *w)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, w->state->cancelled);
    return -1;
}

static bool gives_a_turn(lua_State *L, struct state *s, const struct task *task)
{
    return task->told && lua_isyieldable(L)
           && (task->home == L || s->inner == L || s->nraises > RAISES_MAX);
}

static const struct wait cancelled = {.name = "cancelled", .finish = finish_turn};

int coaio__cancel_stop(lua_State *L, struct state *s)
{
    struct task *current = coaio__task_current(L, s);
    struct waiter *w;
    if (!gives_a_turn(L, s, current))
        return coaio__cancel_raise(L, current);
    w = coaio__waiter_new(L, s);
    w->wait = &cancelled;
    coaio__waiter_wake(w);
    return coaio__await(L, w);
}

/* ---- cede, park, flush ----------------------------------------------------------------------- */

static int finish_nothing(lua_State *L, struct waiter *w)
{
    (void)L;
    (void)w;
    return 0;
}

static void left_flush(lua_State *L, struct state *s, struct task *subject)
{
    (void)L;
    (void)subject;
    assert(s->nflushes > 0);
    s->nflushes--;
}

static const struct wait cede = {.name = "cede", .finish = finish_nothing};
static const struct wait park = {.name = "park", .finish = finish_nothing};
static const struct wait flush = {.name = "flush", .finish = finish_nothing, .left = left_flush};

/* NULL: the task is cancelled. */
static struct waiter *new_wait(lua_State *L, struct state *s, const struct wait *wait)
{
    lua_settop(L, 0);
    if (coaio__cancel_stops(L, s))
        return NULL;
    coaio__host_hold(L, s);
    struct waiter *w = coaio__waiter_new(L, s);
    w->wait = wait;
    return w;
}

/* cede(): let everything else that is ready run first. */
static int turn_cede(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct waiter *w = new_wait(L, s, &cede);
    if (!w)
        return coaio__cancel_stop(L, s);
    coaio__waiter_wake(w);
    return coaio__await(L, w);
}

/* park(): wait for nothing but to be cancelled. */
static int turn_park(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct waiter *w = new_wait(L, s, &park);
    return w ? coaio__await(L, w) : coaio__cancel_stop(L, s);
}

static bool is_flushed(const struct state *s)
{
    return coaio__state_outstanding(s) <= 0 && s->nretries == 0;
}

static void wake_flush(struct waiter *w, void *data)
{
    (void)data;
    if (w->phase == PHASE_PENDING && !w->op && w->wait == &flush)
        coaio__waiter_wake(w);
}

void coaio__turn_wake_flushes(struct state *s)
{
    if (s->nflushes > 0 && is_flushed(s))
        coaio__waiter_each(s, wake_flush, NULL);
}

/* flush(): until no request is outstanding. */
static int turn_flush(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct waiter *w = new_wait(L, s, &flush);
    if (!w)
        return coaio__cancel_stop(L, s);
    s->nflushes++;
    if (is_flushed(s))
        coaio__waiter_wake(w);
    return coaio__await(L, w);
}

static const luaL_Reg functions[] = {
    {"cede", turn_cede}, {"park", turn_park}, {"flush", turn_flush}, {NULL, NULL}};

void coaio__turn_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
