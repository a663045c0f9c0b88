/*
 * Waiting: how a call suspends its coroutine, and how that goes on.
 */
#ifndef COAIO_LUA_AWAIT_H
#define COAIO_LUA_AWAIT_H

#include "lua/waiter.h"

/*
 * Wait until `w` is done and leave its results; what a C function returns. The one way to suspend for requests, joins,
 * turns and closes. The stack must hold only the arguments of the C function.
 */
int coaio__await(lua_State *L, struct waiter *w);

/* Yield for `w`, whose generation and address are at `base` of the stack and above. */
int coaio__await_yield(lua_State *L, struct waiter *w, int base);

/* What runs in the coroutine, with that `base`, when it goes on. */
lua_KFunction coaio__await_continuation(const struct waiter *w);

/* Nobody waits for it any more: it is released when its request lets go. */
void coaio__await_abandon(lua_State *L, struct waiter *w);

/* The callback of every request: `data` is its waiter. */
void coaio__await_completed(coaio_req *req, void *data);

/* Run some of what is ready, and nothing that only becomes ready meanwhile. The number of things run. */
int coaio__await_drain(struct state *s);

/* Cancel what a task waits for, so that it goes on soon. */
void coaio__await_interrupt(struct waiter *w);

/*
 * For a C function that resumes coroutines: when `inner` (which has just yielded `nresults` values) waits for a
 * request, the waiter that must be passed on, NULL otherwise. Pops the yielded token.
 */
struct waiter *coaio__await_surfaced(lua_State *inner, int nresults);

/*
 * Let L wait in place of an inner coroutine. Where L can yield this does not return; coaio__coroutine_go_on runs when L
 * goes on. Otherwise it returns when `w` is done.
 */
void coaio__await_through(lua_State *L, struct waiter *w);

#endif
