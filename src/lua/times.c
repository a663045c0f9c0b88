/*
 * Times as Lua has them.
 *
 * A float has room for 53 bits: of these years the nearest ones are a quarter of a microsecond apart. Where a time has
 * to be exact it is an integer, a pair of seconds and nanoseconds, or a stat object, whose own time of that kind is
 * meant.
 */
#include "lua/times.h"

#include <math.h>

#include "lua/args.h"
#include "lua/operands.h"

enum { BILLION = 1000000000, ATIME = 2, MTIME = 3 }; /* where the times of aio_utime are */

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

/* ---- of aio_utime ------------------------------------------------------------------------------------------------ */

static void check_pair(lua_State *L, struct call *call, coaio_time *time, int index)
{
    lua_Integer sec = 0, nsec = 0;
    bool good;
    coaio__check_plain_table(L, call, index);
    lua_rawgeti(L, index, 1);
    lua_rawgeti(L, index, 2);
    good = coaio__args_is_integer(L, -2, &sec) && coaio__args_is_integer(L, -1, &nsec);
    if (!good || nsec < 0 || nsec >= BILLION)
        coaio__args_error(L, call, index, "{seconds, nanoseconds} expected, integers and the latter below 1000000000");
    lua_pop(L, 2);
    *time = (coaio_time){.sec = sec, .nsec = (uint32_t)nsec};
}

static void check_number(lua_State *L, struct call *call, coaio_time *time, int index)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__args_type_error(L, call, index, "number, {seconds, nanoseconds} or stat");
    if (!coaio__time_to(L, index, time))
        coaio__args_error(L, call, index, "time out of range");
}

/* coaio.TIME_NOW and coaio.TIME_OMIT, which are no times; nil is the former. */
static bool is_special(lua_State *L, int index, int64_t *special)
{
    *special = lua_isnil(L, index) ? COAIO_TIME_NOW : lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
    return *special == COAIO_TIME_NOW || *special == COAIO_TIME_OMIT;
}

void coaio__check_time(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    coaio_time *time = &call->time[index - ATIME];
    const coaio_statbuf *stat = NULL;

    if (is_special(L, index, &arg->i))
        return;
    if (lua_type(L, index) == LUA_TUSERDATA)
        stat = luaL_testudata(L, index, "coaio.stat");
    if (stat != NULL)
        *time = index == MTIME ? stat->mtime : stat->atime;
    else if (lua_type(L, index) == LUA_TTABLE)
        check_pair(L, call, time, index);
    else
        check_number(L, call, time, index);
    arg->i = COAIO_TIME_EXACT;
    arg->p = time;
}
