/*
 * What all checkers of arguments use.
 */
#ifndef COAIO_LUA_CHECK_H
#define COAIO_LUA_CHECK_H

#include "lua/call.h"

/* Checks what is at `index` of the stack (and the next ones, where a kind takes several) and fills
   in `arg`. */
typedef void coaio__checker(lua_State *L, struct call *call, coaio_arg *arg, int index);

/* The type of a value as messages name it: "coaio.file" rather than "userdata". It may push one
   value. */
const char *coaio__type_name(lua_State *L, int index);

/* Raises for arguments behind the first `width` ones, up to number `last`, but for nil. Only in
   callback style, where one of them may be a callback in the wrong place; elsewhere they are
   ignored, as Lua's own functions do. */
void coaio__refuse_surplus(lua_State *L, const char *name, int width, int last);

/* "bad argument #1 to 'aio_read' (...)" */
int coaio__refuse(lua_State *L, const struct call *call, int index, const char *message);
int coaio__refuse_type(lua_State *L, const struct call *call, int index, const char *expected);

/* Is it a number, and no string, that is an integer, 2.0 among them? */
bool coaio__is_integer(lua_State *L, int index, lua_Integer *value);

lua_Integer coaio__check_integer(lua_State *L, struct call *call, int index);
lua_Integer coaio__opt_integer(lua_State *L, struct call *call, int index, lua_Integer left_out);

/* `value`, an integer from `low` to `high`; raises for another. */
lua_Integer coaio__check_within(lua_State *L, struct call *call, int index, lua_Integer value,
                                lua_Integer low, lua_Integer high);

/* The same for field `name` of the table at `index`, 0 where it is nil, which only what `may_lack`
   may be. */
lua_Integer coaio__check_field(lua_State *L, struct call *call, int index, const char *name,
                               bool may_lack, lua_Integer low, lua_Integer high);

/* Reading its fields runs no code of the program's, which could close what has been checked. */
void coaio__check_plain_table(lua_State *L, struct call *call, int index);

#endif
