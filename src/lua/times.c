/*
 * Times as Lua has them.
 *
 * A float has room for 53 bits: of these years the nearest ones are a quarter of a microsecond
 * apart. Where a time has to be exact it is an integer, or as the checker of aio_utime takes it.
 */
#include "lua/times.h"

#include <math.h>

enum { BILLION = 1000000000 };

bool coaio__time_to(lua_State *L, int index, coaio_time *time)
{
    lua_Number seconds, whole;
    *time = (coaio_time){0};
    if (lua_type(L, index) != LUA_TNUMBER)
        return false;
    if (lua_isinteger(L, index)) {
        time->sec = lua_tointeger(L, index);
        return true;
    }
    seconds = lua_tonumber(L, index);
    whole = floor(seconds);
    if (!(whole >= -0x1p63 && whole < 0x1p63))
        return false;
    time->sec = (int64_t)whole;
    time->nsec = (uint32_t)floor((seconds - whole) * BILLION + 0.5);
    if (time->nsec == BILLION) {
        time->sec++;
        time->nsec = 0;
    }
    return true;
}

void coaio__time_push(lua_State *L, int64_t sec, uint32_t nsec)
{
    lua_pushnumber(L, (lua_Number)sec + (lua_Number)nsec / BILLION);
}

int64_t coaio__nanoseconds_of(lua_Number seconds, int64_t most)
{
    lua_Number ns = floor(seconds * BILLION + 0.5);
    if (ns >= (lua_Number)most)
        return most;
    return ns < 1 && seconds > 0 ? 1 : (int64_t)ns;
}
