/*
 * What a request has of Lua's, from its submission until it is done: files, memory, a place among
 * the waiters.
 */
#ifndef COAIO_LUA_HOLDS_H
#define COAIO_LUA_HOLDS_H

#include "lua/call.h"
#include "lua/file.h"

/* A worker or the kernel may use the handles and the memory of the call from now on. */
void coaio__holds_take(lua_State *L, struct call *call, struct waiter *w);

/* The request is done with its handles and memory. */
void coaio__waiter_give_back(lua_State *L, struct waiter *w);

/* End of a waiter: drops its request and what the request made and nobody took. */
void coaio__waiter_release(lua_State *L, struct waiter *w);

/* The Lua object of the file is gone: requests alone keep the struct. */
void coaio__file_unbox(struct file *file);

/* aio_close: refuse new use, cancel what may wait for ever but for writes, and submit the request
   of `w` as soon as nothing uses the file. */
void coaio__file_close(struct state *s, struct file *file, struct waiter *w);

/* The close of `w` ends with this errno, and waits no longer: the descriptor is closed all the
   same, when its users are done. False: it has ended already. */
bool coaio__file_leave(struct waiter *w, int error);

/* Submit a close where the completions of the file's users cannot be delivered now: wait for each
   of them first. */
void coaio__file_settle(struct waiter *w);

#endif
