/*
 * The wd object: owns a working directory of the core. CWD is one that owns none.
 */
#include "lua/wd_object.h"

#include "lua/check.h"

struct wd {
    struct state *state;
    coaio_wd *wd;
    uint32_t epoch; /* of the engine that has it */
    bool collected;
};

static struct wd *new_wd(lua_State *L, struct state *s)
{
    struct wd *wd = lua_newuserdatauv(L, sizeof(*wd), 0);
    *wd = (struct wd){.state = s, .epoch = s->epoch};
    luaL_setmetatable(L, "coaio.wd");
    return wd;
}

void coaio__wd_push(lua_State *L, struct state *s, coaio_req *req)
{
    struct wd *wd = new_wd(L, s);
    wd->wd = coaio_wd_take(req);
    s->nmade++;
}

/* Finalizers of others may still have one that was collected with them; it must not pass for
   CWD. */
bool coaio__wd_to(lua_State *L, struct call *call, coaio_arg *arg, int index, int argument)
{
    struct wd *wd;
    const void *meta;
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return false;
    meta = lua_topointer(L, -1);
    lua_pop(L, 1);
    if (meta != call->state->wd_meta)
        return false;
    wd = lua_touserdata(L, index);
    if (wd->collected)
        coaio__refuse(L, call, argument, "attempt to use a collected wd");
    arg->i = (int64_t)(intptr_t)wd->wd;
    arg->p = ".";
    arg->n = 1;
    return true;
}

static int wd__gc(lua_State *L)
{
    struct wd *wd = luaL_checkudata(L, 1, "coaio.wd");
    if (wd->wd != NULL && wd->state->engine != NULL && wd->epoch == wd->state->epoch) {
        coaio_wd_free(wd->state->engine, wd->wd);
        wd->state->nclosed++;
    }
    wd->collected = true;
    wd->wd = NULL;
    return 0;
}

static int wd__tostring(lua_State *L)
{
    struct wd *wd = luaL_checkudata(L, 1, "coaio.wd");
    if (wd->collected)
        lua_pushliteral(L, "coaio.wd (collected)");
    else if (wd->wd == NULL)
        lua_pushliteral(L, "coaio.wd (current directory)");
    else
        lua_pushfstring(L, "coaio.wd (%d)", coaio_wd_fd(wd->wd));
    return 1;
}

static const luaL_Reg metamethods[] = {
    {"__gc", wd__gc}, {"__tostring", wd__tostring}, {NULL, NULL}};

void coaio__wd_open_library(lua_State *L, struct state *s)
{
    luaL_newmetatable(L, "coaio.wd");
    s->wd_meta = lua_topointer(L, -1);
    luaL_setfuncs(L, metamethods, 0);
    lua_pop(L, 1);
    new_wd(L, s);
    lua_setfield(L, -2, "CWD");
}
