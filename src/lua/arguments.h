/*
 * The arguments of requests: a checker for each kind.
 */
#ifndef COAIO_LUA_ARGUMENTS_H
#define COAIO_LUA_ARGUMENTS_H

#include "lua/call.h"

/* Check and convert the arguments, the first values of the stack. Raises for misuse. */
void coaio__arguments_check(lua_State *L, struct call *call);

/* How many Lua arguments a request has; which is the first one of argument number `which` of its
   row. */
int coaio__arguments_width(const coaio_op *op);
int coaio__arguments_place(const coaio_op *op, uint32_t which);

/* Whether this binding knows all kinds of its arguments. */
bool coaio__arguments_known(const coaio_op *op);

#endif
