/*
 * Which path the message of a failure names: the one that failed, or both where the system does not
 * tell which.
 */
#ifndef COAIO_LUA_BLAME_H
#define COAIO_LUA_BLAME_H

#include "lua/state.h"

/* nil, "path: message", errno; path may be NULL. */
int coaio__failure(lua_State *L, const char *path, int error);

/* nil, message, errno, for a request whose arguments are on the stack from 1 on. `culprit`: the
   path that the core blames, or NULL. */
int coaio__blame_push(lua_State *L, const coaio_op *op, const char *culprit, int error);

/* The same, where `from` and `to` are paths of one call, or NULL. */
int coaio__blame_push_both(lua_State *L, const char *from, const char *to, int error);

#endif
