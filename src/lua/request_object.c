/*
 * The request object: what a program may ask of a request in callback style.
 */
#include "lua/request_object.h"

#include <errno.h>

#include "lua/blame.h"
#include "lua/holds.h"
#include "lua/times.h"

struct request *coaio__request_check(lua_State *L)
{
    return luaL_checkudata(L, 1, "coaio.request");
}

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

/* timeout([seconds]) -> the request: it will be delivered as ETIMEDOUT if it is not finished by
   then; nil: never. A close, which cannot be cancelled, has no timeout. */
static int request_timeout(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    coaio_req *req = request->waiter != NULL ? coaio__request_live(request) : NULL;
    lua_Number seconds = luaL_optnumber(L, 2, -1);
    luaL_argcheck(L, lua_isnoneornil(L, 2) || seconds >= 0, 2, "seconds expected");
    if (req != NULL && request->op->code != COAIO_CLOSE
        && coaio_req_timeout(req, seconds < 0 ? -1 : coaio__nanoseconds_of(seconds, INT64_MAX / 2))
               == -ENOMEM)
        return luaL_error(L, "not enough memory");
    lua_settop(L, 1);
    return 1;
}

/* outcome() -> what the operation itself returned, or nil, message, errno (EINPROGRESS while it
   runs). */
static int request_outcome(lua_State *L)
{
    coaio_req *req = coaio__request_live(coaio__request_check(L));
    int64_t outcome = req != NULL ? coaio_outcome(req) : -EINPROGRESS;
    if (outcome < 0)
        return coaio__failure(L, NULL, (int)-outcome);
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

static int request__tostring(lua_State *L)
{
    struct request *request = coaio__request_check(L);
    lua_pushfstring(L, "coaio.%s (%p)", request->op->code == COAIO_GROUP ? "group" : "request",
                    (void *)request);
    return 1;
}

static const luaL_Reg methods[] = {{"cancel", request_cancel},
                                   {"cb", request_cb},
                                   {"prio", request_prio},
                                   {"timeout", request_timeout},
                                   {"outcome", request_outcome},
                                   {"backend", request_backend},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__tostring", request__tostring}, {NULL, NULL}};

void coaio__request_open_library(lua_State *L)
{
    luaL_newmetatable(L, "coaio.request");
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
