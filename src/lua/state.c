/*
 * The state: creation, and waiters and their anchors.
 */
#include "lua/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lua/buffer.h"
#include "lua/farewell.h"
#include "lua/file.h"
#include "lua/outcome.h"
#include "lua/scarce.h"

enum { CHUNK_WAITERS = 32 };

struct chunk {
    struct chunk *next;
    struct waiter waiter[CHUNK_WAITERS];
};

static const char state_key;

struct state *coaio__state(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* ---- queues ------------------------------------------------------------------------------------------------------ */

void coaio__waiter_enqueue(struct queue *queue, struct waiter *w)
{
    w->next = NULL;
    if (queue->first == NULL)
        queue->first = w;
    else
        queue->last->next = w;
    queue->last = w;
    queue->count++;
}

struct waiter *coaio__waiter_dequeue(struct queue *queue)
{
    struct waiter *w = queue->first;
    if (w != NULL) {
        queue->first = w->next;
        queue->count--;
    }
    return w;
}

/* ---- waiters ----------------------------------------------------------------------------------------------------- */

static void add_chunk(lua_State *L, struct state *s)
{
    struct chunk *chunk;
    uint32_t i;

    luaL_checkstack(L, 4, NULL);
    chunk = lua_newuserdatauv(L, sizeof(*chunk), 0);
    memset(chunk, 0, sizeof(*chunk));
    coaio__slots_reserve(L, &s->anchors, 1); /* only now: the allocation may have run finalizers that made requests */
    coaio__slots_keep(L, &s->anchors);
    for (i = CHUNK_WAITERS; i-- > 0;) {
        struct waiter *w = &chunk->waiter[i];
        w->state = s;
        w->next = s->free;
        s->free = w;
    }
    chunk->next = s->chunks;
    s->chunks = chunk;
}

struct waiter *coaio__waiter_spare(struct state *s)
{
    struct waiter *w = s->free;
    s->free = w->next;
    w->next = NULL;
    w->phase = PHASE_PENDING;
    return w;
}

bool coaio__waiter_is_reserved(const struct state *s)
{
    return s->free != NULL && s->anchors.nfree >= ANCHORS;
}

void coaio__waiter_reserve(lua_State *L, struct state *s)
{
    if (coaio__waiter_is_reserved(s))
        return;
    if (s->free == NULL)
        add_chunk(L, s);
    coaio__slots_reserve(L, &s->anchors, ANCHORS);
}

struct waiter *coaio__waiter_new(lua_State *L, struct state *s)
{
    coaio__waiter_reserve(L, s);
    return coaio__waiter_spare(s);
}

void coaio__waiter_anchor(lua_State *L, struct waiter *w, enum anchor which)
{
    if (w->anchor[which] == 0)
        w->anchor[which] = coaio__slots_keep(L, &w->state->anchors);
    else
        coaio__slots_replace(L, &w->state->anchors, w->anchor[which]);
    w->anchored = true;
}

void coaio__waiter_push_anchor(lua_State *L, struct waiter *w, enum anchor which)
{
    coaio__slots_push(L, &w->state->anchors, w->anchor[which]);
}

static void drop_anchors(lua_State *L, struct waiter *w, enum anchor from)
{
    enum anchor i;
    for (i = from; w->anchored && i < ANCHORS; i++) {
        if (w->anchor[i] != 0)
            coaio__slots_drop(L, &w->state->anchors, w->anchor[i]);
        w->anchor[i] = 0;
    }
}

const char *coaio__waiter_name(const struct waiter *w)
{
    return w->op != NULL ? w->op->name : w->name;
}

void coaio__waiter_give_back(lua_State *L, struct waiter *w)
{
    struct file *file = w->file, *file2 = w->file2;
    w->file = w->file2 = NULL;
    drop_anchors(L, w, ANCHOR_HANDLE);
    if (w->block != NULL)
        coaio__block_give_back(w->block);
    w->block = NULL;
    if (file != NULL)
        coaio__file_give_back(w->state, file);
    if (file2 != NULL)
        coaio__file_give_back(w->state, file2);
}

static void drop_request(struct waiter *w)
{
    if (w->makes_fd && !w->taken && coaio_result(w->req) >= 0)
        coaio__state_close_fd(w->state, (int)coaio_result(w->req));
    coaio_unref(w->req);
}

void coaio__waiter_release(lua_State *L, struct waiter *w)
{
    struct state *s = w->state;
    struct task *left = w->op == NULL && w->joined == NULL ? w->subject : NULL;
    uint32_t generation = w->generation;

    if (w->phase == PHASE_BUILDING)
        s->building--;
    if (w->flushes)
        s->nflushes--;
    if (w->op != NULL && (w->file != NULL || w->file2 != NULL || w->block != NULL))
        coaio__waiter_give_back(L, w);
    drop_anchors(L, w, ANCHOR_THREAD);
    if (w->owned && w->req != NULL)
        drop_request(w);
    memset(w, 0, sizeof(*w));
    w->state = s;
    w->generation = generation + 1;
    w->next = s->free;
    s->free = w;
    if (left != NULL)
        coaio__outcome_left(L, left);
}

void coaio__waiter_each(struct state *s, void (*visit)(struct waiter *w, void *data), void *data)
{
    struct chunk *chunk;
    int i;
    for (chunk = s->chunks; chunk != NULL; chunk = chunk->next)
        for (i = 0; i < CHUNK_WAITERS; i++)
            if (chunk->waiter[i].phase != PHASE_FREE)
                visit(&chunk->waiter[i], data);
}

/* ---- the engine -------------------------------------------------------------------------------------------------- */

static int cannot_start(lua_State *L, int error)
{
    const char *backend = getenv("COAIO_BACKEND");
    if (error == -EINVAL && backend != NULL)
        return luaL_error(L, "coaio: COAIO_BACKEND is \"%s\" (threads, uring or auto expected)", backend);
    if (error == -ENOTSUP)
        return luaL_error(L, "coaio: COAIO_BACKEND is \"uring\", and coaio was built without io_uring (liburing)");
    if (backend != NULL)
        return luaL_error(L, "coaio: cannot start with COAIO_BACKEND=%s: %s", backend, coaio_strerror(-error));
    return luaL_error(L, "coaio: cannot start: %s", coaio_strerror(-error));
}

coaio_engine *coaio__state_engine(lua_State *L, struct state *s)
{
    int error;
    if (s->engine != NULL)
        return s->engine;
    if (s->closed)
        luaL_error(L, "coaio: the Lua state is being closed");
    error = coaio_engine_new(&s->engine, NULL);
    if (coaio__scarce_is(error)) {
        lua_gc(L, LUA_GCCOLLECT);
        if (s->engine != NULL) /* by a finalizer */
            return s->engine;
        error = coaio_engine_new(&s->engine, NULL);
    }
    if (error < 0) {
        s->engine = NULL;
        cannot_start(L, error);
    }
    return s->engine;
}

void coaio__state_forget_close(struct state *s)
{
    if (s->last_close != NULL)
        coaio_unref(s->last_close);
    s->last_close = NULL;
}

/* Where no turn is going on none may be to come for long: it leaves for its worker at once. */
static bool is_left_to_a_worker(struct state *s, int fd)
{
    int64_t before = coaio_get(s->engine, COAIO_NREQS);
    coaio_req *req;
    coaio_next(s->engine, 0, -1, COAIO_DETACHED);
    req = coaio_close(s->engine, fd, NULL, NULL);
    if (req == NULL || coaio_get(s->engine, COAIO_NREQS) == before) /* it is over, and gone */
        return req != NULL;
    coaio__state_forget_close(s);
    s->last_close = coaio_ref(req);
    if (s->L == NULL)
        coaio_wait(s->engine, 0);
    return true;
}

void coaio__state_close_fd(struct state *s, int fd)
{
    s->nclosed++;
    if (s->engine == NULL || !is_left_to_a_worker(s, fd))
        close(fd);
}

int64_t coaio__state_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* ---- the state --------------------------------------------------------------------------------------------------- */

static lua_CFunction global_function(lua_State *L, const char *name)
{
    lua_CFunction function;
    lua_getglobal(L, name);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return function;
}

int coaio__state_weak_table(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void coaio__state_weak_set(lua_State *L, int table)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, table);
    lua_insert(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void coaio__state_weak_get(lua_State *L, int table)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, table);
    lua_insert(L, -2);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

struct state *coaio__state_push(lua_State *L)
{
    struct state *s;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key) == LUA_TUSERDATA)
        return lua_touserdata(L, -1);
    lua_pop(L, 1);
    s = lua_newuserdatauv(L, sizeof(*s), 0);
    memset(s, 0, sizeof(*s));
    s->retry = s->herald = s->reporter = s->driver = s->runner = s->cancelled = LUA_NOREF;
    s->pcall = global_function(L, "pcall");
    s->xpcall = global_function(L, "xpcall");
    coaio__slots_init(L, &s->anchors);
    coaio__slots_init(L, &s->live);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    s->main = lua_tothread(L, -1);
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, coaio__farewell);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
    return s;
}
