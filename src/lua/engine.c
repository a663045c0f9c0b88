/*
 * The engine's settings and gauges.
 *
 * A setting is read and written by one function, which returns the value it had before. Times are in seconds.
 */
#include "lua/engine.h"

#include <errno.h>
#include <math.h>

#include "lua/task.h"

enum unit { COUNT, SECONDS, GAUGE };

static const struct setting {
    const char *name;
    int         key;
    enum unit   unit;
} settings[] = {
    {"min_parallel", COAIO_MIN_PARALLEL, COUNT},     {"max_parallel", COAIO_MAX_PARALLEL, COUNT},
    {"max_idle", COAIO_MAX_IDLE, COUNT},             {"idle_timeout", COAIO_IDLE_TIMEOUT, SECONDS},
    {"max_poll_reqs", COAIO_MAX_POLL_REQS, COUNT},   {"max_poll_time", COAIO_MAX_POLL_TIME, SECONDS},
    {"ring_depth", COAIO_RING_DEPTH, COUNT},         {"max_inline", COAIO_INLINE, COUNT},
    {"max_slow", COAIO_MAX_SLOW, COUNT},             {"nreqs", COAIO_NREQS, GAUGE},
    {"nready", COAIO_NREADY, GAUGE},                 {"npending", COAIO_NPENDING, GAUGE},
    {"nthreads", COAIO_NTHREADS, GAUGE},             {"nstuck", COAIO_NSTUCK, GAUGE},
};

enum { NSETTINGS = sizeof(settings) / sizeof(settings[0]) };

static int refuse(lua_State *L, const struct setting *setting, const char *problem)
{
    return luaL_error(L, "bad argument #1 to '%s' (%s)", setting->name, problem);
}

static int64_t check_count(lua_State *L, const struct setting *setting)
{
    int is_integer = 0;
    lua_Integer count = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &is_integer) : 0;
    if (!is_integer)
        refuse(L, setting, "integer expected");
    return count;
}

static int64_t check_seconds(lua_State *L, const struct setting *setting)
{
    lua_Number seconds = lua_type(L, 1) == LUA_TNUMBER ? lua_tonumber(L, 1) : -1;
    if (!(seconds >= 0 && seconds < 9e9))
        refuse(L, setting, "seconds from 0 on expected");
    return (int64_t)floor(seconds * 1e9 + 0.5);
}

static int64_t check_value(lua_State *L, const struct setting *setting)
{
    return setting->unit == COUNT ? check_count(L, setting) : check_seconds(L, setting);
}

static int engine_setting(lua_State *L)
{
    struct state *s = coaio__state(L);
    const struct setting *setting = lua_touserdata(L, lua_upvalueindex(2));
    bool writes = setting->unit != GAUGE && !lua_isnoneornil(L, 1);
    int64_t value = writes ? check_value(L, setting) : 0, before;
    int error;

    if (s->engine == NULL && setting->unit == GAUGE) {
        lua_pushinteger(L, 0);
        return 1;
    }
    before = coaio_get(coaio__state_engine(L, s), setting->key);
    error = writes ? coaio_set(s->engine, setting->key, value) : 0;
    if (error < 0)
        return refuse(L, setting, error == -EINVAL ? "value out of range" : coaio_strerror(-error));
    if (setting->unit == SECONDS)
        lua_pushnumber(L, (lua_Number)before / 1e9);
    else
        lua_pushinteger(L, before);
    return 1;
}

static int engine_backend(lua_State *L)
{
    lua_pushstring(L, coaio_backend(coaio__state_engine(L, coaio__state(L))));
    return 1;
}

/* All before any: giving back a file may start its close, which is not lost. */
static void mark_lost(struct waiter *w, void *data)
{
    (void)data;
    w->lost = w->req != NULL;
}

/* The request of a waiter stayed with the parent. Whoever waits for it waits for ever: its task is forgotten. */
static void lose_request(struct waiter *w, void *data)
{
    lua_State *L = data;
    if (!w->lost)
        return;
    if (w->task != NULL)
        coaio__task_lose(L, w->task);
    w->req = NULL;
    coaio__waiter_release(L, w);
}

/* reinit(): in a forked child, forget the parent's requests and start again. */
static int engine_reinit(lua_State *L)
{
    struct state *s = coaio__state(L);
    bool inherited = s->engine != NULL && coaio_get(s->engine, COAIO_NREQS) < 0;
    int error = inherited ? coaio_reinit(s->engine) : 0;

    if (error < 0)
        return luaL_error(L, "coaio: cannot start again: %s", coaio_strerror(-error));
    if (inherited) {
        s->epoch++;
        s->ngroups = 0;
        coaio__waiter_each(s, mark_lost, NULL);
        coaio__waiter_each(s, lose_request, L);
    }
    return 0;
}

static const luaL_Reg functions[] = {{"backend", engine_backend}, {"reinit", engine_reinit}, {NULL, NULL}};

void coaio__engine_open_library(lua_State *L)
{
    int i;
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
    for (i = 0; i < NSETTINGS; i++) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushlightuserdata(L, (void *)(uintptr_t)&settings[i]);
        lua_pushcclosure(L, engine_setting, 2);
        lua_setfield(L, -2, settings[i].name);
    }
}
