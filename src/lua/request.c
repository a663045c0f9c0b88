/*
 * Request objects, for callback style.
 *
 * A call makes a task that is not started, with the call's arguments on its stack. When the request is finished the
 * task starts: it builds the results, as a waiting coroutine would, and hands them to the callback; so whatever a
 * callback does, it does in a task of its own. aio_wait is a join of that task: its results are the request's.
 */
#include "lua/request.h"

#include <errno.h>

#include "lua/args.h"
#include "lua/await.h"
#include "lua/call.h"
#include "lua/check.h"
#include "lua/file.h"
#include "lua/group.h"
#include "lua/outcome.h"
#include "lua/results.h"
#include "lua/scarce.h"
#include "lua/task.h"
#include "lua/times.h"

struct request *coaio__request_check(lua_State *L)
{
    return luaL_checkudata(L, 1, "coaio.request");
}

/* ---- the task ---------------------------------------------------------------------------------------------------- */

static int results_k(lua_State *L, int status, lua_KContext ctx)
{
    coaio__group_leave(lua_touserdata(L, lua_upvalueindex(2)));
    if (status != LUA_OK && status != LUA_YIELD)
        return lua_error(L);
    return lua_gettop(L) - (int)ctx;
}

/* Calls runner(callback, ...) with the `n` results, which raises where memory runs out; nothing else may between stay
   and leave, or the group would wait for ever. */
static int call_back(lua_State *L, struct request *request, int base, int n)
{
    luaL_checkstack(L, 4, NULL);
    if (request->parent != NULL)
        coaio__group_stay(L, request);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->state->runner);
    lua_getiuservalue(L, lua_upvalueindex(2), VALUE_CALLBACK);
    lua_rotate(L, base + 1, 2);
    return results_k(L, lua_pcallk(L, n + 1, LUA_MULTRET, 0, (lua_KContext)base, results_k), (lua_KContext)base);
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
    return retried(L, lua_pcallk(L, n, LUA_MULTRET, 0, (lua_KContext)base, retried), (lua_KContext)base);
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
    n = request->op->code == COAIO_GROUP ? coaio__group_finished(L, request, lua_upvalueindex(2)) : -1;
    if (n < 0)
        n = scarce ? 0 : coaio__results_push(L, w);
    coaio__waiter_release(L, w);
    return scarce ? retry(L, request, base) : call_back(L, request, base, n);
}

/* A request object on the stack, with the task that will get its results. Below it: `n` arguments, the callback. */
static struct request *new_request(lua_State *L, struct state *s, const coaio_op *op, int n)
{
    int i, self = n + 2;
    struct request *request =
        lua_newuserdatauv(L, sizeof(*request), op->code == COAIO_GROUP ? VALUE_THREAD : VALUE_PARENT);

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

/* The stack becomes `n` arguments and the callback, which is the last one given, nil where there is none. */
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

int coaio__request_call(lua_State *L)
{
    struct call call = {.state = coaio__state(L), .op = lua_touserdata(L, lua_upvalueindex(2))};
    int n = coaio__args_width(call.op);
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
    w->detached = true;
    w->calls = !lua_isnil(L, n + 1);
    request->waiter = w;
    coaio__call_submit(L, &call, w);
    request->req = w->req != NULL ? coaio_ref(w->req) : NULL;
    if (call.op->code == COAIO_GROUP)
        coaio__group_begins(request);
    lua_settop(L, n + 2);
    return 1;
}

/* ---- methods ----------------------------------------------------------------------------------------------------- */

/* The request in the core, NULL where there is none (any more). */
coaio_req *coaio__request_live(const struct request *request)
{
    const struct state *s = request->state;
    return s->engine != NULL && request->epoch == s->epoch ? request->req : NULL;
}

/* cancel() -> whether it will be delivered as ECANCELED */
static int request_cancel(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    coaio_req *req = request->waiter != NULL ? coaio__request_live(request) : NULL;
    bool cancelled;
    if (request->op->code == COAIO_CLOSE)
        cancelled = request->waiter != NULL && coaio__file_leave(request->waiter, ECANCELED);
    else
        cancelled = req != NULL && coaio_cancel(req) == 0;
    lua_pushboolean(L, cancelled);
    return 1;
}

/* cb(fn) -> the callback before: replaces the callback of a request that is not finished. */
static int request_cb(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    lua_settop(L, 2);
    lua_getiuservalue(L, 1, VALUE_CALLBACK);
    lua_insert(L, 2);
    if (!lua_isnil(L, 3))
        luaL_checktype(L, 3, LUA_TFUNCTION);
    if (request->waiter != NULL)
        request->waiter->calls = !lua_isnil(L, 3);
    lua_setiuservalue(L, 1, VALUE_CALLBACK);
    return 1;
}

static int request_prio(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    lua_Integer priority = luaL_checkinteger(L, 2);
    if (request->waiter != NULL && coaio__request_live(request) != NULL)
        coaio_req_pri(request->req, (int)(priority < -4 ? -4 : priority > 4 ? 4 : priority));
    lua_settop(L, 1);
    return 1;
}

/* timeout([seconds]) -> the request: it will be delivered as ETIMEDOUT if it is not finished by then; nil: never. A
   close, which cannot be cancelled, has no timeout. */
static int request_timeout(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    coaio_req *req = request->waiter != NULL ? coaio__request_live(request) : NULL;
    lua_Number seconds = luaL_optnumber(L, 2, -1);
    luaL_argcheck(L, lua_isnoneornil(L, 2) || seconds >= 0, 2, "seconds expected");
    if (req != NULL && request->op->code != COAIO_CLOSE
        && coaio_req_timeout(req, seconds < 0 ? -1 : coaio__nanoseconds_of(seconds, INT64_MAX / 2)) == -ENOMEM)
        return luaL_error(L, "not enough memory");
    lua_settop(L, 1);
    return 1;
}

/* outcome() -> what the operation itself returned, or nil, message, errno (EINPROGRESS while it runs). */
static int request_outcome(lua_State *L)
{
    coaio_req *req = coaio__request_live(coaio__request_check(L));
    int64_t outcome = req != NULL ? coaio_outcome(req) : -EINPROGRESS;
    if (outcome < 0)
        return coaio__results_failure(L, NULL, (int)-outcome);
    lua_pushinteger(L, outcome);
    return 1;
}

/* backend() -> "threads", "uring" or "inline": who served it; "" when nobody did yet. */
static int request_backend(lua_State *L)
{
    coaio_req *req = coaio__request_live(coaio__request_check(L));
    lua_pushstring(L, req != NULL ? coaio_req_backend(req) : "");
    return 1;
}

static int request__gc(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    coaio_req *req = request->req;
    request->req = NULL;
    coaio__group_leave(request);
    if (req != NULL && request->state->engine != NULL) /* also in a child, where only this reference is left of it */
        coaio_unref(req);
    return 0;
}

static int request__tostring(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    lua_pushfstring(L, "coaio.%s (%p)", request->op->code == COAIO_GROUP ? "group" : "request", (void *)request);
    return 1;
}

/* aio_wait(request) -> its results, when its callback has ended */
static int request_wait(lua_State *L)
{
    struct request *request = luaL_testudata(L, 1, "coaio.request");
    struct task *task;
    if (request == NULL)
        return luaL_error(L, "bad argument #1 to 'aio_wait' (request expected, got %s)", coaio__type_name(L, 1));
    coaio__group_close(request);
    task = request->task;
    lua_getiuservalue(L, 1, VALUE_TASK);
    lua_replace(L, 1);
    return coaio__outcome_join(L, task, "aio_wait");
}

static const luaL_Reg methods[] = {
    {"cancel", request_cancel},   {"cb", request_cb},           {"prio", request_prio}, {"timeout", request_timeout},
    {"outcome", request_outcome}, {"backend", request_backend}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", request__gc}, {"__tostring", request__tostring}, {NULL, NULL}};

void coaio__request_open_library(lua_State *L)
{
    luaL_newmetatable(L, "coaio.request");
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    lua_replace(L, -2);
    lua_insert(L, -2);
    coaio__group_open_library(L, lua_gettop(L) - 1);
    lua_remove(L, -2);
    lua_newtable(L);
    coaio__call_set_all(L, coaio__request_call);
    lua_setfield(L, -2, "requests");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, request_wait, 1);
    lua_setfield(L, -2, "aio_wait");
}
