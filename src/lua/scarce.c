/*
 * Descriptors that run out.
 */
#include "lua/scarce.h"

#include "lua/forked.h"

enum { AFTER_FUTILE_NS = 1000000000, FOR_CLOSES_NS = 100000000 };

bool coaio__scarce_is_request(const struct waiter *w)
{
    return w->req && !w->again && coaio__scarce_is(coaio_result(w->req))
           && w->state->retry != LUA_NOREF;
}

void coaio__scarce_was_futile(struct state *s)
{
    s->futile_until = coaio__state_now() + AFTER_FUTILE_NS;
    s->futile_at = s->nmade + s->nclosed;
}

static bool is_futile(const struct state *s)
{
    return s->futile_until > coaio__state_now() && s->futile_at == s->nmade + s->nclosed;
}

/* Closes are done in order, or nearly, and one descriptor is enough. Who hangs in one does not keep
   others. */
static void await_closes(struct state *s)
{
    if (s->last_close && coaio_result(s->last_close) == -EINPROGRESS)
        coaio_req_wait(s->last_close, FOR_CLOSES_NS);
    coaio__state_forget_close(s);
}

int64_t coaio__scarce_collect(lua_State *L, struct state *s)
{
    uint64_t before = s->nclosed;
    if (!is_futile(s))
        lua_gc(L, LUA_GCCOLLECT);
    await_closes(s);
    return (int64_t)(s->nclosed - before);
}

int coaio__scarce_push(lua_State *L, struct state *s, const coaio_op *op, int n)
{
    int i;
    luaL_checkstack(L, n + 6, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->retry);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushlightuserdata(L, (void *)(uintptr_t)op);
    lua_pushcclosure(L, s->again, 2);
    for (i = 1; i <= n; i++)
        lua_pushvalue(L, i);
    return n + 1;
}

static int retried(lua_State *L, int status, lua_KContext ctx)
{
    (void)status;
    return lua_gettop(L) - (int)ctx;
}

int coaio__scarce_retry(lua_State *L, struct state *s, const coaio_op *op)
{
    int n = lua_gettop(L), nargs = coaio__scarce_push(L, s, op, n);
    lua_callk(L, nargs, LUA_MULTRET, n, retried);
    return retried(L, LUA_OK, n);
}

/* ---- functions ------------------------------------------------------------------------------- */

/* collect() -> how many descriptors it gave back */
static int scarce_collect(lua_State *L)
{
    lua_pushinteger(L, coaio__scarce_collect(L, coaio__state(L)));
    return 1;
}

/* ndescriptors() -> a number that changes whenever a descriptor comes or goes */
static int scarce_ndescriptors(lua_State *L)
{
    const struct state *s = coaio__state(L);
    lua_pushinteger(L, (lua_Integer)(s->nmade + s->nclosed));
    return 1;
}

/* futile(): the collection did not help */
static int scarce_futile(lua_State *L)
{
    coaio__scarce_was_futile(coaio__state(L));
    return 0;
}

/* retrying(1) -> when: one more is to be tried again, and flush waits for it. retrying(-1, when):
   one less, but not in a child that was forked meanwhile, where nothing is tried again. */
static int scarce_retrying(lua_State *L)
{
    struct state *s = coaio__state(L);
    coaio__forked_check(L, s);
    if (lua_isnoneornil(L, 2) || lua_tointeger(L, 2) == s->epoch)
        s->nretries += (uint32_t)lua_tointeger(L, 1);
    lua_pushinteger(L, s->epoch);
    return 1;
}

/* set_retry(function): gets a function that makes the request once more, and its arguments */
static int scarce_set_retry(lua_State *L)
{
    struct state *s = coaio__state(L);
    lua_settop(L, 1);
    luaL_unref(L, LUA_REGISTRYINDEX, s->retry);
    s->retry = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static const luaL_Reg functions[] = {
    {"collect", scarce_collect},   {"ndescriptors", scarce_ndescriptors}, {"futile", scarce_futile},
    {"retrying", scarce_retrying}, {"set_retry", scarce_set_retry},       {NULL, NULL}};

void coaio__scarce_open_library(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
