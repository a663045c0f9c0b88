/*
 * The tasks of a forked child.
 */
#include "lua/forked.h"

#include <pthread.h>

#include "lua/holds.h"
#include "lua/tasks.h"

uint32_t coaio__forks;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void count_fork(void)
{
    coaio__forks++;
}

static void install(void)
{
    (void)pthread_atfork(NULL, NULL, count_fork);
}

/* ---- what is given up ------------------------------------------------------------------------ */

struct loss {
    lua_State *L;
    struct task *survivor;
};

/* The main chunk, which is on the C stack, looks at its own. */
static bool is_main_chunk(const struct waiter *w)
{
    return w->wakes == WAKES_CALLER && !w->task;
}

/* All before any: to give back a file may start its close, which is not lost. */
static void mark(struct waiter *w, void *data)
{
    (void)data;
    if (w->phase == PHASE_BUILDING)
        return;
    w->lost = !is_main_chunk(w);
    if (!w->owned)
        w->req = NULL;
    if (w->op && w->op->code == COAIO_CLOSE && w->closing) {
        w->closing->closer = NULL;
        w->closing = NULL;
    }
    if (!w->lost || w->op)
        return;
    coaio__waiter_forget(w);
    w->subject = NULL;
}

static void lose_waiter(struct waiter *w, void *data)
{
    const struct loss *loss = data;
    struct task *task = w->task;
    if (!w->lost)
        return;
    if (task && task != loss->survivor) {
        task->waiting = NULL;
        coaio__task_lose(loss->L, task);
    }
    coaio__waiter_release(loss->L, w);
}

static void lose_task(lua_State *L, struct task *task, void *data)
{
    const struct loss *loss = data;
    if (task != loss->survivor)
        coaio__task_lose(L, task);
}

static void go_on(struct waiter *w, void *data)
{
    if (w->phase == PHASE_READY)
        coaio__waiter_enqueue(data, w);
}

static void keep_heir(lua_State *L, struct state *s, struct task *survivor)
{
    if (survivor && survivor->slot != 0)
        coaio__task_push(L, survivor);
    else
        lua_pushboolean(L, 0);
    coaio__anchors_replace(L, &s->anchors, s->heir);
    s->inherits = s->runs;
    if (survivor && s->runs)
        survivor->watched = true; /* by run */
}

void coaio__forked_notice(lua_State *L, struct state *s, struct task *survivor)
{
    struct loss loss = {.L = L, .survivor = survivor};
    s->forks = coaio__forks;
    s->inherited = s->engine && coaio_get(s->engine, COAIO_NREQS) < 0;
    if (!lua_checkstack(L, 8))
        return;
    s->epoch++;
    s->ngroups = s->nspared = s->nretries = 0;
    coaio__waiter_each(s, mark, NULL);
    s->ready = s->failed = (struct queue){NULL, NULL, 0};
    coaio__waiter_each(s, lose_waiter, &loss);
    coaio__task_each(L, s, lose_task, &loss);
    coaio__waiter_each(s, go_on, &s->ready);
    coaio__state_forget_close(s);
    keep_heir(L, s, survivor);
}

void coaio__forked_check(lua_State *L, struct state *s)
{
    if (coaio__forked_is_news(s))
        coaio__forked_notice(L, s, coaio__task_current(L, s));
}

/* ---- functions ------------------------------------------------------------------------------- */

static void set_runs(struct state *s, bool runs)
{
    s->runs = runs;
    s->inherits = false;
}

/* run_begins(); run_ends(): these need no Lua code, in which an interrupt could come between;
   is_run() -> boolean */
static int forked_run_begins(lua_State *L)
{
    set_runs(coaio__state(L), true);
    return 0;
}

static int forked_run_ends(lua_State *L)
{
    set_runs(coaio__state(L), false);
    return 0;
}

static int forked_is_run(lua_State *L)
{
    lua_pushboolean(L, coaio__state(L)->runs);
    return 1;
}

/* heir(task) -> the task; in a child that was forked during this run, the task that forked, nil
   where it was none */
static int forked_heir(lua_State *L)
{
    struct state *s = coaio__state(L);
    lua_settop(L, 1);
    coaio__forked_check(L, s);
    if (!s->inherits)
        return 1;
    coaio__anchors_push(L, &s->anchors, s->heir);
    if (!lua_toboolean(L, -1))
        lua_pushnil(L);
    return 1;
}

static const luaL_Reg functions[] = {{"run_begins", forked_run_begins},
                                     {"run_ends", forked_run_ends},
                                     {"is_run", forked_is_run},
                                     {"heir", forked_heir},
                                     {NULL, NULL}};

void coaio__forked_open_library(lua_State *L, struct state *s)
{
    pthread_once(&once, install);
    s->forks = coaio__forks;
    coaio__anchors_reserve(L, &s->anchors, 1);
    lua_pushboolean(L, 0);
    s->heir = coaio__anchors_keep(L, &s->anchors);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
