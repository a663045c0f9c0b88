/*
 * The end: submit and wait, cancel, deliver to nobody, free.
 *
 * Finalizers run in the reverse order of the objects' making. A Lua io file that was made after
 * coaio's state would be closed before it, under its requests: so whenever a new one is used a
 * herald is made, whose finalizer waits for them.
 *
 * A string that is being written is memory of the Lua state, which is about to free it. Where even
 * a cancel does not end that, the allocator is replaced by one that keeps such memory: it is lost,
 * and nobody waits for ever.
 */
#include "lua/farewell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lua/holds.h"
#include "lua/tasks.h"

static bool runs(const struct waiter *w)
{
    return w->phase == PHASE_PENDING && w->req && coaio_result(w->req) == -EINPROGRESS;
}

static void wait_until(const struct waiter *w, int64_t until)
{
    int64_t left;
    while (runs(w) && (left = until - coaio__state_now()) > 0)
        if (coaio_req_wait(w->req, left) == -EPERM)
            return;
}

/* ---- warnings -------------------------------------------------------------------------------- */

struct loss {
    unsigned queued, started, callbacks, requests; /* how many */
    const char *name;                              /* of one of the requests */
};

static void count_task(lua_State *L, struct task *task, void *data)
{
    struct loss *loss = data;
    (void)L;
    loss->queued += task->status == TASK_QUEUED;
    loss->started += task->status == TASK_STARTED && !task->daemon;
}

static void count_waiter(struct waiter *w, void *data)
{
    struct loss *loss = data;
    loss->callbacks += w->calls && w->phase == PHASE_PENDING;
    if (!w->acts || !runs(w))
        return;
    loss->requests++;
    loss->name = w->op->name;
}

static void warn(lua_State *L, const char *what, unsigned n, const char *advice)
{
    char text[160];
    if (n == 0)
        return;
    snprintf(text, sizeof(text), "coaio: %s: %u (%s)", what, n, advice);
    lua_warning(L, text, 0);
}

/* A program that makes tasks or requests and forgets to run them would end without a word. */
static void warn_of(lua_State *L, const struct loss *loss)
{
    char text[100];
    warn(L, "tasks that were never started", loss->queued, "coaio.run starts them");
    warn(L, "tasks that had not ended", loss->started, "coaio.run waits for them");
    warn(L, "callbacks that never ran", loss->callbacks, "coaio.run and coaio.flush run them");
    if (loss->name)
        snprintf(text, sizeof(text),
                 "one was %s; coaio.drain_timeout says how long they are waited for", loss->name);
    warn(L, "requests that were given up", loss->requests, text);
}

/* ---- what is still done ---------------------------------------------------------------------- */

/* No coroutine goes on any more, and no feeder runs. */
static void let_go(struct waiter *w, void *data)
{
    (void)data;
    w->wakes = WAKES_NOBODY;
    if (w->phase == PHASE_PENDING && w->req && w->op->code == COAIO_GROUP)
        coaio_group_feed(w->req, NULL, NULL);
}

static void wait_for_one(struct waiter *w, void *data)
{
    if (w->acts)
        wait_until(w, *(const int64_t *)data);
}

static void cancel_one(struct waiter *w, void *data)
{
    (void)data;
    if (w->phase == PHASE_PENDING && w->req && w->op->code != COAIO_CLOSE)
        coaio_cancel(w->req);
}

/* ---- strings that somebody may still read ---------------------------------------------------- */

struct keeper {
    lua_Alloc real;
    void *data;
    struct keeper *next; /* the one before, if there is one */
    const char *kept;
};

static void *keep(void *data, void *block, size_t before, size_t size)
{
    const struct keeper *keeper = data;
    const char *start = block;
    if (size == 0 && start && keeper->kept >= start && keeper->kept < start + before)
        return NULL;
    return keeper->real(keeper->data, block, before, size);
}

/* Raises nothing: where there is no memory left it is waited for after all. */
static void keep_string(lua_State *L, struct waiter *w)
{
    struct keeper *keeper = malloc(sizeof *keeper);
    while (!keeper && runs(w) && coaio_req_wait(w->req, -1) != -EPERM)
        ;
    if (!keeper)
        return;
    coaio__waiter_push_anchor(L, w, ANCHOR_DATA);
    keeper->kept = lua_tostring(L, -1);
    lua_pop(L, 1);
    keeper->real = lua_getallocf(L, &keeper->data);
    lua_setallocf(L, keep, keeper);
}

struct strings {
    lua_State *L;
    int64_t until;
};

static void settle_string(struct waiter *w, void *data)
{
    const struct strings *strings = data;
    if (w->anchor[ANCHOR_DATA] == 0 || !runs(w))
        return;
    wait_until(w, strings->until);
    if (runs(w) && coaio_get(w->state->engine, COAIO_NREQS) >= 0)
        keep_string(strings->L, w);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void give_back(struct waiter *w, void *data)
{
    if (w->phase == PHASE_PENDING && w->req && !runs(w))
        coaio__waiter_give_back(data, w);
}

/* Requests that are done or cancelled are delivered to nobody: so they give back what they had. If
   os.exit was called in a task or callback nothing can be delivered: the process ends, and takes
   the engine along. */
static void deliver(lua_State *L, struct state *s, int64_t until)
{
    int64_t left;
    int n;
    s->L = L;
    while ((n = coaio_poll(s->engine)) > 0)
        ;
    while (n >= 0 && coaio_get(s->engine, COAIO_NREQS) > 0
           && (left = until - coaio__state_now()) > 0)
        n = coaio_wait(s->engine, left) == -EPERM ? -EPERM : coaio_poll(s->engine);
    if (n < 0)
        coaio__waiter_each(s, give_back, L);
    s->L = NULL;
    if (coaio_get(s->engine, COAIO_NREQS) > 0) /* it was waited for already */
        coaio_set(s->engine, COAIO_DRAIN_TIMEOUT, 0);
}

static void end_requests(lua_State *L, struct state *s, struct loss *loss)
{
    int64_t timeout = coaio_get(s->engine, COAIO_DRAIN_TIMEOUT),
            until = coaio__state_now() + timeout;
    struct strings strings = {.L = L};
    if (timeout < 0) /* a forked child: they are the parent's */
        return;
    coaio__waiter_each(s, let_go, NULL);
    coaio__waiter_each(s, wait_for_one, &until);
    coaio__waiter_each(s, count_waiter, loss);
    coaio__waiter_each(s, cancel_one, NULL);
    until = strings.until = coaio__state_now() + timeout;
    coaio__waiter_each(s, settle_string, &strings);
    deliver(L, s, until);
}

/* ---- files of others that are closed before -------------------------------------------------- */

/* Finalizer of the herald that stands in the registry: only the end of the Lua state comes to that
   one. */
static int herald_gc(lua_State *L)
{
    struct state *s = *(struct state **)lua_touserdata(L, 1);
    int64_t until;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->herald);
    if (s->closed || !s->engine || !lua_rawequal(L, -1, 1))
        return 0;
    until = coaio__state_now() + coaio_get(s->engine, COAIO_DRAIN_TIMEOUT);
    coaio__waiter_each(s, wait_for_one, &until);
    return 0;
}

static void new_herald(lua_State *L, struct state *s)
{
    struct state **herald = lua_newuserdatauv(L, sizeof *herald, 0);
    *herald = s;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, herald_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    if (s->herald == LUA_NOREF)
        s->herald = luaL_ref(L, LUA_REGISTRYINDEX);
    else
        lua_rawseti(L, LUA_REGISTRYINDEX, s->herald);
}

void coaio__farewell_before(lua_State *L, struct state *s, int file)
{
    bool known;
    luaL_checkstack(L, 4, NULL);
    lua_pushvalue(L, file);
    coaio__state_weak_get(L, s->heralded);
    known = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (known)
        return;
    new_herald(L, s);
    lua_pushvalue(L, file);
    lua_pushboolean(L, true);
    coaio__state_weak_set(L, s->heralded);
}

int coaio__farewell(lua_State *L)
{
    struct state *s = lua_touserdata(L, 1);
    struct loss loss = {0};
    if (s->closed)
        return 0;
    s->closed = true;
    coaio__task_each(L, s, count_task, &loss);
    if (s->engine) {
        end_requests(L, s, &loss);
        coaio__state_forget_close(s);
        coaio_engine_free(s->engine);
        s->engine = NULL;
    }
    warn_of(L, &loss);
    return 0;
}
