/*
 * max_outstanding: calls in coroutine style wait for room.
 *
 * Nobody may wait for room whom somebody waits for who has it: so what waits for time or for others
 * (COAIO_NWAITING) takes none, and a close, which may end such a wait, needs none.
 */
#ifndef COAIO_LUA_OUTSTANDING_H
#define COAIO_LUA_OUTSTANDING_H

#include "lua/state.h"

/* Whether this call has to wait for room; not one that cannot yield, a sleep or a close. `waited`:
   it has done so already. */
bool coaio__outstanding_is_full(lua_State *L, struct state *s, const coaio_op *op, bool waited);
static inline bool coaio__outstanding_is_short(lua_State *L, struct state *s, const coaio_op *op,
                                               bool waited)
{
    return s->limited && coaio__outstanding_is_full(L, s, op, waited);
}

/* Push a function that waits for room. */
void coaio__outstanding_push_wait(lua_State *L, struct state *s);

/* Requests have been delivered: as many as there is room for go on. */
void coaio__outstanding_wake(struct state *s);

/* Before a wait of `timeout_ns`: how long it may last, 0 where some could go on instead. */
int64_t coaio__outstanding_look_again(struct state *s, int64_t timeout_ns);

/* max_outstanding into the table on top of the stack. */
void coaio__outstanding_open_library(lua_State *L, struct state *s);

#endif
