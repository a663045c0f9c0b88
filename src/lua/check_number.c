/*
 * Checkers of numbers, flags, modes and times.
 */
#include "lua/check_number.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lua/times.h"

enum { BILLION = 1000000000 };
enum { ATIME = 2, MTIME = 3 }; /* where the times of aio_utime are */

/* ---- numbers --------------------------------------------------------------------------------- */

/* Nothing was given, and the row says what that means: the argument has it now. */
static bool is_left_out(lua_State *L, const struct call *call, coaio_arg *arg, int index)
{
    uint32_t which = (uint32_t)(arg - call->arg);
    return lua_isnil(L, index) && coaio_op_left_out((int)call->op->code, which, arg) == 0;
}

void coaio__check_offset(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (is_left_out(L, call, arg, index))
        return;
    arg->i = coaio__check_integer(L, call, index);
    if (arg->i < 0)
        coaio__refuse(L, call, index, "offset out of range");
}

void coaio__check_length(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    lua_Integer length;
    call->length = arg;
    call->length_index = index;
    call->length_left_out = lua_isnil(L, index);
    if (is_left_out(L, call, arg, index)) {
        if (arg->n == UINT64_MAX) {
            arg->n = INT64_MAX;
            call->flags |= COAIO_TO_END;
        }
        return;
    }
    length = coaio__check_integer(L, call, index);
    if (length < 0)
        coaio__refuse(L, call, index, "length out of range");
    arg->n = (uint64_t)length;
}

void coaio__check_delta(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__opt_integer(L, call, index, 0);
}

void coaio__check_id(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__opt_integer(L, call, index, -1);
}

void coaio__check_dev(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->n = (uint64_t)coaio__opt_integer(L, call, index, 0); /* makedev uses all 64 bits */
}

void coaio__check_seconds(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__refuse_type(L, call, index, "number");
    arg->d = lua_tonumber(L, index);
    if (!(arg->d >= 0))
        coaio__refuse(L, call, index, "seconds out of range");
    if (arg->d > 999999999)
        arg->d = 999999999; /* 31 years stand for ever */
}

void coaio__check_whence(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    static const struct {
        const char *name;
        int value;
    } names[] = {{"set", SEEK_SET}, {"cur", SEEK_CUR}, {"end", SEEK_END}};
    size_t i;

    if (lua_type(L, index) != LUA_TSTRING) {
        arg->i = coaio__opt_integer(L, call, index, SEEK_SET);
        return;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(lua_tostring(L, index), names[i].name) == 0) {
            arg->i = names[i].value;
            return;
        }
    }
    coaio__refuse(L, call, index, "\"set\", \"cur\", \"end\" or an integer expected");
}

/* ---- flags and modes ------------------------------------------------------------------------- */

/* The flags of an io.open mode string, -1 for anything else. */
static int flags_of(const char *mode, size_t length)
{
    size_t i;
    int flags = *mode == 'r'   ? O_RDONLY
                : *mode == 'w' ? O_WRONLY | O_CREAT | O_TRUNC
                : *mode == 'a' ? O_WRONLY | O_CREAT | O_APPEND
                               : -1;
    if (flags == -1)
        return -1;
    for (i = 1; i < length; i++) {
        if (memchr(mode + 1, mode[i], i - 1) != NULL)
            return -1; /* twice */
        if (mode[i] == '+')
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        else if (mode[i] == 'x' && (flags & O_CREAT))
            flags |= O_EXCL;
        else if (mode[i] != 'b')
            return -1;
    }
    return flags;
}

/* {beneath = true} of aio_wd. A misspelt option would confine nothing, in silence. */
static int64_t wd_flags(lua_State *L, struct call *call, int index)
{
    bool beneath;
    coaio__check_plain_table(L, call, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        if (lua_type(L, -2) != LUA_TSTRING || strcmp(lua_tostring(L, -2), "beneath") != 0)
            coaio__refuse(L, call, index, "{beneath = true} expected, or no options");
    lua_getfield(L, index, "beneath");
    beneath = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return beneath ? COAIO_WD_BENEATH : 0;
}

void coaio__check_flags(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    int type = lua_type(L, index);
    const char *mode;
    size_t length;
    if (call->op->code == COAIO_WD && type == LUA_TTABLE) {
        arg->i = wd_flags(L, call, index);
        return;
    }
    if (call->op->code != COAIO_OPEN || type != LUA_TSTRING) {
        arg->i = coaio__opt_integer(L, call, index, 0);
        return;
    }
    mode = lua_tolstring(L, index, &length);
    arg->i = flags_of(mode, length);
    if (arg->i < 0)
        coaio__refuse(L, call, index, "mode string expected: r, w or a, then any of + b x");
}

void coaio__check_count(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    lua_Integer count = coaio__opt_integer(L, call, index, UINT32_MAX);
    if (count < 0)
        coaio__refuse(L, call, index, "count out of range");
    arg->n = (uint64_t)count;
}

void coaio__check_mask(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (!is_left_out(L, call, arg, index))
        arg->i = coaio__check_integer(L, call, index);
}

void coaio__check_command(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__check_integer(L, call, index);
}

static lua_Integer octal(lua_State *L, struct call *call, int index)
{
    const char *string = lua_tostring(L, index);
    lua_Integer mode = 0;
    size_t i;
    for (i = 0; string[i] >= '0' && string[i] <= '7' && i < 8; i++)
        mode = mode * 8 + (string[i] - '0');
    if (i == 0 || i != lua_rawlen(L, index))
        coaio__refuse(L, call, index, "octal string expected, as \"0644\"");
    return mode;
}

void coaio__check_mode(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (lua_type(L, index) == LUA_TSTRING)
        arg->i = octal(L, call, index);
    else if (!is_left_out(L, call, arg, index))
        arg->i = coaio__check_integer(L, call, index);
}

/* ---- of aio_utime ---------------------------------------------------------------------------- */

static void check_pair(lua_State *L, struct call *call, coaio_time *time, int index)
{
    lua_Integer sec = 0, nsec = 0;
    bool good;
    coaio__check_plain_table(L, call, index);
    lua_rawgeti(L, index, 1);
    lua_rawgeti(L, index, 2);
    good = coaio__is_integer(L, -2, &sec) && coaio__is_integer(L, -1, &nsec);
    if (!good || nsec < 0 || nsec >= BILLION)
        coaio__refuse(L, call, index,
                      "{seconds, nanoseconds} expected, integers and the latter below 1000000000");
    lua_pop(L, 2);
    *time = (coaio_time){.sec = sec, .nsec = (uint32_t)nsec};
}

static void check_number(lua_State *L, struct call *call, coaio_time *time, int index)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__refuse_type(L, call, index, "number, {seconds, nanoseconds} or stat");
    if (!coaio__time_to(L, index, time))
        coaio__refuse(L, call, index, "time out of range");
}

/* coaio.TIME_NOW and coaio.TIME_OMIT, which are no times; nil is the former. */
static bool is_special(lua_State *L, int index, int64_t *special)
{
    *special = lua_isnil(L, index)       ? COAIO_TIME_NOW
               : lua_isinteger(L, index) ? lua_tointeger(L, index)
                                         : 0;
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
