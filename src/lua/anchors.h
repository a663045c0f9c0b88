/*
 * Values that are kept alive, known by number.
 *
 * They stand in a table in the registry. Its free slots are a list: each holds the number of the
 * next. So to keep a value where a slot is reserved, and to drop it, is one assignment to a slot
 * that exists: it allocates nothing and cannot fail.
 */
#ifndef COAIO_LUA_ANCHORS_H
#define COAIO_LUA_ANCHORS_H

#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>

struct anchors {
    int table; /* reference into the registry */
    uint32_t size;
    uint32_t first, nfree; /* free ones; the last one holds 0 */
};

void coaio__anchors_init(lua_State *L, struct anchors *anchors);

/* See to it that `n` are free. Raises when out of memory, and runs no finalizers. */
void coaio__anchors_reserve(lua_State *L, struct anchors *anchors, uint32_t n);

/* Keep the value on top of the stack, pop it. Its number, which is not 0. A slot must be free. */
uint32_t coaio__anchors_keep(lua_State *L, struct anchors *anchors);

/* Keep the value on top of the stack instead of the one with that number, pop it. */
void coaio__anchors_replace(lua_State *L, const struct anchors *anchors, uint32_t slot);

/* The value with that number; nil for 0. */
void coaio__anchors_push(lua_State *L, const struct anchors *anchors, uint32_t slot);
void coaio__anchors_drop(lua_State *L, struct anchors *anchors, uint32_t slot);

#endif
