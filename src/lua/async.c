/*
 * async, and daemons.
 */
#include "lua/async.h"

#include <string.h>

#include "lua/check.h"
#include "lua/host.h"
#include "lua/hosted.h"
#include "lua/task.h"

/* ---- what daemons wait for ------------------------------------------------------------------- */

static bool is_only_daemons(const struct queue *queue)
{
    const struct waiter *w;
    for (w = queue->first; w; w = w->next)
        if (!w->task || !w->task->daemon)
            return false;
    return true;
}

bool coaio__async_is_left(const struct state *s, int64_t outstanding)
{
    return s->ntasks > s->ndaemons || outstanding > (int64_t)s->nspared
           || !is_only_daemons(&s->ready);
}

/* ---- async ----------------------------------------------------------------------------------- */

/* The options at the top of the stack know only "daemon". Whether the new task is one. */
static bool check_options(lua_State *L, bool daemon)
{
    int options = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, options) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || strcmp(lua_tostring(L, -2), "daemon") != 0)
            luaL_error(L, "bad argument #1 to 'async' (the only option is daemon)");
        daemon = lua_toboolean(L, -1);
    }
    return daemon;
}

/* Takes the options out of the arguments. */
static bool is_daemon(lua_State *L, struct state *s)
{
    const struct task *current = coaio__task_current(L, s);
    bool daemon = current && current->daemon, given = lua_type(L, 1) == LUA_TTABLE;
    if (given) {
        luaL_checkstack(L, 4, NULL);
        lua_pushvalue(L, 1);
        lua_remove(L, 1);
        daemon = check_options(L, daemon);
        lua_pop(L, 1);
    }
    if (lua_type(L, 1) != LUA_TFUNCTION)
        luaL_error(L, "bad argument #%d to 'async' (function expected, got %s)", given ? 2 : 1,
                   coaio__type_name(L, 1));
    return daemon;
}

/* async([options, ]fn, ...) -> task */
static int async(lua_State *L)
{
    struct state *s = coaio__state(L);
    bool daemon = is_daemon(L, s);
    struct waiter *w;
    struct task *task;

    coaio__host_hold(L, s);
    task = coaio__task_new(L, s, lua_gettop(L));
    task->daemon = daemon;
    if (coaio__host_spawns(s)) {
        coaio__task_register(L, task);
        coaio__task_enlist(task);
        coaio__hosted_spawn(L, task);
        return 1;
    }
    if (s->hosted)
        coaio__hosted_house(L, task);
    coaio__waiter_reserve(L, s);
    coaio__task_register(L, task);
    w = coaio__waiter_spare(s);
    w->task = task;
    w->wakes = WAKES_TASK;
    task->waiting = w;
    coaio__task_enlist(task);
    coaio__waiter_wake(w);
    return 1;
}

/* ---- functions ------------------------------------------------------------------------------- */

static void recall(lua_State *L, struct task *task, void *data)
{
    lua_Integer *n = data;
    if (!task->daemon)
        return;
    task->daemon = false;
    task->state->ndaemons--;
    lua_pushvalue(L, -1);
    lua_rawseti(L, 1, ++*n);
}

/* recall() -> list of the daemons, which are tasks like others from now on */
static int async_recall(lua_State *L)
{
    struct state *s = coaio__state(L);
    lua_Integer n = 0;
    lua_settop(L, 0);
    lua_createtable(L, (int)s->ndaemons, 0);
    coaio__task_each(L, s, recall, &n);
    return 1;
}

static int async_ndaemons(lua_State *L)
{
    lua_pushinteger(L, coaio__state(L)->ndaemons);
    return 1;
}

/* is_daemon(task) */
static int async_is_daemon(lua_State *L)
{
    const struct task *task = luaL_checkudata(L, 1, "coaio.task");
    lua_pushboolean(L, task->daemon);
    return 1;
}

static const luaL_Reg functions[] = {{"async", async},
                                     {"recall", async_recall},
                                     {"ndaemons", async_ndaemons},
                                     {"is_daemon", async_is_daemon},
                                     {NULL, NULL}};

void coaio__async_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
