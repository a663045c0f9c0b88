/*
 * Which tasks run in coroutines of others: of a host, or of a stranger that resumed theirs.
 */
#ifndef COAIO_LUA_HOMES_H
#define COAIO_LUA_HOMES_H

#include "lua/tasks.h"

/* Have the task be at work when L runs; or no longer, as the task has ended. */
void coaio__home_begin(lua_State *L, struct task *task);
void coaio__home_end(lua_State *L, struct task *task);

/*
 * The task yielded by itself. Whoever resumes its coroutine, perhaps a semaphore of the program in
 * another task, it is the one at work then.
 */
void coaio__home_know(struct state *s, struct task *task);

/*
 * A stranger resumed the coroutine of the task, L. From now on that is a coroutine of strangers
 * where the task has its home, and its end is noticed there (coaio__hosted_leave).
 */
void coaio__home_adopt(lua_State *L, struct task *task);

/* `w` is not done, and yet somebody resumed L, which waits for it. */
void coaio__home_notice_stranger(lua_State *L, struct waiter *w);

#endif
