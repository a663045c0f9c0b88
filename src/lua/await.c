/*
 * The one place where coroutines suspend and go on. Lua 5.4's continuations are used here (and, for tasks, in task.c
 * and coroutine.c) only.
 *
 * A coroutine that waits yields one private light userdata, the token. Below it on its stack lie the generation and
 * the address of its waiter. The engine resumes it with no values; the continuation looks at the waiter, not at who
 * resumed it: a stranger's resume finds it unfinished, cancels the request and raises an error. The results are built
 * in the continuation, inside the coroutine, where an out-of-memory error has a home.
 *
 * Where nothing can yield, the main chunk runs the loop until its waiter is done (other tasks run meanwhile), and every
 * other place (table.sort, a gsub callback, a finalizer, inside poll) waits for its request alone.
 */
#include "lua/await.h"

#include <errno.h>
#include <string.h>

#include "lua/async.h"
#include "lua/cancel.h"
#include "lua/coroutine.h"
#include "lua/forked.h"
#include "lua/holds.h"
#include "lua/homes.h"
#include "lua/host.h"
#include "lua/join.h"
#include "lua/report.h"
#include "lua/results.h"
#include "lua/room.h"
#include "lua/scarce.h"
#include "lua/task.h"
#include "lua/task_end.h"

enum { TURN_MAX = 128 }; /* run at once before timers and completions have their turn */

static const int64_t look_again_ns = 1000000000;

static char token;

/* ---- after the wait ---------------------------------------------------------------------------------------------- */

static int push_results(lua_State *L, struct waiter *w)
{
    return w->op != NULL ? coaio__results_push(L, w) : w->finish(L, w);
}

static int complete(lua_State *L, struct waiter *w)
{
    struct task *task = w->task;
    int n;

    if (task != NULL) {
        task->waiting = NULL;
        if (coaio__cancel_is_due(L, task)) {
            coaio__waiter_release(L, w);
            return coaio__cancel_raise(L, task);
        }
    }
    if (w->op != NULL && coaio__scarce_is_request(w)) {
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

void coaio__await_abandon(lua_State *L, struct waiter *w)
{
    w->orphan = true;
    w->co = NULL;
    if (w->task != NULL)
        w->task->waiting = NULL;
    w->task = NULL;
    if (w->op == NULL && w->joined != NULL)
        coaio__join_undo(w);
    if (w->phase == PHASE_DONE || (w->op == NULL && w->phase == PHASE_PENDING))
        coaio__waiter_release(L, w);
    else if (w->phase == PHASE_PENDING && w->req != NULL && !w->gives_back)
        coaio_cancel(w->req);
}

void coaio__await_interrupt(struct waiter *w)
{
    if (w->phase != PHASE_PENDING)
        return;
    if (w->op != NULL) {
        if (w->op->code == COAIO_CLOSE) /* one that is dropped would lose its descriptor */
            (void)coaio__file_leave(w, ECANCELED);
        else if (w->req != NULL && !w->gives_back)
            coaio_cancel(w->req);
    } else if (w->joined != NULL) {
        coaio__join_undo(w);
        coaio__waiter_wake(w);
    } else if (w->parked) {
        coaio__waiter_wake(w);
    }
}

static int refuse_stranger(lua_State *L, struct waiter *w)
{
    const char *name = coaio__waiter_name(w);
    coaio__home_notice_stranger(L, w);
    if (w->co == L)
        coaio__await_abandon(L, w);
    else /* another coroutine waits in its place, and goes on */
        coaio__await_interrupt(w);
    return luaL_error(L, "coroutine resumed while it waits for %s; the request was cancelled "
                         "(only coaio may resume it; coaio.coroutine lets generators wait)", name);
}

/* The coroutine goes on. Its stack: arguments, generation and waiter at ctx and above, what the resumer gave. */
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

/* ---- the wait ---------------------------------------------------------------------------------------------------- */

static void belong_to(lua_State *L, struct waiter *w)
{
    struct task *current = coaio__task_current(L, w->state);
    w->co = L;
    w->task = NULL;
    if (current != NULL && current->home == L) {
        w->task = current;
        current->waiting = w;
        coaio__waiter_mark_spared(w);
    } else {
        lua_pushthread(L);
        coaio__waiter_anchor(L, w, ANCHOR_THREAD);
    }
}

lua_KFunction coaio__await_continuation(const struct waiter *w)
{
    return w->relayed ? coaio__coroutine_go_on : await_k;
}

int coaio__await_yield(lua_State *L, struct waiter *w, int base)
{
    lua_pushlightuserdata(L, &token);
    return lua_yieldk(L, 1, (lua_KContext)base, coaio__await_continuation(w));
}

static int suspend(lua_State *L, struct waiter *w)
{
    int base = lua_gettop(L) + 1;
    luaL_checkstack(L, 6, NULL);
    belong_to(L, w);
    lua_pushinteger(L, (lua_Integer)w->generation);
    lua_pushlightuserdata(L, w);
    if (w->state->host[HOST_SUSPEND] != LUA_REFNIL && L != w->state->inner)
        return coaio__host_suspend(L, w, base);
    return coaio__await_yield(L, w, base);
}

static bool is_called_by_lua_itself(lua_State *L, lua_Debug *ar)
{
    lua_getinfo(L, "n", ar);
    return strcmp(ar->namewhat, "hook") == 0 ||
           (strcmp(ar->namewhat, "metamethod") == 0 && strcmp(ar->name, "__gc") == 0);
}

static bool is_lua_or_pcall(lua_State *L, struct state *s, lua_Debug *ar)
{
    lua_CFunction function;
    lua_getinfo(L, "f", ar);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return function == NULL || function == s->pcall || function == s->xpcall;
}

/* May this place run the loop? Only the main chunk: nothing but Lua functions and pcall below it. */
static bool may_drive(lua_State *L, struct state *s)
{
    lua_Debug ar, below;
    int level;
    if (s->L != NULL || L != s->main || s->driver == LUA_NOREF || s->hosted)
        return false;
    for (level = 0; lua_getstack(L, level, &ar); level++) {
        if (is_called_by_lua_itself(L, &ar))
            return false;
        if (level > 0 && !is_lua_or_pcall(L, s, &ar) && lua_getstack(L, level + 1, &below))
            return false;
    }
    return true;
}

static void drive(lua_State *L, struct waiter *w)
{
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, w->state->driver);
    lua_pushlightuserdata(L, w);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        coaio__await_abandon(L, w);
        lua_error(L);
    }
}

/* A signal handler may have set a hook, as lua.c does for Ctrl-C: run some Lua code so that it fires. A hook of the
   main coroutine fires only there: a task that waits in another one is cancelled, so that the program gets there. */
static void let_hooks_run(lua_State *L, struct waiter *w, lua_Hook before)
{
    lua_State *main = w->state->main;
    lua_Hook hook = lua_gethook(main);
    int status = LUA_OK;

    if (hook == NULL || (L != main && hook == before))
        return;
    if (L == main) {
        status = luaL_loadstring(L, "local i = 0 return i") || lua_pcall(L, 0, 0, 0);
    } else {
        status = LUA_ERRRUN;
        coaio__cancel_here(L, w->state);
    }
    if (status != LUA_OK) {
        coaio__await_abandon(L, w);
        lua_error(L);
    }
}

/* A signal that comes just before the wait does not end it: look again after a while. */
static void wait_alone(lua_State *L, struct waiter *w)
{
    struct state *s = w->state;
    lua_Hook before = s->L != NULL ? s->hook : lua_gethook(s->main);
    int result;
    while ((result = coaio_req_wait(w->req, look_again_ns)) == 0 || result == -EINTR)
        let_hooks_run(L, w, before);
    if (result < 0 || coaio_claim(w->req) != 1) {
        coaio__await_abandon(L, w);
        luaL_error(L, "coaio: cannot wait for %s here", coaio__waiter_name(w));
    }
    w->owned = true;
    w->phase = PHASE_DONE;
    coaio__waiter_give_back(L, w);
}

static void wait_here(lua_State *L, struct waiter *w)
{
    if (may_drive(L, w->state)) {
        drive(L, w);
        return;
    }
    if (w->req == NULL && w->closing != NULL)
        coaio__file_settle(w);
    if (w->req != NULL)
        wait_alone(L, w);
    else if (w->phase != PHASE_READY) {
        if (w->joined != NULL)
            coaio__join_undo(w);
        coaio__waiter_release(L, w);
        luaL_error(L, "cannot wait for a task here: this place cannot yield");
    }
}

int coaio__await(lua_State *L, struct waiter *w)
{
    if (w->phase == PHASE_DONE)
        return complete(L, w);
    if (lua_isyieldable(L))
        return suspend(L, w);
    wait_here(L, w);
    if (w->phase == PHASE_READY) { /* a turn that cannot be given away here; or a close that has ended */
        int n = push_results(L, w);
        w->orphan = true;
        return n < 0 ? lua_error(L) : n;
    }
    return complete(L, w);
}

struct waiter *coaio__await_surfaced(lua_State *inner, int nresults)
{
    if (nresults != 1 || lua_touserdata(inner, -1) != &token)
        return NULL;
    lua_pop(inner, 1);
    return lua_touserdata(inner, -1);
}

void coaio__await_through(lua_State *L, struct waiter *w)
{
    if (lua_isyieldable(L)) {
        coaio__slots_reserve(L, &w->state->anchors, 1);
        w->relayed = true;
        suspend(L, w);
        return;
    }
    w->co = NULL;
    wait_here(L, w);
}

/* ---- the end of the wait ----------------------------------------------------------------------------------------- */

/* Its coroutine is coaio's alone, and its end is seen here; else hosted_body, or the body itself, ends it. */
static bool is_owned(const struct task *task)
{
    return task->home == task->co && !task->adopted;
}

static void resume(struct state *s, lua_State *co, struct task *task, int nargs)
{
    struct task *outer = s->current;
    bool owned = task != NULL && is_owned(task);
    int n = 0, status;

    s->current = task;
    s->nraises = 0;
    status = lua_resume(co, s->L, nargs, &n);
    s->current = outer;
    if (coaio__forked_is_news(s))
        coaio__forked_notice(s->L, s, task);
    if (status == LUA_YIELD) {
        if (owned && (n != 1 || lua_touserdata(co, -1) != &token))
            coaio__home_know(s, task);
        lua_pop(co, n);
    } else if (owned)
        coaio__task_ended(s, task, co, status);
    else if (status != LUA_OK)
        coaio__report(s->L, s, co, NULL);
    else
        lua_settop(co, 0);
}

/* The stack keeps the coroutine of a task alive while it runs, if that may go with the task. */
static void keep_alive(lua_State *L, struct task *task)
{
    if (is_owned(task) || !lua_checkstack(L, 2) || !lua_checkstack(task->home, 1))
        return;
    lua_pushthread(task->home);
    lua_xmove(task->home, L, 1);
}

static void start(struct state *s, struct task *task)
{
    task->waiting = NULL;
    if (task->cancelled) {
        coaio__task_dropped(s, task);
    } else {
        int top = lua_gettop(s->L);
        task->status = TASK_STARTED;
        keep_alive(s->L, task);
        resume(s, task->home, task, lua_gettop(task->home) - 1);
        lua_settop(s->L, top);
    }
}

/* A request in callback style is finished: its results go to a task. */
static void start_detached(struct state *s, struct task *task)
{
    coaio__task_enlist(task);
    start(s, task);
}

static void go_on(struct state *s, struct waiter *w)
{
    int top = lua_gettop(s->L);
    if (w->task == NULL)
        coaio__waiter_push_anchor(s->L, w, ANCHOR_THREAD); /* the stack keeps it alive while it runs */
    else
        keep_alive(s->L, w->task);
    resume(s, w->co, w->task, 0);
    lua_settop(s->L, top);
}

/* A coroutine that ran out of memory before it got so far has not taken what it waited for. */
static void release_untaken(struct state *s, struct waiter *w, uint32_t generation)
{
    if (w->generation == generation && w->phase == PHASE_DONE)
        coaio__waiter_release(s->L, w);
}

static void deliver(struct state *s, struct waiter *w)
{
    lua_State *co = w->co;
    uint32_t generation = w->generation;

    w->phase = PHASE_DONE;
    if (w->orphan) {
        coaio__waiter_release(s->L, w);
    } else if (w->starts) {
        struct task *task = w->task;
        coaio__waiter_release(s->L, w);
        start(s, task);
    } else if (w->detached) {
        start_detached(s, w->task);
        release_untaken(s, w, generation);
    } else if (co == NULL)
        return; /* its owner runs the loop and looks */
    else if (w->by_host)
        coaio__host_resume(s, w);
    else if (lua_status(co) == LUA_YIELD && lua_gettop(co) > 0 && lua_touserdata(co, -1) == w) {
        go_on(s, w);
        release_untaken(s, w, generation);
    } else { /* it was closed */
        struct task *task = w->task;
        coaio__waiter_release(s->L, w);
        if (task != NULL) {
            task->waiting = NULL;
            coaio__task_dropped(s, task);
        }
    }
}

void coaio__await_completed(coaio_req *req, void *data)
{
    struct waiter *w = data;
    coaio_ref(req);
    w->owned = true;
    w->state->ngroups -= w->op->code == COAIO_GROUP; /* here, where nothing fails */
    coaio__waiter_unmark_spared(w);
    coaio__waiter_give_back(w->state->L, w);
    deliver(w->state, w);
}

int coaio__await_drain(struct state *s)
{
    struct waiter *w;
    uint32_t i, n = s->ready.count < TURN_MAX ? s->ready.count : TURN_MAX;
    for (i = 0; i < n && (w = coaio__waiter_dequeue(&s->ready)) != NULL; i++) /* a fork empties it */
        deliver(s, w);
    if (s->ready.count == 0) /* who had waited for room has ended without taking it, or has given it back already */
        coaio__room_wake(s);
    if (s->watched && s->ready.count > 0 && s->engine != NULL)
        coaio_wakeup(s->engine);
    return (int)n;
}
