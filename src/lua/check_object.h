/*
 * Checkers of files, paths, memory, and what goes with fcntl and ioctl.
 */
#ifndef COAIO_LUA_CHECK_OBJECT_H
#define COAIO_LUA_CHECK_OBJECT_H

#include "lua/check.h"

coaio__checker coaio__check_fd, coaio__check_path, coaio__check_target, coaio__check_text;
coaio__checker coaio__check_memory, coaio__check_bytes, coaio__check_range, coaio__check_argument;

/* The descriptor of a checked argument; -1 for an integer that can be none. */
int coaio__descriptor_of(const coaio_arg *arg);

/* The buffer at `index`, whose memory is there. Raises for anything else. */
struct buffer *coaio__check_buffer(lua_State *L, struct call *call, int index);

/* The buffer of aio_slurp, if there is one: it gets what was read. */
void coaio__check_target_buffer(lua_State *L, struct call *call, int index);

#endif
