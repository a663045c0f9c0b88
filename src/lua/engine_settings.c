/*
 * The engine's settings and gauges.
 *
 * A setting is read and written by one function, which returns the value it had before. Times are
 * in seconds.
 */
#include "lua/engine_settings.h"

#include <errno.h>
#include <stdlib.h>

#include "lua/call.h"
#include "lua/check.h"
#include "lua/forked.h"
#include "lua/task.h"
#include "lua/times.h"

enum unit { COUNT, SECONDS, GAUGE };

static const struct setting {
    const char *name;
    int key;
    enum unit unit;
} settings[] = {
    {"min_parallel", COAIO_MIN_PARALLEL, COUNT},
    {"max_parallel", COAIO_MAX_PARALLEL, COUNT},
    {"max_idle", COAIO_MAX_IDLE, COUNT},
    {"idle_timeout", COAIO_IDLE_TIMEOUT, SECONDS},
    {"max_poll_reqs", COAIO_MAX_POLL_REQS, COUNT},
    {"max_poll_time", COAIO_MAX_POLL_TIME, SECONDS},
    {"ring_depth", COAIO_RING_DEPTH, COUNT},
    {"max_inline", COAIO_INLINE, COUNT},
    {"max_slow", COAIO_MAX_SLOW, COUNT},
    {"drain_timeout", COAIO_DRAIN_TIMEOUT, SECONDS},
    {"signal", COAIO_SIGNAL, COUNT},
    {"nreqs", COAIO_NREQS, GAUGE},
    {"nready", COAIO_NREADY, GAUGE},
    {"npending", COAIO_NPENDING, GAUGE},
    {"nthreads", COAIO_NTHREADS, GAUGE},
    {"nstuck", COAIO_NSTUCK, GAUGE},
    {"nwaiting", COAIO_NWAITING, GAUGE},
};

enum { NSETTINGS = sizeof(settings) / sizeof(settings[0]) };

static int refuse(lua_State *L, const struct setting *setting, const char *problem)
{
    return luaL_error(L, "bad argument #1 to '%s' (%s)", setting->name, problem);
}

static int64_t check_count(lua_State *L, const struct setting *setting)
{
    lua_Integer count = 0;
    if (!coaio__is_integer(L, 1, &count))
        refuse(L, setting, "integer expected");
    return count;
}

static int64_t check_seconds(lua_State *L, const struct setting *setting)
{
    lua_Number seconds = lua_type(L, 1) == LUA_TNUMBER ? lua_tonumber(L, 1) : -1;
    if (!(seconds >= 0))
        refuse(L, setting, "seconds from 0 on expected");
    return coaio__nanoseconds_of(seconds, INT64_MAX / 2);
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

static void push_stuck(lua_State *L, const coaio_stuck_info *info)
{
    static const char *const lanes[] = {[COAIO_ON_ORDINARY] = "ordinary",
                                        [COAIO_ON_SLOW] = "slow",
                                        [COAIO_ON_RING] = "ring",
                                        [COAIO_ON_POLLER] = "poller"};

    lua_createtable(L, 0, 6);
    lua_pushstring(L, coaio__call_row(info->op)->name);
    lua_setfield(L, -2, "request");
    lua_pushnumber(L, (lua_Number)info->for_ns / 1e9);
    lua_setfield(L, -2, "seconds");
    lua_pushstring(L, info->path[0] != '\0' ? info->path : NULL);
    lua_setfield(L, -2, "path");
    if (info->fd >= 0) {
        lua_pushinteger(L, info->fd);
        lua_setfield(L, -2, "fd");
    }
    lua_pushstring(L, lanes[info->where]);
    lua_setfield(L, -2, "lane");
    lua_pushboolean(L, info->cancelled != 0);
    lua_setfield(L, -2, "cancelled");
}

static int longest_first(const void *left, const void *right)
{
    int64_t a = ((const coaio_stuck_info *)left)->for_ns,
            b = ((const coaio_stuck_info *)right)->for_ns;
    return (a < b) - (a > b);
}

static int64_t stuck(const struct state *s, coaio_stuck_info *list, int64_t room)
{
    int64_t count =
        s->engine != NULL ? coaio_stuck(s->engine, list, sizeof(*list), (uint32_t)room) : 0;
    return count < 0 ? 0 : count;
}

/* stuck([all]) -> list of what hangs, longest first; `all`: also what waits on the slow lane, or
   without a worker. */
static int engine_stuck(lua_State *L)
{
    struct state *s = coaio__state(L);
    bool all = lua_toboolean(L, 1);
    int64_t room = stuck(s, NULL, 0), count, i;
    coaio_stuck_info *list;
    lua_Integer n = 0;

    lua_newtable(L);
    list = lua_newuserdatauv(L, (size_t)room * sizeof(*list), 0);
    count = stuck(s, list, room);
    count = count < room ? count : room;
    qsort(list, (size_t)count, sizeof(*list), longest_first);
    for (i = 0; i < count; i++) {
        if (!all && (list[i].where == COAIO_ON_SLOW || list[i].where == COAIO_ON_POLLER))
            continue;
        push_stuck(L, &list[i]);
        lua_rawseti(L, -3, ++n);
    }
    lua_pop(L, 1);
    return 1;
}

/* reinit(): in a forked child, forget the parent's requests and start again. */
static int engine_reinit(lua_State *L)
{
    struct state *s = coaio__state(L);
    int error;
    coaio__forked_check(L, s);
    error = s->inherited ? coaio_reinit(s->engine) : 0;

    if (error < 0)
        return luaL_error(L, "coaio: cannot start again: %s", coaio_strerror(-error));
    s->inherited = false;
    return 0;
}

static const luaL_Reg functions[] = {
    {"backend", engine_backend}, {"reinit", engine_reinit}, {"stuck", engine_stuck}, {NULL, NULL}};

void coaio__engine_settings_open_library(lua_State *L)
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
