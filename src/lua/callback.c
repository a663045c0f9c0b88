/*
 * Callback style.
 *
 * A call makes a task that is not started, with the call's arguments on its stack. When the request
 * is finished the task starts: it builds the results, as a waiting coroutine would, and hands them
 * to the callback; so whatever a callback does, it does in a task of its own. aio_wait is a join of
 * that task: its results are the request's.
 */
#include "lua/callback.h"

#include "lua/arguments.h"
#include "lua/call.h"
#include "lua/check.h"
#include "lua/group_object.h"
#include "lua/holds.h"
#include "lua/join.h"
#include "lua/results.h"
#include "lua/scarce.h"
#include "lua/task.h"

/* ---- the task -------------------------------------------------------------------------------- */

static int results_k(lua_State *L, int status, lua_KContext ctx)
{
    coaio__group_leave(lua_touserdata(L, lua_upvalueindex(2)));
    if (status != LUA_OK && status != LUA_YIELD)
        return lua_error(L);
    return lua_gettop(L) - (int)ctx;
}

/* Calls runner(callback, ...) with the `n` results, which raises where memory runs out; nothing
   else may between stay and leave, or the group would wait for ever. */
static int call_back(lua_State *L, struct request *request, int base, int n)
{
    luaL_checkstack(L, 4, NULL);
    if (request->parent != NULL)
        coaio__group_stay(L, request);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->state->runner);
    lua_getiuservalue(L, lua_upvalueindex(2), VALUE_CALLBACK);
    lua_rotate(L, base + 1, 2);
    return results_k(L, lua_pcallk(L, n + 1, LUA_MULTRET, 0, (lua_KContext)base, results_k),
                     (lua_KContext)base);
}

static int retried(lua_State *L, int status, lua_KContext ctx)
{
    struct request *request = lua_touserdata(L, lua_upvalueindex(2));
    if (status != LUA_OK && status != LUA_YIELD) {
        coaio__group_leave(request);
        return lua_error(L);
    }
    return call_back(L, request, (int)ctx, lua_gettop(L) - (int)ctx);
}

/* There was no descriptor left for it. Its group waits for the second try. */
static int retry(lua_State *L, struct request *request, int base)
{
    int n = coaio__scarce_push(L, request->state, request->op, base);
    if (request->parent != NULL)
        coaio__group_stay(L, request);
    return retried(L, lua_pcallk(L, n, LUA_MULTRET, 0, (lua_KContext)base, retried),
                   (lua_KContext)base);
}

/* The function of the task: upvalues state and request, arguments those of the call. */
static int build_results(lua_State *L)
{
    struct request *request = lua_touserdata(L, lua_upvalueindex(2));
    struct waiter *w = request->waiter;
    int base = lua_gettop(L), n;
    bool scarce = coaio__scarce_is_request(w);

    request->waiter = NULL;
    w->phase = PHASE_BUILDING;
    w->state->building++;
    n = request->op->code == COAIO_GROUP ? coaio__group_finished(L, request, lua_upvalueindex(2))
                                         : -1;
    if (n < 0)
        n = scarce ? 0 : coaio__results_push(L, w);
    coaio__waiter_release(L, w);
    return scarce ? retry(L, request, base) : call_back(L, request, base, n);
}

/* A request object on the stack, with the task that will get its results. Below it: `n` arguments,
   the callback. */
static struct request *new_request(lua_State *L, struct state *s, const coaio_op *op, int n)
{
    int i, self = n + 2;
    struct request *request = lua_newuserdatauv(
        L, sizeof(*request), op->code == COAIO_GROUP ? VALUE_THREAD : VALUE_PARENT);

    *request = (struct request){.state = s, .op = op, .epoch = s->epoch};
    luaL_setmetatable(L, "coaio.request");
    lua_pushvalue(L, n + 1);
    lua_setiuservalue(L, self, VALUE_CALLBACK);
    luaL_checkstack(L, n + 4, NULL);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, self);
    lua_pushcclosure(L, build_results, 2);
    for (i = 1; i <= n; i++)
        lua_pushvalue(L, i);
    request->task = coaio__task_new(L, s, n + 1);
    lua_setiuservalue(L, self, VALUE_TASK);
    return request;
}

/* nil is an argument left out, wherever it is. */
static void drop_trailing_nils(lua_State *L)
{
    while (lua_gettop(L) > 0 && lua_isnil(L, -1))
        lua_pop(L, 1);
}

/* The stack becomes `n` arguments and the callback, which is the last one given, nil where there is
   none. */
static void arrange(lua_State *L, const char *name, int n)
{
    bool called_back;
    drop_trailing_nils(L);
    called_back = lua_gettop(L) > 0 && lua_isfunction(L, -1);
    if (!called_back && lua_gettop(L) == n + 1)
        luaL_error(L, "bad argument #%d to '%s' (function expected, got %s)", n + 1, name,
                   coaio__type_name(L, n + 1));
    coaio__refuse_surplus(L, name, n, lua_gettop(L) - called_back);
    luaL_checkstack(L, n + 2, NULL);
    if (!called_back)
        lua_pushnil(L);
    lua_insert(L, 1);
    lua_settop(L, n + 1);
    lua_rotate(L, 1, -1);
}

/* A call in callback style; upvalues: the state, the row of the table. Leaves the request on the
   stack. */
static int request_call(lua_State *L)
{
    struct call call = {.state = coaio__state(L), .op = lua_touserdata(L, lua_upvalueindex(2))};
    int n = coaio__arguments_width(call.op);
    struct request *request;
    struct waiter *w;

    arrange(L, call.op->name, n);
    coaio__call_prepare(L, &call);
    request = new_request(L, call.state, call.op, n);
    coaio__call_check_again(L, &call);
    lua_getiuservalue(L, n + 2, VALUE_TASK);
    coaio__task_register(L, request->task);
    w = coaio__call_waiter(L, &call);
    w->task = request->task;
    w->wakes = WAKES_CALLBACK;
    w->calls = !lua_isnil(L, n + 1);
    request->waiter = w;
    coaio__call_submit(L, &call, w, coaio__task_current(L, call.state));
    request->req = w->req != NULL ? coaio_ref(w->req) : NULL;
    if (call.op->code == COAIO_GROUP)
        coaio__group_begins(request);
    lua_settop(L, n + 2);
    return 1;
}

/* aio_group([callback]) -> a group that is open until it is waited for, closed, or has a result */
static int group_open(lua_State *L)
{
    struct request *group;
    request_call(L);
    group = lua_touserdata(L, -1);
    group->open = true;
    coaio_group_hold(group->req, 1);
    return 1;
}

static int request__gc(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    coaio_req *req = request->req;
    request->req = NULL;
    coaio__group_leave(request);
    if (req != NULL
        && request->state->engine
               != NULL) /* also in a child, where only this reference is left of it */
        coaio_unref(req);
    return 0;
}

/* aio_wait(request) -> its results, when its callback has ended */
static int request_wait(lua_State *L)
{
    struct request *request = luaL_testudata(L, 1, "coaio.request");
    struct task *task;
    if (request == NULL)
        return luaL_error(L, "bad argument #1 to 'aio_wait' (request expected, got %s)",
                          coaio__type_name(L, 1));
    coaio__group_close(request);
    task = request->task;
    lua_getiuservalue(L, 1, VALUE_TASK);
    lua_replace(L, 1);
    return coaio__join(L, task, &coaio__join_request);
}

void coaio__callback_open_library(lua_State *L)
{
    luaL_getmetatable(L, "coaio.request");
    lua_pushcfunction(L, request__gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_newtable(L);
    coaio__call_set_all(L, request_call);
    lua_setfield(L, -2, "requests");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, request_wait, 1);
    lua_setfield(L, -2, "aio_wait");
    lua_getfield(L, -1, "ops");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushlightuserdata(L, (void *)(uintptr_t)coaio__call_row(COAIO_GROUP));
    lua_pushcclosure(L, group_open, 2);
    lua_setfield(L, -2, "aio_group");
    lua_pop(L, 1);
}
