/*
 * The state: its engine, descriptors that it closes, weak tables.
 */
#include "lua/state.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lua/scarce.h"

struct state *coaio__state(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* ---- the engine ------------------------------------------------------------------------------ */

static int cannot_start(lua_State *L, int error)
{
    const char *backend = getenv("COAIO_BACKEND");
    if (error == -EINVAL && backend)
        return luaL_error(L, "coaio: COAIO_BACKEND is \"%s\" (threads, uring or auto expected)",
                          backend);
    if (error == -ENOTSUP)
        return luaL_error(
            L,
            "coaio: COAIO_BACKEND is \"uring\", and coaio was built without io_uring (liburing)");
    if (backend)
        return luaL_error(L, "coaio: cannot start with COAIO_BACKEND=%s: %s", backend,
                          coaio_strerror(-error));
    return luaL_error(L, "coaio: cannot start: %s", coaio_strerror(-error));
}

coaio_engine *coaio__state_start(lua_State *L, struct state *s)
{
    int error;
    if (s->closed)
        luaL_error(L, "coaio: the Lua state is being closed");
    error = coaio_engine_new(&s->engine, NULL);
    if (coaio__scarce_is(error)) {
        lua_gc(L, LUA_GCCOLLECT);
        if (s->engine) /* by a finalizer */
            return s->engine;
        error = coaio_engine_new(&s->engine, NULL);
    }
    if (error < 0) {
        s->engine = NULL;
        cannot_start(L, error);
    }
    return s->engine;
}

int64_t coaio__state_outstanding(const struct state *s)
{
    return s->engine && !s->inherited ? coaio_get(s->engine, COAIO_NREQS) : 0;
}

void coaio__state_forget_close(struct state *s)
{
    if (s->last_close)
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
    if (!req || coaio_get(s->engine, COAIO_NREQS) == before) /* it is over, and gone */
        return req != NULL;
    coaio__state_forget_close(s);
    s->last_close = coaio_ref(req);
    if (!s->L)
        coaio_wait(s->engine, 0);
    return true;
}

void coaio__state_close_fd(struct state *s, int fd)
{
    s->nclosed++;
    if (!s->engine || !is_left_to_a_worker(s, fd))
        close(fd);
}

int64_t coaio__state_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* ---- weak tables ----------------------------------------------------------------------------- */

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
