/*
 * How what waited goes on: in its coroutine, in a new task, or in the hands of a host.
 */
#include "lua/resume.h"

#include <assert.h>

#include "lua/forked.h"
#include "lua/holds.h"
#include "lua/homes.h"
#include "lua/host.h"
#include "lua/outstanding.h"
#include "lua/report.h"
#include "lua/suspend.h"
#include "lua/task_end.h"

enum { TURN_MAX = 128 }; /* run at once before timers and completions have their turn */

/* Its coroutine is coaio's alone, and its end is seen here; else hosted_body, or the body itself,
   ends it. */
static bool is_owned(const struct task *task)
{
    return task->home == task->co && !task->adopted;
}

static void resume(struct state *s, lua_State *co, struct task *task, int nargs)
{
    struct task *outer = s->current;
    bool owned = task && is_owned(task);
    int n = 0, status;

    s->current = task;
    s->nraises = 0;
    status = lua_resume(co, s->L, nargs, &n);
    s->current = outer;
    if (coaio__forked_is_news(s))
        coaio__forked_notice(s->L, s, task);
    if (status == LUA_YIELD) {
        if (owned && !coaio__suspend_is_wait(co, n))
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

static void go_on(struct state *s, struct waiter *w)
{
    int top = lua_gettop(s->L);
    if (!w->task)
        /* The stack keeps it alive while it runs. */
        coaio__waiter_push_anchor(s->L, w, ANCHOR_THREAD);
    else
        keep_alive(s->L, w->task);
    resume(s, w->co, w->task, 0);
    lua_settop(s->L, top);
}

static void resume_by_host(struct state *s, struct waiter *w)
{
    lua_State *L = s->L;
    lua_Debug ar;
    if (lua_status(w->co) != LUA_YIELD && !lua_getstack(w->co, 0, &ar)) { /* it was closed */
        coaio__waiter_release(L, w);
        return;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->host[HOST_RESUME]);
    coaio__waiter_push_anchor(L, w, ANCHOR_THREAD);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        coaio__report_complain(L, "the host cannot resume a coroutine");
}

/* A coroutine that ran out of memory before it got so far has not taken what it waited for. */
static void release_untaken(struct state *s, struct waiter *w, uint32_t generation)
{
    if (w->generation == generation && w->phase == PHASE_DONE)
        coaio__waiter_release(s->L, w);
}

typedef void deliverer(struct state *s, struct waiter *w);

/* The caller runs the loop and looks. */
static void deliver_to_caller(struct state *s, struct waiter *w)
{
    (void)s;
    (void)w;
}

static void drop(struct state *s, struct waiter *w)
{
    struct task *task = w->task;
    coaio__waiter_release(s->L, w);
    if (!task)
        return;
    task->waiting = NULL;
    coaio__task_dropped(s, task);
}

static void deliver_to_coroutine(struct state *s, struct waiter *w)
{
    lua_State *co = w->co;
    uint32_t generation = w->generation;
    if (lua_status(co) != LUA_YIELD || lua_gettop(co) == 0 || lua_touserdata(co, -1) != w) {
        drop(s, w); /* the coroutine was closed */
        return;
    }
    go_on(s, w);
    release_untaken(s, w, generation);
}

static void deliver_task(struct state *s, struct waiter *w)
{
    struct task *task = w->task;
    coaio__waiter_release(s->L, w);
    start(s, task);
}

/* The results go to a task. */
static void deliver_to_callback(struct state *s, struct waiter *w)
{
    uint32_t generation = w->generation;
    coaio__task_enlist(w->task);
    start(s, w->task);
    release_untaken(s, w, generation);
}

static void deliver_to_nobody(struct state *s, struct waiter *w)
{
    coaio__waiter_release(s->L, w);
}

static deliverer *const deliverers[WAKES] = {
    [WAKES_CALLER] = deliver_to_caller,     [WAKES_COROUTINE] = deliver_to_coroutine,
    [WAKES_HOST] = resume_by_host,          [WAKES_TASK] = deliver_task,
    [WAKES_CALLBACK] = deliver_to_callback, [WAKES_NOBODY] = deliver_to_nobody};

static void deliver(struct state *s, struct waiter *w)
{
    assert(w->phase == PHASE_PENDING || w->phase == PHASE_READY);
    assert(deliverers[w->wakes]);
    w->phase = PHASE_DONE;
    deliverers[w->wakes](s, w);
}

void coaio__resume_completed(coaio_req *req, void *data)
{
    struct waiter *w = data;
    coaio_ref(req);
    w->owned = true;
    w->state->ngroups -= w->op->code == COAIO_GROUP; /* here, where nothing fails */
    coaio__waiter_unmark_spared(w);
    coaio__waiter_give_back(w->state->L, w);
    deliver(w->state, w);
}

int coaio__resume_drain(struct state *s)
{
    struct waiter *w;
    uint32_t i, n = s->ready.count < TURN_MAX ? s->ready.count : TURN_MAX;
    /* A fork empties it. */
    for (i = 0; i < n && (w = coaio__waiter_dequeue(&s->ready)) != NULL; i++)
        deliver(s, w);
    /* A waiter for room may have ended without taking it, or have given it back already. */
    if (s->ready.count == 0)
        coaio__outstanding_wake(s);
    if (s->watched && s->ready.count > 0 && s->engine)
        coaio_wakeup(s->engine);
    return (int)n;
}
