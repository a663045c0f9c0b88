/*
 * Errors are kept until the end of the turn: somebody may join the task until then, and nothing may
 * raise, or run Lua code of strangers, while the engine delivers.
 */
#include "lua/report.h"

#include <stdio.h>

#include "lua/holds.h"
#include "lua/outcome.h"

static int reserve(lua_State *L)
{
    coaio__waiter_reserve(L, lua_touserdata(L, 1));
    return 0;
}

/* A waiter, without ever raising; NULL when out of memory. */
static struct waiter *take_spare(lua_State *L, struct state *s)
{
    if (!lua_checkstack(L, 3))
        return NULL;
    if (!coaio__waiter_is_reserved(s)) {
        lua_pushcfunction(L, reserve);
        lua_pushlightuserdata(L, s);
        if (lua_pcall(L, 1, 0, 0) != LUA_OK)
            lua_pop(L, 1);
    }
    return coaio__waiter_is_reserved(s) ? coaio__waiter_spare(s) : NULL;
}

static void settle(lua_State *L, struct task *task)
{
    task->taken = true;
    coaio__task_forget(L, task);
}

void coaio__report(lua_State *L, struct state *s, lua_State *co, struct task *task)
{
    struct waiter *w = take_spare(L, s);
    if (!w) {
        fprintf(stderr, "coaio: out of memory; an error was lost\n");
        if (task)
            settle(L, task);
        return;
    }
    w->phase = PHASE_FAILED;
    w->wakes = WAKES_REPORTER;
    w->co = co;
    w->task = task;
    if (co) {
        lua_pushthread(co);
        lua_xmove(co, L, 1);
        coaio__waiter_anchor(L, w, ANCHOR_THREAD);
    }
    coaio__waiter_enqueue(&s->failed, w);
}

static void push_error(lua_State *L, lua_State *co)
{
    if (!lua_checkstack(co, 1))
        luaL_error(L, "stack overflow");
    lua_pushvalue(co, -1);
    lua_xmove(co, L, 1);
}

/* Calls the reporter with the error, its traceback and the task. */
static int report(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct waiter *w = lua_touserdata(L, 1);

    lua_rawgeti(L, LUA_REGISTRYINDEX, s->reporter);
    if (w->task) {
        coaio__outcome_push_error(L, w->task);
        coaio__task_push(L, w->task);
        lua_pushvalue(L, -1);
        coaio__state_weak_get(L, s->tracebacks);
        lua_insert(L, -2);
    } else {
        push_error(L, w->co);
        luaL_traceback(L, w->co, NULL, 0);
        lua_pushnil(L);
    }
    lua_call(L, 3, 0);
    return 0;
}

void coaio__report_complain(lua_State *L, const char *what)
{
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, -1);
    fprintf(stderr, "coaio: %s: %s\n", what, text);
    lua_pop(L, 1);
}

static void report_one(lua_State *L, struct waiter *w)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, report, 1);
    lua_pushlightuserdata(L, w);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        coaio__report_complain(L, "error while reporting an error");
}

/* The reporter may poll, and so come here again and report the rest. */
void coaio__report_all(lua_State *L, struct state *s)
{
    struct waiter *w;
    uint32_t n = s->failed.count;
    while (n-- > 0 && (w = coaio__waiter_dequeue(&s->failed)) != NULL) {
        struct task *task = w->task;
        if (!task || !(task->taken || task->watched)) {
            report_one(L, w);
            if (task)
                settle(L, task);
        }
        coaio__waiter_release(L, w);
    }
}
