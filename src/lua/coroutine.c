/*
 * coroutine.resume and coroutine.wrap that pass a wait on to the coroutine around them.
 *
 * When the inner coroutine yields the token, the outer one takes its place as the one to be resumed and yields the
 * token too; resumed, it resumes the inner one, with no values, which finds its results. So a generator may wait
 * inside a generator inside a task, at any depth, and its own yields still go to whoever calls it.
 */
#include "lua/coroutine.h"

#include "lua/await.h"
#include "lua/host.h"
#include "lua/task.h"

enum { PLACE = 1, WRAPPED = 2 }; /* where on the stack: the inner coroutine; whether errors are raised */

static int step(lua_State *L, int nargs);

static bool still_waits(lua_State *inner, const struct waiter *w)
{
    return lua_status(inner) == LUA_YIELD && lua_gettop(inner) > 0 && lua_touserdata(inner, -1) == w;
}

/* A stranger has resumed the inner coroutine meanwhile. */
static int give_loss(lua_State *L, struct waiter *w)
{
    bool wrapped = lua_toboolean(L, WRAPPED);
    coaio__await_abandon(L, w);
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "the generator was resumed by another coroutine while it waited for a request");
    return wrapped ? lua_error(L) : 2;
}

int coaio__coroutine_go_on(lua_State *L, int status, lua_KContext ctx)
{
    lua_State *inner = lua_tothread(L, PLACE);
    struct waiter *w = lua_touserdata(L, (int)ctx + 1);
    bool mine = (lua_Integer)w->generation == lua_tointeger(L, (int)ctx);
    (void)status;
    lua_settop(L, WRAPPED);
    if (mine && !still_waits(inner, w))
        return give_loss(L, w);
    if (mine && w->phase != PHASE_DONE && w->co == L) {
        coaio__await_notice_stranger(L, w);
        w->co = inner; /* a stranger resumes this one: the request is the inner one's to give up */
    }
    return step(L, 0);
}

/* The error stays. The variables may wait, also where the task was cancelled. */
static void close_variables(lua_State *L, lua_State *inner)
{
    struct state *s = coaio__state(L);
    struct task *task = s->current;
    s->current = NULL;
    lua_resetthread(inner);
    s->current = task;
}

static int give_error(lua_State *L, lua_State *inner)
{
    bool wrapped = lua_toboolean(L, WRAPPED);
    if (!wrapped) {
        lua_pushboolean(L, 0);
        lua_xmove(inner, L, 1);
        return 2;
    }
    if (lua_status(inner) != LUA_OK && lua_status(inner) != LUA_YIELD)
        close_variables(L, inner);
    lua_xmove(inner, L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int give_values(lua_State *L, lua_State *inner, int n)
{
    bool wrapped = lua_toboolean(L, WRAPPED);
    if (!lua_checkstack(L, n + 1)) {
        lua_pop(inner, n);
        return luaL_error(L, "too many results to resume");
    }
    if (!wrapped)
        lua_pushboolean(L, 1);
    lua_xmove(inner, L, n);
    return wrapped ? n : n + 1;
}

static bool refuse(lua_State *L, lua_State *inner, int nargs)
{
    lua_Debug ar;
    const char *problem = NULL;
    if (inner == L)
        problem = "cannot resume non-suspended coroutine";
    else if (lua_status(inner) == LUA_OK && lua_getstack(inner, 0, &ar))
        problem = "cannot resume non-suspended coroutine";
    else if (lua_status(inner) != LUA_YIELD && (lua_status(inner) != LUA_OK || lua_gettop(inner) == 0))
        problem = "cannot resume dead coroutine";
    else if (!lua_checkstack(inner, nargs + 2))
        problem = "too many arguments to resume";
    if (problem == NULL)
        return false;
    lua_pushstring(L, problem);
    return true;
}

static int resume(lua_State *L, lua_State *inner, int nargs, int *nresults)
{
    struct state *s = coaio__state(L);
    struct task *task = s->current;
    lua_State *outer = s->inner;
    int status;

    s->current = coaio__host_current(L, s);
    s->inner = inner;
    status = lua_resume(inner, L, nargs, nresults);
    s->inner = outer;
    s->current = task;
    return status;
}

/* Resume the inner coroutine with `nargs` values that are on its stack. */
static int step(lua_State *L, int nargs)
{
    lua_State *inner = lua_tothread(L, PLACE);
    struct waiter *w;
    int n, status;

    for (;;) {
        status = resume(L, inner, nargs, &n);
        if (status != LUA_OK && status != LUA_YIELD)
            return give_error(L, inner);
        if (status == LUA_OK || (w = coaio__await_surfaced(inner, n)) == NULL)
            return give_values(L, inner, n);
        coaio__await_through(L, w);
        if (!still_waits(inner, w))
            return give_loss(L, w);
        nargs = 0;
    }
}

static int begin(lua_State *L, int nargs)
{
    lua_State *inner = lua_tothread(L, PLACE);
    if (refuse(L, inner, nargs)) {
        if (lua_toboolean(L, WRAPPED))
            return lua_error(L);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    lua_xmove(L, inner, nargs);
    return step(L, nargs);
}

/* resume(co, ...) */
static int coroutine_resume(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_pushboolean(L, 0);
    lua_insert(L, WRAPPED);
    return begin(L, lua_gettop(L) - WRAPPED);
}

static int wrapped_call(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, PLACE);
    lua_pushboolean(L, 1);
    lua_insert(L, WRAPPED);
    return begin(L, lua_gettop(L) - WRAPPED);
}

/* wrap(fn) */
static int coroutine_wrap(lua_State *L)
{
    lua_State *inner;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, lua_upvalueindex(1));
    inner = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, inner, 1);
    lua_pushcclosure(L, wrapped_call, 2);
    return 1;
}

static const luaL_Reg functions[] = {{"coresume", coroutine_resume}, {"cowrap", coroutine_wrap}, {NULL, NULL}};

void coaio__coroutine_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
