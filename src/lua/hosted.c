/*
 * Tasks in coroutines of the host: it makes them, or its callbacks may resume them, so their end is
 * seen in them.
 */
#include "lua/hosted.h"

#include "lua/homes.h"
#include "lua/host.h"
#include "lua/task_end.h"

static void end(lua_State *L, struct task *task)
{
    struct state *s = task->state;
    lua_State *outer = s->L;
    s->L = L;
    if (task->status == TASK_QUEUED)
        coaio__task_dropped(s, task);
    else
        coaio__task_ended(s, task, L, LUA_OK);
    s->L = outer;
    coaio__host_hold(L, s);
    if (s->engine) /* who joins it, or its report, waits for a turn */
        coaio_wakeup(s->engine);
}

int coaio__hosted_leave(lua_State *L, struct task *task)
{
    coaio__home_end(L, task);
    end(L, task);
    return 0;
}

static int ended_k(lua_State *L, int status, lua_KContext ctx)
{
    (void)status;
    return coaio__hosted_leave(L, (struct task *)ctx);
}

/* The function that the host runs: upvalues are the state and the task, whose own coroutine has
   body and arguments. */
static int hosted_body(lua_State *L)
{
    struct task *task = lua_touserdata(L, lua_upvalueindex(2));
    int n = lua_gettop(task->co);

    lua_settop(L, 0);
    if (task->cancelled) {
        end(L, task);
        return 0;
    }
    luaL_checkstack(L, n + 4, "too many arguments");
    task->home = L;
    task->status = TASK_STARTED;
    coaio__home_begin(L, task);
    lua_xmove(task->co, L, n);
    lua_callk(L, n - 1, LUA_MULTRET, (lua_KContext)task, ended_k);
    return ended_k(L, LUA_OK, (lua_KContext)task);
}

static void push_body(lua_State *L, int task)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, task);
    lua_pushcclosure(L, hosted_body, 2);
}

void coaio__hosted_house(lua_State *L, struct task *task)
{
    int self = lua_gettop(L);
    lua_State *home;
    lua_pushvalue(L, self);
    home = lua_newthread(L);
    push_body(L, self);
    lua_xmove(L, home, 1);
    coaio__state_weak_set(L, task->state->housed);
    task->home = home;
}

void coaio__hosted_spawn(lua_State *L, struct task *task)
{
    int self = lua_gettop(L);
    coaio__host_push(L, task->state, HOST_SPAWN);
    push_body(L, self);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        coaio__task_lose(L, task);
        lua_error(L);
    }
}
