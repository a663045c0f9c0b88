/*
 * bench.clock: the monotonic clock in seconds, which plain Lua lacks. Every Lua contender uses it.
 */
#include <lauxlib.h>
#include <lua.h>
#include <time.h>

int luaopen_bench_clock(lua_State *L);

static int now(lua_State *L)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec * 1e-9);
    return 1;
}

int luaopen_bench_clock(lua_State *L)
{
    lua_pushcfunction(L, now);
    return 1;
}
