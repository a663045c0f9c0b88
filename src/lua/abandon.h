/*
 * Waits that are given up, and waits that are cut short.
 */
#ifndef COAIO_LUA_ABANDON_H
#define COAIO_LUA_ABANDON_H

#include "lua/waiter.h"

/* Give up a wait: the waiter is released when its request lets go. */
void coaio__wait_abandon(lua_State *L, struct waiter *w);

/* Cancel what a task waits for, so that it goes on soon. */
void coaio__wait_interrupt(struct waiter *w);

#endif
