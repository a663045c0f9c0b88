/*
 * The synchronous functions: system calls that have no request, or have one too and are wanted at
 * once.
 *
 * They use the checkers of requests, so they take the same handles, raise the same errors and fail
 * in the same way.
 */
#ifndef COAIO_LUA_SYSTEM_H
#define COAIO_LUA_SYSTEM_H

#include "lua/check.h"
#include "lua/blame.h"

struct system_function {
    const char *name;
    int width; /* how many arguments it has; those that are missing are nil */
    int (*run)(lua_State *L, struct call *call);
};

/* Such a list, up to a row without a name, into the table on top of the stack. */
void coaio__system_set(lua_State *L, const struct system_function *list);

/* The functions of one file each into the table on top of the stack. */
void coaio__system_file_open(lua_State *L, struct state *s);
void coaio__system_number_open(lua_State *L, struct state *s);
void coaio__system_map_open(lua_State *L, struct state *s);
void coaio__system_make_open(lua_State *L, struct state *s);
void coaio__system_move_open(lua_State *L, struct state *s);
void coaio__system_process_open(lua_State *L, struct state *s);

/* ---- arguments ------------------------------------------------------------------------------- */

/* The descriptor of a handle; -1 for an integer that can be none. To be called after whatever
   allocates: that may run finalizers, which may close the file. */
int coaio__system_fd(lua_State *L, struct call *call, int index);

/* An int. Raises where it is none; _opt_int: 0 where it was left out. */
int coaio__system_int(lua_State *L, struct call *call, int index);
int coaio__system_opt_int(lua_State *L, struct call *call, int index);

/* A C string; false: there is a NUL in it. */
bool coaio__system_text(lua_State *L, struct call *call, int index, const char **text);

/* ---- results --------------------------------------------------------------------------------- */

/* The value that a system call returned, or -errno. */
int64_t coaio__system_value(int64_t result);

/* Push the results for 0 or -errno: true, or nil, message, errno; for a number or -errno: the
   number, or the same three. */
int coaio__system_done(lua_State *L, int64_t result);
int coaio__system_number(lua_State *L, int64_t result);

/* Stands for a function that this system lacks: fails with ENOSYS. */
int coaio__system_missing(lua_State *L, struct call *call);

/*
 * A descriptor in two steps, so that none is lost when memory runs out: a file object first, then
 * what the system call returned, or -errno, into it.
 */
struct file *coaio__system_prepare(lua_State *L);
int coaio__system_opened(lua_State *L, struct file *file, int64_t result);

#endif
