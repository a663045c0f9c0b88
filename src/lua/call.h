/*
 * A call of a request from Lua: its arguments while they are checked, on the C stack.
 *
 * Nothing is allocated, counted or changed before all arguments have been checked: a check that
 * raises leaves no trace.
 */
#ifndef COAIO_LUA_CALL_H
#define COAIO_LUA_CALL_H

#include <fcntl.h>

#include "lua/waiter.h"

struct buffer;

struct call {
    struct state *state;
    const coaio_op *op;
    coaio_arg arg[COAIO_ARGS_MAX];
    struct file *file, *file2; /* file objects among the arguments */
    int handle, handle2;       /* where Lua io files are on the stack; 0: nowhere */
    int memory;                /* where the buffer or string is; 0: there is none */
    struct buffer *buffer;
    const char *string;
    size_t string_length;
    coaio_arg *length;
    int length_index; /* where it is on the stack */
    bool length_left_out;
    uint32_t settled; /* which argument is completed at the end, and how; NULL: none */
    void (*settle)(lua_State *L, struct call *call, coaio_arg *arg);
    union {
        struct flock lock;  /* argument of fcntl, given as a table */
        coaio_time time[2]; /* of utime */
    };
    lua_Integer at;     /* bufferoffset, dataoffset; negative: from the end */
    bool resizes;       /* a read that sets the length of its buffer */
    bool aside;         /* a read whose buffer gets the bytes when it is done */
    int64_t old_length; /* of that buffer */
    uint32_t flags;     /* enum coaio_next_flags */
};

/*
 * The steps of a call. Prepare: check the arguments, start the engine. Check again: after anything
 * was allocated; from then on nothing is. Waiter: make one for it. Submit: it may be done at once
 * (PHASE_DONE), unless the waiter is in callback style; otherwise what it uses is held until it is
 * done.
 */
void coaio__call_prepare(lua_State *L, struct call *call);
void coaio__call_check_again(lua_State *L, struct call *call);
struct waiter *coaio__call_waiter(lua_State *L, struct call *call);
void coaio__call_submit(lua_State *L, struct call *call, struct waiter *w,
                        const struct task *current);

/* Makes a request in coroutine style, as a second try; upvalues: the state, the row of the
   table. */
int coaio__call_again(lua_State *L);

/* The row of a request of this library. */
const coaio_op *coaio__call_row(uint32_t code);

/* One closure of `function` per request, with state and row as upvalues, into the table on top of
   the stack. */
void coaio__call_set_all(lua_State *L, lua_CFunction function);

/* The requests in coroutine style into the table on top of the stack. */
void coaio__call_open_library(lua_State *L);

#endif
