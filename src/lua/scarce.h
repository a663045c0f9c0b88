/*
 * Descriptors that run out while collected files, or files that could be, still have some.
 *
 * Whatever fails for lack of a descriptor (EMFILE, ENFILE) is tried again after a collection that
 * closed some: who forgets to close files must not fail where Lua's own io would not. How often,
 * and who first, is said in Lua (coaio/scarce.lua).
 */
#ifndef COAIO_LUA_SCARCE_H
#define COAIO_LUA_SCARCE_H

#include <errno.h>

#include "lua/waiter.h"

/* Whether that is why it failed: -errno; a finished request, which is not itself such a second
   try. */
static inline bool coaio__scarce_is(int64_t result)
{
    return result == -EMFILE || result == -ENFILE;
}
bool coaio__scarce_is_request(const struct waiter *w);

/*
 * Collect, and wait a moment for the closes. How many there were. Runs finalizers. A collection
 * takes long where there is much: after one that did not help another one is left out for a second,
 * unless descriptors come or go.
 */
int64_t coaio__scarce_collect(lua_State *L, struct state *s);
void coaio__scarce_was_futile(struct state *s);

/* The rest of a C function whose arguments are the stack: the request once more, and its
   results. */
int coaio__scarce_retry(lua_State *L, struct state *s, const coaio_op *op);

/* Push the function that does so and its arguments, those of the request are the first `n` values
   of the stack. Their number. */
int coaio__scarce_push(lua_State *L, struct state *s, const coaio_op *op, int n);

/* Functions for scarce.lua into the table on top of the stack. */
void coaio__scarce_open_library(lua_State *L);

#endif
