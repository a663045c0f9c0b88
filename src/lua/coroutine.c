/*
 * The functions of the coroutine library that let a generator wait: a wait is passed on to the
 * coroutine around it.
 *
 * When the inner coroutine yields the token, the outer one takes its place as the one to be resumed
 * and yields the token too; resumed, it resumes the inner one, with no values, which finds its
 * results. So a generator may wait inside a generator inside a task, at any depth, and its own
 * yields still go to whoever calls it.
 *
 * A coroutine that Lua closes cannot yield any more. So the function of a generator runs under
 * pcall, inside, and to close one that has yielded is to resume it and raise nil there: then its
 * closing values find nil, as in Lua, and may wait. One that catches that and yields again is
 * closed by Lua.
 */
#include "lua/coroutine.h"

#include "lua/abandon.h"
#include "lua/homes.h"
#include "lua/host.h"
#include "lua/suspend.h"
#include "lua/tasks.h"

enum { PLACE = 1, MODE = 2 }; /* where on the stack: the inner coroutine; what the function is */
enum mode { RESUME, WRAP, CLOSE, CLOSER };
enum { RAISES = -1 }; /* instead of a number of arguments */

static int step(lua_State *L, int nargs);

static enum mode mode_of(lua_State *L)
{
    return (enum mode)lua_tointeger(L, MODE);
}

/* Its error, on top of the stack, is raised, or returned after false. */
static int fail(lua_State *L)
{
    if (mode_of(L) == WRAP || mode_of(L) == CLOSER)
        return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static bool still_waits(lua_State *inner, const struct waiter *w)
{
    return lua_status(inner) == LUA_YIELD && lua_gettop(inner) > 0
           && lua_touserdata(inner, -1) == w;
}

/* A stranger has resumed the inner coroutine meanwhile. */
static int give_loss(lua_State *L, struct waiter *w)
{
    coaio__wait_abandon(L, w);
    lua_pushliteral(L,
                    "the generator was resumed by another coroutine while it waited for a request");
    return fail(L);
}

int coaio__coroutine_go_on(lua_State *L, int status, lua_KContext ctx)
{
    lua_State *inner = lua_tothread(L, PLACE);
    struct waiter *w = lua_touserdata(L, (int)ctx + 1);
    bool mine = (lua_Integer)w->generation == lua_tointeger(L, (int)ctx);
    (void)status;
    lua_settop(L, MODE);
    if (mine && !still_waits(inner, w))
        return give_loss(L, w);
    if (mine && w->phase != PHASE_DONE && w->co == L) {
        coaio__home_notice_stranger(L, w);
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

/* The coroutine was closed: on top of its stack is an error of its own, or nil. */
static int give_closed(lua_State *L, lua_State *inner)
{
    lua_xmove(inner, L, 1);
    close_variables(L, inner);
    lua_settop(inner, 0);
    if (!lua_isnil(L, -1))
        return fail(L);
    lua_pushboolean(L, 1);
    return mode_of(L) == CLOSE ? 1 : 0;
}

static int give_error(lua_State *L, lua_State *inner)
{
    enum mode mode = mode_of(L);
    if (mode == CLOSE || mode == CLOSER)
        return give_closed(L, inner);
    if (mode == WRAP && lua_status(inner) != LUA_OK && lua_status(inner) != LUA_YIELD)
        close_variables(L, inner);
    lua_xmove(inner, L, 1);
    if (mode == WRAP && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return fail(L);
}

/* Close as Lua does: closing values can wait for nothing but a request. */
static int close_at_once(lua_State *L, lua_State *inner)
{
    close_variables(L, inner);
    if (lua_gettop(inner) == 0)
        lua_pushnil(inner);
    return give_closed(L, inner);
}

static int give_values(lua_State *L, lua_State *inner, int n)
{
    enum mode mode = mode_of(L);
    if (mode == CLOSE || mode == CLOSER) {
        lua_pop(inner, n);
        return close_at_once(L, inner);
    }
    if (!lua_checkstack(L, n + 1)) {
        lua_pop(inner, n);
        return luaL_error(L, "too many results to resume");
    }
    if (mode == RESUME)
        lua_pushboolean(L, 1);
    lua_xmove(inner, L, n);
    return mode == RESUME ? n + 1 : n;
}

static bool refuse(lua_State *L, lua_State *inner, int nargs)
{
    lua_Debug ar;
    const char *problem = NULL;
    if (inner == L)
        problem = "cannot resume non-suspended coroutine";
    else if (lua_status(inner) == LUA_OK && lua_getstack(inner, 0, &ar))
        problem = "cannot resume non-suspended coroutine";
    else if (lua_status(inner) != LUA_YIELD
             && (lua_status(inner) != LUA_OK || lua_gettop(inner) == 0))
        problem = "cannot resume dead coroutine";
    else if (!lua_checkstack(inner, nargs + 2))
        problem = "too many arguments to resume";
    if (!problem)
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

    s->current = coaio__task_current(L, s);
    s->inner = inner;
    status = lua_resume(inner, L, nargs, nresults);
    s->inner = outer;
    s->current = task;
    return status;
}

static void raise_nil(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    lua_pushnil(L);
    lua_error(L);
}

/* Nothing else raises in a coroutine from outside: the hook does, at its next instruction. */
static int resume_to_raise(lua_State *L, lua_State *inner, int *nresults)
{
    lua_Hook hook = lua_gethook(inner);
    int mask = lua_gethookmask(inner), count = lua_gethookcount(inner), status;
    lua_sethook(inner, raise_nil, LUA_MASKCOUNT, 1);
    status = resume(L, inner, 0, nresults);
    lua_sethook(inner, hook, mask, count);
    return status;
}

/* Resume the inner coroutine with `nargs` values that are on its stack, or for it to raise. */
static int step(lua_State *L, int nargs)
{
    lua_State *inner = lua_tothread(L, PLACE);
    struct waiter *w;
    int n, status;

    for (;;) {
        status = nargs == RAISES ? resume_to_raise(L, inner, &n) : resume(L, inner, nargs, &n);
        if (status != LUA_OK && status != LUA_YIELD)
            return give_error(L, inner);
        if (status == LUA_OK || (w = coaio__suspend_surfaced(inner, n)) == NULL)
            return give_values(L, inner, n);
        coaio__suspend_through(L, w);
        if (!still_waits(inner, w))
            return give_loss(L, w);
        nargs = 0;
    }
}

static int begin(lua_State *L, int nargs)
{
    lua_State *inner = lua_tothread(L, PLACE);
    if (refuse(L, inner, nargs))
        return fail(L);
    lua_xmove(L, inner, nargs);
    return step(L, nargs);
}

/* resume(co, ...) */
static int coroutine_resume(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_pushinteger(L, RESUME);
    lua_insert(L, MODE);
    return begin(L, lua_gettop(L) - MODE);
}

static int wrapped_call(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, PLACE);
    lua_pushinteger(L, WRAP);
    lua_insert(L, MODE);
    return begin(L, lua_gettop(L) - MODE);
}

/* ---- closing --------------------------------------------------------------------------------- */

static bool is_closable(lua_State *L, lua_State *inner)
{
    lua_Debug ar;
    return inner != L && (lua_status(inner) != LUA_OK || !lua_getstack(inner, 0, &ar));
}

/* True if the coroutine has yielded, and waits for nothing. */
static bool has_yielded(lua_State *inner)
{
    return lua_status(inner) == LUA_YIELD
           && (lua_gettop(inner) == 0 || !lua_islightuserdata(inner, -1));
}

static int close_inner(lua_State *L)
{
    lua_State *inner = lua_tothread(L, PLACE);
    if (!is_closable(L, inner))
        return luaL_error(L, "cannot close a %s coroutine", inner == L ? "running" : "normal");
    if (!has_yielded(inner) || !lua_checkstack(inner, 4))
        return close_at_once(L, inner);
    lua_settop(inner, 0);
    return step(L, RAISES);
}

/* close(co) -> true, or false and the error of a closing value */
static int coroutine_close(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_settop(L, PLACE);
    lua_pushinteger(L, CLOSE);
    return close_inner(L);
}

/* The closing value of a generator, for a generic for that does not come to its end. */
static int generator__close(lua_State *L)
{
    luaL_checkudata(L, 1, "coaio.generator");
    lua_getiuservalue(L, 1, 1);
    lua_replace(L, PLACE);
    lua_settop(L, PLACE);
    lua_pushinteger(L, CLOSER);
    return close_inner(L);
}

/* ---- made ------------------------------------------------------------------------------------ */

/* Message handler: its frames are gone when others see the error. */
static int remember_traceback(lua_State *L)
{
    lua_pushthread(L);
    luaL_traceback(L, L, NULL, 1);
    coaio__state_weak_set(L, coaio__state(L)->tracebacks);
    return 1;
}

static int body_k(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    return status == LUA_OK || status == LUA_YIELD ? lua_gettop(L) - 1 : lua_error(L);
}

/* The function of every generator: upvalues are the state and the function that is called. */
static int generator_body(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, remember_traceback, 1);
    lua_insert(L, 1);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 2);
    return body_k(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, body_k), 0);
}

/* create(fn) */
static int coroutine_create(lua_State *L)
{
    lua_State *inner;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    inner = lua_newthread(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, generator_body, 2);
    lua_xmove(L, inner, 1);
    return 1;
}

/* wrap(fn) -> what a generic for wants: the iterator, nil, nil, and a value that closes the
   generator */
static int coroutine_wrap(lua_State *L)
{
    coroutine_create(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, wrapped_call, 2);
    lua_insert(L, -2);
    lua_newuserdatauv(L, 0, 1);
    luaL_setmetatable(L, "coaio.generator");
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    lua_pushnil(L);
    lua_insert(L, -2);
    lua_pushnil(L);
    lua_insert(L, -2);
    return 4;
}

/* cotraceback(co) -> where its error was; nil: it has had none */
static int coroutine_traceback(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_settop(L, 1);
    coaio__state_weak_get(L, coaio__state(L)->tracebacks);
    return 1;
}

static const luaL_Reg functions[] = {
    {"coresume", coroutine_resume},       {"cowrap", coroutine_wrap},
    {"cocreate", coroutine_create},       {"coclose", coroutine_close},
    {"cotraceback", coroutine_traceback}, {NULL, NULL}};

void coaio__coroutine_open_library(lua_State *L)
{
    luaL_newmetatable(L, "coaio.generator");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, generator__close, 1);
    lua_setfield(L, -2, "__close");
    lua_pop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
