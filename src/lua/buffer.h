/*
 * Buffers: writable memory that requests fill without a copy.
 *
 * The memory is a block of its own, shared by the Lua object and the requests that use it: it
 * cannot go away under a request, and an object that a request uses does not change its length. The
 * memory of some is a map (lua/rights.h): it may be gone before the object is, and parts of it may
 * be closed to reading or writing.
 */
#ifndef COAIO_LUA_BUFFER_H
#define COAIO_LUA_BUFFER_H

#include "lua/state.h"

struct map;

struct block {
    char *data;
    size_t capacity;
    struct map *map; /* NULL: its memory comes from malloc */
    uint32_t users;  /* requests */
    bool boxed;      /* a Lua object has it */
};

struct buffer {
    struct state *state;
    struct block *block; /* NULL after munmap, and for finalizers that come late */
    size_t length;
    bool fixed; /* its memory has a place and a size for ever */
};

/* The buffer at `index`, NULL for anything else. Its memory may be gone. */
struct buffer *coaio__buffer_to(lua_State *L, struct state *s, int index);

/* A new fixed buffer with a block that has no memory yet, on the stack. Raises when out of
   memory. */
struct buffer *coaio__buffer_push_empty(lua_State *L);

/* The memory goes now; no request uses it. */
void coaio__buffer_drop(struct buffer *buffer);

/* NULL, or why these bytes of the buffer must not be touched; `rights`: PROT_READ, PROT_WRITE, or
   both. */
const char *coaio__buffer_refusal(const struct buffer *buffer, size_t at, size_t length,
                                  int rights);

/* Whether a read may make it longer: it is not fixed and no request uses it. */
bool coaio__buffer_is_elastic(const struct buffer *buffer);

/* Reduce `length` where fewer bytes can be read from `fd` at `offset` (-1: its own position) to
   `at`. False: that is a guess, since the file does not tell. */
bool coaio__buffer_bound(const struct buffer *buffer, uint64_t at, uint64_t *length, int fd,
                         int64_t offset);

/* Make room for `length` bytes at `at`; its length stays. NULL: both are sizes now. Or why that
   cannot be. */
const char *coaio__buffer_reserve(struct buffer *buffer, uint64_t at, uint64_t length);

/* Make it long enough for `length` bytes at `at`, for which there is room. */
void coaio__buffer_extend(struct buffer *buffer, size_t at, size_t length);

/* Copy these bytes to `at`, where there is room. NULL, or why that cannot be. */
const char *coaio__buffer_write(struct buffer *buffer, size_t at, const void *bytes, size_t length);

/*
 * The collector does not see the memory of buffers: tell it how much was added, as if Lua had
 * allocated that, so that it works as hard as it would for strings. It may run finalizers.
 */
void coaio__buffer_tell(lua_State *L, struct state *s);

/* Make these bytes its end, from `at` on, or a part of it where it cannot grow. NULL, or why that
   cannot be. */
const char *coaio__buffer_put(struct buffer *buffer, size_t at, const char *bytes, size_t length);

/* Make these bytes its content. NULL, or why that cannot be. */
const char *coaio__buffer_fill(struct buffer *buffer, const char *bytes, size_t length);

/* A request begins, or ends, to use the memory. */
void coaio__block_take(struct block *block);
void coaio__block_give_back(struct block *block);

/* buffer() into the table on top of the stack. */
void coaio__buffer_open_library(lua_State *L, struct state *s);

#endif
