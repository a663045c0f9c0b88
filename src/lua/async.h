/*
 * async: new tasks; and daemons, which run does not wait for.
 *
 * A daemon's tasks are daemons as well, unless they are told otherwise: a timeout within one must
 * not keep run from ending. What daemons wait for is counted, so that run can tell whether anything
 * else is left.
 */
#ifndef COAIO_LUA_ASYNC_H
#define COAIO_LUA_ASYNC_H

#include "lua/waiter.h"

/* Whether there is anything but daemons and what they wait for. `outstanding`: requests but
   groups. */
bool coaio__async_is_left(const struct state *s, int64_t outstanding);

/* async and functions about daemons into the table on top of the stack. */
void coaio__async_open_library(lua_State *L);

#endif
