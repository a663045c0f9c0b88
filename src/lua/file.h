/*
 * Files: descriptors that know which requests use them.
 *
 * A file closes when it was told to and its last request is done, never before: the number could be
 * a stranger's by then. The struct outlives the Lua object as long as requests use it.
 */
#ifndef COAIO_LUA_FILE_H
#define COAIO_LUA_FILE_H

#include "lua/state.h"

enum file_state { FILE_OPEN, FILE_CLOSING, FILE_CLOSED };

enum file_kind { FILE_NEW, FILE_UNKNOWN, FILE_REGULAR, FILE_OTHER };

struct file {
    int fd;
    uint32_t users;    /* requests */
    uint8_t state;     /* enum file_state */
    uint8_t kind;      /* enum file_kind; FILE_REGULAR: a regular file without O_DIRECT */
    bool buffered : 1; /* it was opened without O_DIRECT */
    bool boxed : 1;    /* a Lua object has it */
    /* The waiter of aio_close, waiting for the users; NULL in FILE_CLOSING: nobody waits. */
    struct waiter *closer;
};

/* A new file object around `fd`, on the stack. Raises when out of memory; the descriptor is then
   still the caller's. */
struct file *coaio__file_push(lua_State *L, int fd);

/* The file object at `index`, NULL for anything else. */
struct file *coaio__file_to(lua_State *L, struct state *s, int index);

/* The facts about the descriptor: COAIO_REGULAR, COAIO_BUFFERED or 0. Looks whether it is a
   regular file when it is used for the second time: many files are read once, and to look costs as
   much. */
uint32_t coaio__file_hint(struct file *file);

/* The facts may not be true any more. */
void coaio__file_forget(struct file *file);

/* The metatable of files. `close_index` is where aio_close is on the stack: it is the method close
   as well. */
void coaio__file_open_library(lua_State *L, struct state *s, int close_index);

#endif
