/*
 * One checker per kind of argument: numbers and flags. Those of files, paths and memory are in operands.c, those of
 * times in times.c.
 *
 * They raise for what is misuse (a wrong type, a closed file, an offset that cannot be) and leave to the core what the
 * system would answer.
 */
#include "lua/args.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lua/operands.h"
#include "lua/times.h"

enum { MASK_LEFT_OUT = 0xfff };

int coaio__args_error(lua_State *L, const struct call *call, int index, const char *message)
{
    return luaL_error(L, "bad argument #%d to '%s' (%s)", index, call->op->name, message);
}

void coaio__args_refuse_surplus(lua_State *L, const char *name, int width, int last)
{
    int i;
    for (i = width + 1; i <= last; i++)
        if (!lua_isnil(L, i))
            luaL_error(L, "bad argument #%d to '%s' (too many arguments)", i, name);
}

const char *coaio__args_type_name(lua_State *L, int index)
{
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
        return lua_tostring(L, -1);
    return luaL_typename(L, index);
}

int coaio__args_type_error(lua_State *L, const struct call *call, int index, const char *expected)
{
    const char *got = coaio__args_type_name(L, index);
    return coaio__args_error(L, call, index, lua_pushfstring(L, "%s expected, got %s", expected, got));
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

bool coaio__args_is_integer(lua_State *L, int index, lua_Integer *value)
{
    int is_integer = 0;
    if (lua_type(L, index) == LUA_TNUMBER)
        *value = lua_tointegerx(L, index, &is_integer);
    return is_integer;
}

lua_Integer coaio__args_integer(lua_State *L, struct call *call, int index)
{
    lua_Integer value = 0;
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__args_type_error(L, call, index, "number");
    if (!coaio__args_is_integer(L, index, &value))
        coaio__args_error(L, call, index, "number has no integer representation");
    return value;
}

lua_Integer coaio__args_opt_integer(lua_State *L, struct call *call, int index, lua_Integer left_out)
{
    return lua_isnoneornil(L, index) ? left_out : coaio__args_integer(L, call, index);
}

lua_Integer coaio__args_within(lua_State *L, struct call *call, int index, lua_Integer value, lua_Integer low,
                               lua_Integer high)
{
    if (value < low || value > high)
        coaio__args_error(L, call, index, "number out of range");
    return value;
}

lua_Integer coaio__args_field(lua_State *L, struct call *call, int index, const char *name, bool may_lack,
                              lua_Integer low, lua_Integer high)
{
    lua_Integer value = 0;
    int is_integer = may_lack;
    if (lua_getfield(L, index, name) != LUA_TNIL)
        value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer)
        coaio__args_error(L, call, index, lua_pushfstring(L, "integer expected in field '%s'", name));
    if (value < low || value > high)
        coaio__args_error(L, call, index, lua_pushfstring(L, "number out of range in field '%s'", name));
    lua_pop(L, 1);
    return value;
}

static bool knows_own_position(const struct call *call)
{
    uint32_t code = call->op->code;
    return code == COAIO_READ || code == COAIO_WRITE || code == COAIO_SENDFILE;
}

static void check_offset(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (lua_isnil(L, index)) {
        arg->i = knows_own_position(call) ? -1 : 0;
        return;
    }
    arg->i = coaio__args_integer(L, call, index);
    if (arg->i < 0)
        coaio__args_error(L, call, index, "offset out of range");
}

static bool reads_to_the_end(const struct call *call)
{
    uint32_t code = call->op->code;
    return code == COAIO_READ || code == COAIO_SENDFILE || code == COAIO_READAHEAD;
}

static void check_length(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    lua_Integer length = 0;
    call->length = arg;
    call->length_index = index;
    call->length_left_out = lua_isnil(L, index);
    if (call->length_left_out && reads_to_the_end(call)) {
        length = INT64_MAX;
        call->flags |= COAIO_TO_END;
    } else if (!call->length_left_out || call->op->code == COAIO_TRUNCATE || call->op->code == COAIO_ALLOCATE) {
        length = coaio__args_integer(L, call, index);
    }
    if (length < 0)
        coaio__args_error(L, call, index, "length out of range");
    arg->n = (uint64_t)length;
}

static void check_delta(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__args_opt_integer(L, call, index, 0);
}

static void check_id(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__args_opt_integer(L, call, index, -1);
}

static void check_dev(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->n = (uint64_t)coaio__args_opt_integer(L, call, index, 0); /* makedev uses all 64 bits */
}

static void check_seconds(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__args_type_error(L, call, index, "number");
    arg->d = lua_tonumber(L, index);
    if (!(arg->d >= 0))
        coaio__args_error(L, call, index, "seconds out of range");
    if (arg->d > 999999999)
        arg->d = 999999999; /* 31 years stand for ever */
}

static void check_whence(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    static const struct {
        const char *name;
        int         value;
    } names[] = {{"set", SEEK_SET}, {"cur", SEEK_CUR}, {"end", SEEK_END}};
    size_t i;

    if (lua_type(L, index) != LUA_TSTRING) {
        arg->i = coaio__args_opt_integer(L, call, index, SEEK_SET);
        return;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(lua_tostring(L, index), names[i].name) == 0) {
            arg->i = names[i].value;
            return;
        }
    }
    coaio__args_error(L, call, index, "\"set\", \"cur\", \"end\" or an integer expected");
}

/* ---- flags and modes --------------------------------------------------------------------------------------------- */

/* The flags of an io.open mode string, -1 for anything else. */
static int flags_of(const char *mode, size_t length)
{
    size_t i;
    int flags = *mode == 'r' ? O_RDONLY : *mode == 'w' ? O_WRONLY | O_CREAT | O_TRUNC
              : *mode == 'a' ? O_WRONLY | O_CREAT | O_APPEND : -1;
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
            coaio__args_error(L, call, index, "{beneath = true} expected, or no options");
    lua_getfield(L, index, "beneath");
    beneath = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return beneath ? COAIO_WD_BENEATH : 0;
}

static void check_flags(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    int type = lua_type(L, index);
    const char *mode;
    size_t length;
    if (call->op->code == COAIO_WD && type == LUA_TTABLE) {
        arg->i = wd_flags(L, call, index);
        return;
    }
    if (call->op->code != COAIO_OPEN || type != LUA_TSTRING) {
        arg->i = coaio__args_opt_integer(L, call, index, 0);
        return;
    }
    mode = lua_tolstring(L, index, &length);
    arg->i = flags_of(mode, length);
    if (arg->i < 0)
        coaio__args_error(L, call, index, "mode string expected: r, w or a, then any of + b x");
}

static void check_count(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    lua_Integer count = coaio__args_opt_integer(L, call, index, UINT32_MAX);
    if (count < 0)
        coaio__args_error(L, call, index, "count out of range");
    arg->n = (uint64_t)count;
}

/* STATX_BASIC_STATS and STATX_BTIME. */
static void check_mask(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__args_opt_integer(L, call, index, MASK_LEFT_OUT);
}

static void check_command(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->i = coaio__args_integer(L, call, index);
}

static lua_Integer octal(lua_State *L, struct call *call, int index)
{
    const char *string = lua_tostring(L, index);
    lua_Integer mode = 0;
    size_t i;
    for (i = 0; string[i] >= '0' && string[i] <= '7' && i < 8; i++)
        mode = mode * 8 + (string[i] - '0');
    if (i == 0 || i != lua_rawlen(L, index))
        coaio__args_error(L, call, index, "octal string expected, as \"0644\"");
    return mode;
}

static void check_mode(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    if (lua_type(L, index) == LUA_TSTRING)
        arg->i = octal(L, call, index);
    else if (call->op->code == COAIO_CHMOD)
        arg->i = coaio__args_integer(L, call, index);
    else
        arg->i = coaio__args_opt_integer(L, call, index, call->op->code == COAIO_MKDIR ? 0777 : 0666);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static coaio__checker *const checkers[] = {
    [COAIO_ARG_FD] = coaio__check_fd,           [COAIO_ARG_FD2] = coaio__check_fd,
    [COAIO_ARG_PATH] = coaio__check_path,       [COAIO_ARG_PATH2] = coaio__check_path,
    [COAIO_ARG_TARGET] = coaio__check_target,   [COAIO_ARG_TEXT] = coaio__check_text,
    [COAIO_ARG_FLAGS] = check_flags,            [COAIO_ARG_MODE] = check_mode,
    [COAIO_ARG_OFFSET] = check_offset,          [COAIO_ARG_LENGTH] = check_length,
    [COAIO_ARG_MEMORY] = coaio__check_memory,   [COAIO_ARG_BYTES] = coaio__check_bytes,
    [COAIO_ARG_DELTA] = check_delta,            [COAIO_ARG_WHENCE] = check_whence,
    [COAIO_ARG_UID] = check_id,                 [COAIO_ARG_GID] = check_id,
    [COAIO_ARG_ATIME] = coaio__check_time,      [COAIO_ARG_MTIME] = coaio__check_time,
    [COAIO_ARG_DEV] = check_dev,                [COAIO_ARG_SECONDS] = check_seconds,
    [COAIO_ARG_COUNT] = check_count,            [COAIO_ARG_COMMAND] = check_command,
    [COAIO_ARG_ARGUMENT] = coaio__check_argument, [COAIO_ARG_RANGE] = coaio__check_range,
    [COAIO_ARG_MASK] = check_mask};

enum { NKINDS = sizeof(checkers) / sizeof(checkers[0]) };

/* Lua arguments of one kind: memory comes with a place in it, a range with a place and a length. */
static int width_of(uint8_t kind)
{
    static const uint8_t more[NKINDS] = {[COAIO_ARG_MEMORY] = 1, [COAIO_ARG_BYTES] = 1, [COAIO_ARG_RANGE] = 2};
    return 1 + more[kind];
}

int coaio__args_place(const coaio_op *op, uint32_t which)
{
    int place = 1;
    uint32_t i;
    for (i = 0; i < which; i++)
        place += width_of(op->args[i]);
    return place;
}

int coaio__args_width(const coaio_op *op)
{
    return coaio__args_place(op, op->nargs) - 1 + (op->code == COAIO_SLURP ? 1 : 0);
}

bool coaio__args_known(const coaio_op *op)
{
    uint32_t i;
    for (i = 0; i < op->nargs; i++)
        if (op->args[i] >= NKINDS || checkers[op->args[i]] == NULL)
            return false;
    return true;
}

void coaio__args_check(lua_State *L, struct call *call)
{
    const coaio_op *op = call->op;
    uint32_t i;
    int index = 1;

    for (i = 0; i < op->nargs; i++) {
        checkers[op->args[i]](L, call, &call->arg[i], index);
        index += width_of(op->args[i]);
    }
    if (op->code == COAIO_SLURP)
        coaio__check_target_buffer(L, call, index);
    if (call->settle != NULL)
        call->settle(L, call, &call->arg[call->settled]);
}
