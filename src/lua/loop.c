/*
 * Turns of the loop: deliver what is finished, run what is ready, report what failed; where that
 * was nothing, wait.
 *
 * The loop itself is Lua (task.lua), so that a hook that a signal handler has set, as lua.c does
 * for Ctrl-C, raises between two turns. A wait ends when a signal handler ran, and after a second
 * in any case: a signal that comes just before it blocks does not end it.
 */
#include "lua/loop.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lua/async.h"
#include "lua/forked.h"
#include "lua/holds.h"
#include "lua/host.h"
#include "lua/outstanding.h"
#include "lua/report.h"
#include "lua/resume.h"
#include "lua/turn.h"

static const int64_t longest_wait_ns = 1000000000;

/* ---- poll ------------------------------------------------------------------------------------ */

static void release_building(struct waiter *w, void *data)
{
    if (w->phase == PHASE_BUILDING)
        coaio__waiter_release(data, w);
}

/* Release waiters that ran out of memory while their results were built. Not from a finalizer,
   which may run in the midst of that: the collector, which called it, stands still then. */
static void sweep(lua_State *L, struct state *s)
{
    if (s->building > 0 && lua_gc(L, LUA_GCISRUNNING) == 1)
        coaio__waiter_each(s, release_building, L);
}

static bool is_busy(const struct state *s)
{
    return s->ready.count > 0 || coaio__state_outstanding(s) > (int64_t)s->ngroups;
}

static int poll(lua_State *L, struct state *s)
{
    int delivered = 0, n;

    if (s->L)
        return luaL_error(L, "coaio: attempt to poll inside a task or callback");
    coaio__forked_check(L, s);
    luaL_checkstack(L, 8, NULL);
    sweep(L, s);
    s->L = L;
    s->hook = lua_gethook(s->main);
    if (s->engine && !s->inherited)
        delivered = coaio_poll(s->engine);
    if (s->inherited) /* now: a callback has forked */
        delivered = 0;
    coaio__outstanding_wake(s);
    n = coaio__resume_drain(s);
    coaio__turn_wake_flushes(s);
    s->L = NULL;
    if (s->failed.first)
        coaio__report_all(L, s);
    coaio__host_settle(L, s, is_busy(s));
    if (delivered < 0)
        return luaL_error(L, "coaio: cannot poll: %s", coaio_strerror(-delivered));
    return delivered + n;
}

/* report(): the errors that no turn will report any more. */
static int loop_report(lua_State *L)
{
    struct state *s = coaio__state(L);
    if (!s->L)
        coaio__report_all(L, s);
    return 0;
}

static void wait(lua_State *L, struct state *s, int64_t timeout_ns)
{
    int result;
    if (s->ready.count > 0 || !s->engine || s->inherited)
        return;
    timeout_ns = coaio__outstanding_look_again(s, timeout_ns);
    result = timeout_ns != 0 ? coaio_wait(s->engine, timeout_ns) : 0;
    if (result < 0 && result != -EINTR)
        luaL_error(L, "coaio: cannot wait: %s", coaio_strerror(-result));
}

static bool is_left(const struct state *s)
{
    return coaio__async_is_left(s, coaio__state_outstanding(s) - (int64_t)s->ngroups);
}

/* step([spare]) -> boolean: one turn; where nothing happened it waits, where nothing ever will it
   answers false. `spare`: false as well where nothing but daemons is left. */
static int loop_step(lua_State *L)
{
    struct state *s = coaio__state(L);
    int n = poll(L, s);
    bool busy = n > 0 || is_busy(s);
    if (busy && lua_toboolean(L, 1) && s->ndaemons > 0)
        busy = is_left(s);
    if (n == 0 && busy)
        wait(L, s, longest_wait_ns);
    lua_pushboolean(L, busy);
    return 1;
}

/* left() -> boolean: is there anything but daemons and what they wait for? */
static int loop_left(lua_State *L)
{
    lua_pushboolean(L, is_left(coaio__state(L)));
    return 1;
}

/* poll_cb() -> 0 or, where a limit left something over, -1 */
static int loop_poll_cb(lua_State *L)
{
    struct state *s = coaio__state(L);
    poll(L, s);
    lua_pushinteger(
        L, s->ready.count > 0 || (s->engine && coaio_get(s->engine, COAIO_NPENDING) > 0) ? -1 : 0);
    return 1;
}

/* poll_wait(): until poll_cb has something to do, or nothing is outstanding. */
static int loop_poll_wait(lua_State *L)
{
    struct state *s = coaio__state(L);
    if (s->L)
        return luaL_error(L, "coaio: attempt to poll inside a task or callback");
    if (is_busy(s))
        wait(L, s, -1);
    return 0;
}

static int loop_poll(lua_State *L)
{
    loop_poll_wait(L);
    return loop_poll_cb(L);
}

static int loop_poll_fileno(lua_State *L)
{
    struct state *s = coaio__state(L);
    int fd = coaio_fileno(coaio__state_engine(L, s));
    if (fd < 0)
        return luaL_error(L, "coaio: no descriptor: %s", coaio_strerror(-fd));
    if (!s->watched && s->ready.count > 0)
        coaio_wakeup(s->engine);
    s->watched = true;
    lua_pushinteger(L, fd);
    return 1;
}

/* done(waiter): for the function that runs the loop for the main chunk. */
static int loop_done(lua_State *L)
{
    struct waiter *w = lua_touserdata(L, 1);
    lua_pushboolean(L, w->phase == PHASE_DONE);
    return 1;
}

/* inside() -> boolean: is this a task or a callback? */
static int loop_inside(lua_State *L)
{
    lua_pushboolean(L, coaio__state(L)->L != NULL);
    return 1;
}

/* now(): seconds of a clock that only ever goes forward. */
static int loop_now(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
    return 1;
}

static const luaL_Reg functions[] = {{"step", loop_step},
                                     {"poll", loop_poll},
                                     {"poll_cb", loop_poll_cb},
                                     {"poll_wait", loop_poll_wait},
                                     {"poll_fileno", loop_poll_fileno},
                                     {"done", loop_done},
                                     {"inside", loop_inside},
                                     {"report", loop_report},
                                     {"now", loop_now},
                                     {"left", loop_left},
                                     {NULL, NULL}};

void coaio__loop_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
