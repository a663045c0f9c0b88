/*
 * What all checkers of arguments use: errors that name the function and the argument, and integers.
 */
#include "lua/check.h"

int coaio__refuse(lua_State *L, const struct call *call, int index, const char *message)
{
    return luaL_error(L, "bad argument #%d to '%s' (%s)", index, call->op->name, message);
}

void coaio__refuse_surplus(lua_State *L, const char *name, int width, int last)
{
    int i;
    for (i = width + 1; i <= last; i++)
        if (!lua_isnil(L, i))
            luaL_error(L, "bad argument #%d to '%s' (too many arguments)", i, name);
}

const char *coaio__type_name(lua_State *L, int index)
{
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
        return lua_tostring(L, -1);
    return luaL_typename(L, index);
}

int coaio__refuse_type(lua_State *L, const struct call *call, int index, const char *expected)
{
    const char *got = coaio__type_name(L, index);
    return coaio__refuse(L, call, index, lua_pushfstring(L, "%s expected, got %s", expected, got));
}

bool coaio__is_integer(lua_State *L, int index, lua_Integer *value)
{
    int is_integer = 0;
    if (lua_type(L, index) == LUA_TNUMBER)
        *value = lua_tointegerx(L, index, &is_integer);
    return is_integer;
}

lua_Integer coaio__check_integer(lua_State *L, struct call *call, int index)
{
    lua_Integer value = 0;
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__refuse_type(L, call, index, "number");
    if (!coaio__is_integer(L, index, &value))
        coaio__refuse(L, call, index, "number has no integer representation");
    return value;
}

lua_Integer coaio__opt_integer(lua_State *L, struct call *call, int index, lua_Integer left_out)
{
    return lua_isnoneornil(L, index) ? left_out : coaio__check_integer(L, call, index);
}

lua_Integer coaio__check_within(lua_State *L, struct call *call, int index, lua_Integer value,
                                lua_Integer low, lua_Integer high)
{
    if (value < low || value > high)
        coaio__refuse(L, call, index, "number out of range");
    return value;
}

lua_Integer coaio__check_field(lua_State *L, struct call *call, int index, const char *name,
                               bool may_lack, lua_Integer low, lua_Integer high)
{
    lua_Integer value = 0;
    int is_integer = may_lack;
    if (lua_getfield(L, index, name) != LUA_TNIL)
        value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer)
        coaio__refuse(L, call, index, lua_pushfstring(L, "integer expected in field '%s'", name));
    if (value < low || value > high)
        coaio__refuse(L, call, index,
                      lua_pushfstring(L, "number out of range in field '%s'", name));
    lua_pop(L, 1);
    return value;
}

void coaio__check_plain_table(lua_State *L, struct call *call, int index)
{
    if (lua_getmetatable(L, index))
        coaio__refuse(L, call, index, "table without a metatable expected");
}
