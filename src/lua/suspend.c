/*
 * The one place where coroutines suspend.
 *
 * A coroutine that waits yields one private light userdata, the token. Below it on its stack lie
 * the generation and the address of its waiter. The engine resumes it with no values; the
 * continuation looks at the waiter, not at who resumed it: a stranger's resume finds it unfinished,
 * cancels the request and raises an error. The results are built in the continuation, inside the
 * coroutine, where an out-of-memory error has a home.
 *
 * A coroutine that the host suspends goes on when the host resumes it; only then the waiter is
 * looked at. A host that wakes it too early finds itself asked to suspend it again.
 */
#include "lua/suspend.h"

#include <assert.h>

#include "lua/abandon.h"
#include "lua/alone.h"
#include "lua/cancel.h"
#include "lua/holds.h"
#include "lua/homes.h"
#include "lua/host.h"
#include "lua/results.h"
#include "lua/scarce.h"

static char token;

/* ---- after the wait -------------------------------------------------------------------------- */

static int push_results(lua_State *L, struct waiter *w)
{
    return w->op ? coaio__results_push(L, w) : w->wait->finish(L, w);
}

static int complete(lua_State *L, struct waiter *w)
{
    struct task *task = w->task;
    int n;

    assert(w->phase == PHASE_DONE);
    if (task) {
        task->waiting = NULL;
        if (coaio__cancel_is_due(L, task)) {
            coaio__waiter_release(L, w);
            return coaio__cancel_raise(L, task);
        }
    }
    if (w->op && coaio__scarce_is_request(w)) {
        struct state *s = w->state;
        const coaio_op *op = w->op;
        coaio__waiter_release(L, w);
        return coaio__scarce_retry(L, s, op);
    }
    w->phase = PHASE_BUILDING;
    w->state->building++;
    n = push_results(L, w);
    coaio__waiter_release(L, w);
    return n < 0 ? lua_error(L) : n;
}

static int refuse_stranger(lua_State *L, struct waiter *w)
{
    const char *name = coaio__waiter_name(w);
    coaio__home_notice_stranger(L, w);
    if (w->co == L)
        coaio__wait_abandon(L, w);
    else /* another coroutine waits in its place, and goes on */
        coaio__wait_interrupt(w);
    return luaL_error(L,
                      "coroutine resumed while it waits for %s; the request was cancelled "
                      "(only coaio may resume it; coaio.coroutine lets generators wait)",
                      name);
}

/* The coroutine goes on. Its stack: arguments, generation and waiter at ctx and above, what the
   resumer gave. */
static int await_k(lua_State *L, int status, lua_KContext ctx)
{
    int base = (int)ctx;
    struct waiter *w = lua_touserdata(L, base + 1);

    (void)status;
    if ((lua_Integer)w->generation != lua_tointeger(L, base))
        return luaL_error(L, "coroutine resumed after what it waited for was given up");
    if (w->phase != PHASE_DONE)
        return refuse_stranger(L, w);
    lua_settop(L, base - 1);
    return complete(L, w);
}

/* ---- the wait -------------------------------------------------------------------------------- */

static void belong_to(lua_State *L, struct waiter *w)
{
    struct task *current = coaio__task_current(L, w->state);
    w->co = L;
    w->wakes = WAKES_COROUTINE;
    w->task = NULL;
    if (current && current->home == L) {
        w->task = current;
        current->waiting = w;
        coaio__waiter_mark_spared(w);
    } else {
        lua_pushthread(L);
        coaio__waiter_anchor(L, w, ANCHOR_THREAD);
    }
}

static lua_KFunction continuation_of(const struct waiter *w)
{
    return w->relayed ? w->state->go_on : await_k;
}

static int yield(lua_State *L, struct waiter *w, int base)
{
    lua_pushlightuserdata(L, &token);
    return lua_yieldk(L, 1, (lua_KContext)base, continuation_of(w));
}

static int call_suspend(lua_State *L, struct waiter *w, int base);

static int suspended_k(lua_State *L, int status, lua_KContext ctx)
{
    int base = (int)ctx;
    struct waiter *w = lua_touserdata(L, base + 1);
    bool refused;

    if ((lua_Integer)w->generation != lua_tointeger(L, base))
        return luaL_error(L, "coroutine resumed after what it waited for was given up");
    if (status != LUA_OK && status != LUA_YIELD) {
        coaio__wait_abandon(L, w);
        return lua_error(L);
    }
    refused = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
    lua_settop(L, base + 1);
    if (w->phase == PHASE_DONE)
        return continuation_of(w)(L, LUA_YIELD, ctx);
    if (!refused)
        return call_suspend(L, w, base);
    w->wakes = WAKES_COROUTINE;
    return yield(L, w, base);
}

static int call_suspend(lua_State *L, struct waiter *w, int base)
{
    coaio__host_push(L, w->state, HOST_SUSPEND);
    lua_pushthread(L);
    return suspended_k(L, lua_pcallk(L, 1, 1, 0, (lua_KContext)base, suspended_k),
                       (lua_KContext)base);
}

static int suspend_by_host(lua_State *L, struct waiter *w, int base)
{
    w->wakes = WAKES_HOST;
    if (w->task) { /* others are kept alive as the one to be resumed */
        lua_pushthread(L);
        coaio__waiter_anchor(L, w, ANCHOR_THREAD);
    }
    return call_suspend(L, w, base);
}

static int suspend(lua_State *L, struct waiter *w)
{
    int base = lua_gettop(L) + 1;
    luaL_checkstack(L, 6, NULL);
    belong_to(L, w);
    lua_pushinteger(L, (lua_Integer)w->generation);
    lua_pushlightuserdata(L, w);
    if (w->state->host[HOST_SUSPEND] != LUA_REFNIL && L != w->state->inner)
        return suspend_by_host(L, w, base);
    return yield(L, w, base);
}

int coaio__await(lua_State *L, struct waiter *w)
{
    if (w->phase == PHASE_DONE)
        return complete(L, w);
    if (lua_isyieldable(L))
        return suspend(L, w);
    coaio__alone_wait(L, w);
    /* A turn that cannot be given away here; or a close that has ended. */
    if (w->phase == PHASE_READY) {
        int n = push_results(L, w);
        w->wakes = WAKES_NOBODY;
        return n < 0 ? lua_error(L) : n;
    }
    return complete(L, w);
}

bool coaio__suspend_is_wait(lua_State *co, int nresults)
{
    return nresults == 1 && lua_touserdata(co, -1) == &token;
}

struct waiter *coaio__suspend_surfaced(lua_State *inner, int nresults)
{
    if (!coaio__suspend_is_wait(inner, nresults))
        return NULL;
    lua_pop(inner, 1);
    return lua_touserdata(inner, -1);
}

void coaio__suspend_through(lua_State *L, struct waiter *w)
{
    if (lua_isyieldable(L)) {
        coaio__anchors_reserve(L, &w->state->anchors, 1);
        w->relayed = true;
        suspend(L, w);
        return;
    }
    w->co = NULL;
    w->wakes = WAKES_CALLER;
    coaio__alone_wait(L, w);
}
