/*
 * What a task leaves, and who waits for it.
 *
 * An error goes to whoever takes it: a join that goes on with it, not one that was begun and given up. So a failed task
 * stays registered until somebody has taken its error, or the last who was to has left without; then it is reported.
 */
#include "lua/outcome.h"

#include "lua/await.h"
#include "lua/cancel.h"
#include "lua/forked.h"
#include "lua/report.h"

enum { NONE, ONE, SEVERAL }; /* results */

/* ---- kept -------------------------------------------------------------------------------------------------------- */

/* Arguments: the results. */
static int pack(lua_State *L)
{
    int i, n = lua_gettop(L);
    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (i = n; i > 0; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

static int refuse(lua_State *L)
{
    return luaL_error(L, "too many results");
}

/* Under pcall: in a coroutine of the host an error would keep the task from ending. */
void coaio__outcome_pack(lua_State *L, struct task *task)
{
    int n = lua_gettop(L);
    bool fits = lua_checkstack(L, 2);
    task->results = n == 0 ? NONE : n == 1 ? ONE : SEVERAL;
    if (n <= 1)
        return;
    if (!fits)
        lua_settop(L, 0);
    lua_pushcfunction(L, fits ? pack : refuse);
    lua_insert(L, 1);
    if (lua_pcall(L, lua_gettop(L) - 1, 1, 0) != LUA_OK)
        task->failing = true;
}

void coaio__outcome_keep(lua_State *L, struct task *task, lua_State *from)
{
    if (lua_gettop(from) == 0)
        lua_pushnil(from);
    lua_xmove(from, L, 1);
    coaio__task_push(L, task);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    lua_pop(L, 1);
}

void coaio__outcome_push_error(lua_State *L, struct task *task)
{
    coaio__task_push(L, task);
    lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
}

/* ---- taken ------------------------------------------------------------------------------------------------------- */

static int unpack(lua_State *L)
{
    int i, n, table = lua_gettop(L);
    lua_getfield(L, table, "n");
    n = (int)lua_tointeger(L, -1);
    luaL_checkstack(L, n, "too many results");
    for (i = 1; i <= n; i++)
        lua_rawgeti(L, table, i);
    return n;
}

static int push(lua_State *L, struct task *task)
{
    task->taken = true;
    if (task->status == TASK_DONE && task->results == NONE)
        return 0;
    lua_getiuservalue(L, 1, 1);
    if (task->status != TASK_DONE)
        return -1;
    return task->results == ONE ? 1 : unpack(L);
}

static int finish_join(lua_State *L, struct waiter *w)
{
    return push(L, w->subject);
}

static int finish_nothing(lua_State *L, struct waiter *w)
{
    (void)L;
    (void)w;
    return 0;
}

static int join(lua_State *L, struct task *task, const char *name, waiter_finish *finish)
{
    struct state *s = task->state;
    struct waiter *w;

    coaio__forked_check(L, s);
    if (coaio__task_current(L, s) == task)
        return luaL_error(L, "%s: this would wait for itself", name);
    if (task->lost)
        return luaL_error(L, "%s: the task was given up (in a forked child only the one that forked goes on)", name);
    if (coaio__cancel_stops(L, s))
        return coaio__cancel_stop(L, s);
    w = coaio__waiter_new(L, s);
    w->finish = finish;
    w->name = name;
    w->joined = w->subject = task;
    w->next = task->joiners;
    task->joiners = w;
    return coaio__await(L, w);
}

int coaio__outcome_join(lua_State *L, struct task *task, const char *name)
{
    int n;
    lua_settop(L, 1);
    if (task->status < TASK_DONE)
        return join(L, task, name, finish_join);
    n = push(L, task);
    return n < 0 ? lua_error(L) : n;
}

void coaio__outcome_unjoin(struct waiter *w)
{
    struct waiter **link = &w->joined->joiners;
    while (*link != w)
        link = &(*link)->next;
    *link = w->next;
    w->joined = w->subject = NULL;
}

/* ---- told -------------------------------------------------------------------------------------------------------- */

static void wake_joiners(struct task *task)
{
    struct waiter *w, *next;
    uintptr_t takers = 0;
    for (w = task->joiners; w != NULL; w = next) {
        next = w->next;
        w->joined = NULL;
        takers++;
        coaio__waiter_wake(w);
    }
    task->takers = takers;
}

static void report_or_forget(lua_State *L, struct task *task)
{
    if (task->status != TASK_FAILED || task->taken)
        coaio__task_forget(L, task);
    else if (task->takers == 0 && !task->watched)
        coaio__report(L, task->state, NULL, task);
}

void coaio__outcome_tell(lua_State *L, struct task *task)
{
    wake_joiners(task);
    report_or_forget(L, task);
}

void coaio__outcome_left(lua_State *L, struct task *task)
{
    task->takers--;
    report_or_forget(L, task);
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static struct task *check_task(lua_State *L)
{
    return luaL_checkudata(L, 1, "coaio.task");
}

/* join(task) -> its results, or its error */
static int outcome_join(lua_State *L)
{
    return coaio__outcome_join(L, check_task(L), "join");
}

bool coaio__outcome_push_cause(lua_State *L)
{
    struct task *joined;
    lua_Debug ar;
    if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "f", &ar))
        return false;
    if (lua_tocfunction(L, -1) != outcome_join || lua_getlocal(L, &ar, 1) == NULL) {
        lua_pop(L, 1);
        return false;
    }
    lua_remove(L, -2);
    joined = luaL_testudata(L, -1, "coaio.task");
    if (joined != NULL && joined->status == TASK_FAILED)
        return true;
    lua_pop(L, 1);
    return false;
}

/* await_end(task): until it has ended. Its outcome may be taken before the end of the turn. */
static int outcome_await_end(lua_State *L)
{
    struct task *task = check_task(L);
    lua_settop(L, 1);
    return task->status < TASK_DONE ? join(L, task, "join", finish_nothing) : 0;
}

/* watch(task) -> the task: its outcome is going to be taken, or, by unwatch(task), left. */
static int outcome_watch(lua_State *L)
{
    check_task(L)->watched = true;
    lua_settop(L, 1);
    return 1;
}

static int outcome_unwatch(lua_State *L)
{
    struct task *task = check_task(L);
    task->watched = false;
    if (task->status >= TASK_DONE)
        report_or_forget(L, task);
    return 0;
}

static const luaL_Reg functions[] = {{"join", outcome_join},
                                     {"await_end", outcome_await_end},
                                     {"watch", outcome_watch},
                                     {"unwatch", outcome_unwatch},
                                     {NULL, NULL}};

void coaio__outcome_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
