/*
 * Buffers: writable memory that requests fill without a copy.
 *
 * The memory is a block of its own, shared by the Lua object and the requests that use it: it cannot go away under a
 * request, and an object that a request uses does not change its length.
 */
#ifndef COAIO_LUA_BUFFER_H
#define COAIO_LUA_BUFFER_H

#include "lua/state.h"

struct block {
    char    *data;
    size_t   capacity;
    uint32_t users; /* requests */
    bool     boxed; /* a Lua object has it */
};

struct buffer {
    struct block *block;
    size_t        length;
    bool          fixed; /* its memory has a place and a size for ever */
};

/* The buffer at `index`, NULL for anything else. */
struct buffer *coaio__buffer_to(lua_State *L, struct state *s, int index);

/* Whether a read may make it longer: it is not fixed and no request uses it. */
bool coaio__buffer_is_elastic(const struct buffer *buffer);

/* `length`, or less where fewer bytes can be read from `fd` at `offset` (-1: its own position) to `at`. */
uint64_t coaio__buffer_bound(const struct buffer *buffer, size_t at, uint64_t length, int fd, int64_t offset);

/* Make room for `length` bytes at `at`. NULL, or why that cannot be. */
const char *coaio__buffer_reserve(struct buffer *buffer, size_t at, uint64_t length);

/* Make these bytes its content. NULL, or why that cannot be. */
const char *coaio__buffer_fill(struct buffer *buffer, const char *bytes, size_t length);

/* A request begins, or ends, to use the memory. */
void coaio__block_take(struct block *block);
void coaio__block_give_back(struct block *block);

/* buffer() into the table on top of the stack. */
void coaio__buffer_open_library(lua_State *L, struct state *s);

#endif
