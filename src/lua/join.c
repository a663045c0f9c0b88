/*
 * Who waits for a task.
 *
 * An error goes to whoever takes it: a join that goes on with it, not one that was begun and given
 * up. So a failed task stays registered until somebody has taken its error, or the last who was to
 * has left without; then it is reported.
 */
#include "lua/join.h"

#include <assert.h>

#include "lua/cancel.h"
#include "lua/forked.h"
#include "lua/outcome.h"
#include "lua/report.h"
#include "lua/suspend.h"
#include "lua/turn.h"

static int finish_join(lua_State *L, struct waiter *w)
{
    return coaio__outcome_push(L, w->subject);
}

static int finish_nothing(lua_State *L, struct waiter *w)
{
    (void)L;
    (void)w;
    return 0;
}

static void report_or_forget(lua_State *L, struct task *task)
{
    if (task->status != TASK_FAILED || task->taken)
        coaio__task_forget(L, task);
    else if (task->takers == 0 && !task->watched)
        coaio__report(L, task->state, NULL, task);
}

/* The waiter has taken the outcome, or gone without. */
static void left(lua_State *L, struct state *s, struct task *task)
{
    (void)s;
    if (!task)
        return;
    assert(task->status >= TASK_DONE && task->takers > 0);
    task->takers--;
    report_or_forget(L, task);
}

static const struct wait join_task = {.name = "join", .finish = finish_join, .left = left};
const struct wait coaio__join_request = {.name = "aio_wait", .finish = finish_join, .left = left};
static const struct wait end = {.name = "join", .finish = finish_nothing, .left = left};

static int join(lua_State *L, struct task *task, const struct wait *wait)
{
    struct state *s = task->state;
    struct waiter *w;

    coaio__forked_check(L, s);
    if (coaio__task_current(L, s) == task)
        return luaL_error(L, "%s: this would wait for itself", wait->name);
    if (task->lost)
        return luaL_error(
            L, "%s: the task was given up (in a forked child only the one that forked goes on)",
            wait->name);
    if (coaio__cancel_stops(L, s))
        return coaio__cancel_stop(L, s);
    w = coaio__waiter_new(L, s);
    w->wait = wait;
    w->subject = task;
    coaio__waiter_link(&task->joiners, w);
    return coaio__await(L, w);
}

int coaio__join(lua_State *L, struct task *task, const struct wait *wait)
{
    int n;
    lua_settop(L, 1);
    if (task->status < TASK_DONE)
        return join(L, task, wait);
    n = coaio__outcome_push(L, task);
    return n < 0 ? lua_error(L) : n;
}

static void wake_joiners(struct task *task)
{
    uintptr_t takers = 0;
    for (struct waiter *w; (w = task->joiners); takers++) {
        coaio__waiter_unlink(w);
        coaio__waiter_wake(w);
    }
    task->takers = takers;
}

void coaio__join_tell(lua_State *L, struct task *task)
{
    wake_joiners(task);
    report_or_forget(L, task);
}

static struct task *check_task(lua_State *L)
{
    return luaL_checkudata(L, 1, "coaio.task");
}

/* join(task) -> its results, or its error */
static int join_join(lua_State *L)
{
    return coaio__join(L, check_task(L), &join_task);
}

bool coaio__join_push_cause(lua_State *L)
{
    struct task *joined;
    lua_Debug ar;
    if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "f", &ar))
        return false;
    if (lua_tocfunction(L, -1) != join_join || lua_getlocal(L, &ar, 1) == NULL) {
        lua_pop(L, 1);
        return false;
    }
    lua_remove(L, -2);
    joined = luaL_testudata(L, -1, "coaio.task");
    if (joined && joined->status == TASK_FAILED)
        return true;
    lua_pop(L, 1);
    return false;
}

/* await_end(task): until it has ended. Its outcome may be taken before the end of the turn. */
static int join_await_end(lua_State *L)
{
    struct task *task = check_task(L);
    lua_settop(L, 1);
    return task->status < TASK_DONE ? join(L, task, &end) : 0;
}

/* watch(task) -> the task: its outcome is going to be taken, or, by unwatch(task), left. */
static int join_watch(lua_State *L)
{
    check_task(L)->watched = true;
    lua_settop(L, 1);
    return 1;
}

static int join_unwatch(lua_State *L)
{
    struct task *task = check_task(L);
    task->watched = false;
    if (task->status >= TASK_DONE)
        report_or_forget(L, task);
    return 0;
}

static const luaL_Reg functions[] = {{"join", join_join},
                                     {"await_end", join_await_end},
                                     {"watch", join_watch},
                                     {"unwatch", join_unwatch},
                                     {NULL, NULL}};

void coaio__join_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
