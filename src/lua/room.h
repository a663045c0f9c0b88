/*
 * max_outstanding: calls in coroutine style wait for room.
 */
#ifndef COAIO_LUA_ROOM_H
#define COAIO_LUA_ROOM_H

#include "lua/state.h"

/* Whether this call has to wait for room; not one that cannot yield, nor a sleep. `waited`: it has done so already. */
bool coaio__room_is_short(lua_State *L, struct state *s, const coaio_op *op, bool waited);

/* Push a function that waits for room. */
void coaio__room_push_wait(lua_State *L, struct state *s);

/* Requests have been delivered: as many as there is room for go on. */
void coaio__room_wake(struct state *s);

/* max_outstanding into the table on top of the stack. */
void coaio__room_open_library(lua_State *L, struct state *s);

#endif
