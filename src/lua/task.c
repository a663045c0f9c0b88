/*
 * Tasks: start, end, cancel.
 */
#include "lua/task.h"

#include "lua/abandon.h"
#include "lua/cancel.h"
#include "lua/check.h"
#include "lua/forked.h"
#include "lua/homes.h"
#include "lua/host.h"
#include "lua/hosted.h"
#include "lua/join.h"
#include "lua/outcome.h"

static struct task *check_task(lua_State *L)
{
    return luaL_checkudata(L, 1, "coaio.task");
}

/* ---- the end of a task ----------------------------------------------------------------------- */

/* ---- the body of a task ---------------------------------------------------------------------- */

/* The stack of the body: the message handler, the task (kept alive by it). */
enum { BODY_HANDLER = 1, BODY_TASK };

/* Message handler of all tasks: remembers where the error was, and whose it was first. */
static int remember_traceback(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct task *current = coaio__task_current(L, s);
    if (coaio__cancel_is_value(L, s, 1) || !current || current->home != L || current->lost)
        return 1;
    coaio__task_push(L, current);
    luaL_traceback(L, L, NULL, 1);
    coaio__state_weak_set(L, s->tracebacks);
    coaio__task_push(L, current);
    if (coaio__join_push_cause(L))
        coaio__state_weak_set(L, s->causes);
    lua_settop(L, 1);
    return 1;
}

static int body_k(lua_State *L, int status, lua_KContext ctx)
{
    struct task *task = (struct task *)ctx;
    task->failing = status != LUA_OK && status != LUA_YIELD;
    if (task->lost)
        return lua_gettop(L) - BODY_TASK;
    if (task->home == task->co && task->state->current != task) /* it had yielded by itself */
        coaio__home_adopt(L, task);
    lua_rotate(L, 1, -BODY_TASK);
    lua_pop(L, BODY_TASK);
    coaio__outcome_pack(L, task);
    return task->adopted ? coaio__hosted_leave(L, task) : lua_gettop(L);
}

/* Arguments: those of the enumeration above, fn, its arguments. */
int coaio__task_body(lua_State *L)
{
    struct task *task = lua_touserdata(L, BODY_TASK);
    int status = lua_pcallk(L, lua_gettop(L) - BODY_TASK - 1, LUA_MULTRET, BODY_HANDLER,
                            (lua_KContext)task, body_k);
    return body_k(L, status, (lua_KContext)task);
}

/* ---- functions ------------------------------------------------------------------------------- */

static struct task *new_task(lua_State *L, struct state *s)
{
    struct task *task = lua_newuserdatauv(L, sizeof *task, 1);
    *task = (struct task){.state = s};
    luaL_setmetatable(L, "coaio.task");
    task->co = task->home = lua_newthread(L);
    lua_setiuservalue(L, -2, 1);
    return task;
}

/* The stack of the new coroutine: the body and its arguments. */
static void fill_stack(lua_State *L, struct task *task, int n)
{
    int self = lua_gettop(L);
    if (!lua_checkstack(task->co, n + 3))
        luaL_error(L, "too many arguments");
    lua_pushcfunction(task->co, coaio__task_body);
    lua_rawgeti(task->co, LUA_REGISTRYINDEX, task->state->handler);
    lua_pushvalue(L, self);
    lua_xmove(L, task->co, 1);
    lua_insert(L, self - n);
    lua_xmove(L, task->co, n);
}

struct task *coaio__task_new(lua_State *L, struct state *s, int n)
{
    struct task *task;
    luaL_checkstack(L, 8, NULL);
    task = new_task(L, s);
    fill_stack(L, task, n);
    return task;
}

static int task_cancel(lua_State *L)
{
    struct task *task = check_task(L);
    coaio__host_hold(L, task->state);
    if (task->status < TASK_DONE && !task->cancelled) {
        task->cancelled = true;
        if (task->waiting && !coaio__cancel_is_shielded(L, task))
            coaio__wait_interrupt(task->waiting);
    }
    lua_pushboolean(L, task->status < TASK_DONE && !task->lost);
    return 1;
}

static int task_status(lua_State *L)
{
    static const char *const names[] = {"queued", "waiting", "done", "failed", "cancelled"};
    struct task *task = check_task(L);
    coaio__forked_check(L, task->state);
    lua_pushstring(L, task == coaio__task_current(L, task->state) ? "running"
                      : task->lost && task->status < TASK_DONE    ? "lost"
                                                                  : names[task->status]);
    return 1;
}

static int task_prio(lua_State *L)
{
    struct task *task = check_task(L);
    lua_pushinteger(L, task->priority);
    if (!lua_isnoneornil(L, 2)) {
        lua_Integer priority = luaL_checkinteger(L, 2);
        task->priority = (int8_t)(priority < -4 ? -4 : priority > 4 ? 4 : priority);
        if (task->waiting && task->waiting->phase == PHASE_PENDING && task->waiting->req)
            coaio_req_pri(task->waiting->req, task->priority);
    }
    return 1;
}

static int task__tostring(lua_State *L)
{
    struct task *task = check_task(L);
    lua_pushfstring(L, "coaio.task (%p)", (void *)task);
    return 1;
}

/* traceback(task): where it is now; where the error was, when it has failed. */
static int task_traceback(lua_State *L)
{
    struct task *task = check_task(L);
    lua_settop(L, 1);
    if (task->status == TASK_FAILED)
        coaio__state_weak_get(L, task->state->tracebacks);
    else if (!task->home)
        lua_pushliteral(L, "stack traceback:");
    else
        luaL_traceback(L, task->home, task->waiting ? coaio__waiter_name(task->waiting) : NULL, 0);
    return 1;
}

/* cause(task) -> the task whose error it raised again, having joined it; nil: the error was its
   own */
static int task_cause(lua_State *L)
{
    struct task *task = check_task(L);
    lua_settop(L, 1);
    coaio__state_weak_get(L, task->state->causes);
    return 1;
}

/* is_task(value) */
static int task_is_task(lua_State *L)
{
    lua_pushboolean(L, luaL_testudata(L, 1, "coaio.task") != NULL);
    return 1;
}

static int task_self(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct task *current = coaio__task_current(L, s);
    if (!current)
        lua_pushnil(L);
    else
        coaio__task_push(L, current);
    return 1;
}

static void add_to_list(lua_State *L, struct task *task, void *data)
{
    lua_Integer *n = data;
    (void)task;
    lua_pushvalue(L, -1);
    lua_rawseti(L, 1, ++*n);
}

/* tasks() -> list of all that have not ended; ntasks() -> their number */
static int task_tasks(lua_State *L)
{
    lua_Integer n = 0;
    coaio__forked_check(L, coaio__state(L));
    lua_settop(L, 0);
    lua_newtable(L);
    coaio__task_each(L, coaio__state(L), add_to_list, &n);
    return 1;
}

static int task_ntasks(lua_State *L)
{
    lua_pushinteger(L, coaio__state(L)->ntasks);
    return 1;
}

static void lose(lua_State *L, struct task *task, void *data)
{
    (void)data;
    coaio__task_lose(L, task);
}

/* abandon(): forget the tasks that nothing can wake. */
static int task_abandon(lua_State *L)
{
    coaio__task_each(L, coaio__state(L), lose, NULL);
    return 0;
}

static const luaL_Reg methods[] = {
    {"cancel", task_cancel}, {"status", task_status}, {"prio", task_prio}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"self", task_self},       {"tasks", task_tasks},
                                     {"ntasks", task_ntasks},   {"abandon", task_abandon},
                                     {"cause", task_cause},     {"traceback", task_traceback},
                                     {"is_task", task_is_task}, {NULL, NULL}};

void coaio__task_open_library(lua_State *L, struct state *s)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, remember_traceback, 1);
    s->handler = luaL_ref(L, LUA_REGISTRYINDEX);
    s->tracebacks = coaio__state_weak_table(L);
    s->causes = coaio__state_weak_table(L);
    s->heralded = coaio__state_weak_table(L);
    coaio__join_open_library(L);
    luaL_newmetatable(L, "coaio.task");
    lua_pushcfunction(L, task__tostring);
    lua_setfield(L, -2, "__tostring");
    luaL_newlib(L, methods);
    lua_getfield(L, -3, "join");
    lua_setfield(L, -2, "join");
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
