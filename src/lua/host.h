/*
 * Hosts: the event loop of the program, where it has one of its own.
 *
 * A host watches the engine's descriptor and calls poll_cb. It is held while requests or ready
 * tasks exist, so that its loop does not end before them. A host whose coroutines only it may
 * suspend gives suspend and resume, and spawn to make tasks of its own. All of it is Lua functions
 * (coaio.attach): here is when they are called.
 */
#ifndef COAIO_LUA_HOST_H
#define COAIO_LUA_HOST_H

#include "lua/forked.h"

/* Something begins outside of poll: hold the host. Raises what its hold raises. */
void coaio__host_begin(lua_State *L, struct state *s);
static inline void coaio__host_hold(lua_State *L, struct state *s)
{
    if (s->idle || coaio__forked_is_news(s))
        coaio__host_begin(L, s);
}

/* The end of a turn: hold or release the host. Raises what these raise. */
void coaio__host_settle(lua_State *L, struct state *s, bool busy);

/* Whether the host makes the coroutines of tasks. */
bool coaio__host_spawns(const struct state *s);

/* Push a function of the host. */
void coaio__host_push(lua_State *L, struct state *s, enum host_function which);

/* set_host and hosted into the table on top of the stack. */
void coaio__host_open_library(lua_State *L, struct state *s);

#endif
