/*
 * Waiting where nothing can yield.
 *
 * The main chunk runs the loop until its waiter is done (other tasks run meanwhile), and every
 * other place (table.sort, a gsub callback, a finalizer, inside poll) waits for its request alone.
 */
#include "lua/alone.h"

#include <errno.h>
#include <string.h>

#include "lua/abandon.h"
#include "lua/cancel.h"
#include "lua/holds.h"

static const int64_t look_again_ns = 1000000000;

static bool is_called_by_lua_itself(lua_State *L, lua_Debug *ar)
{
    lua_getinfo(L, "n", ar);
    return strcmp(ar->namewhat, "hook") == 0
           || (strcmp(ar->namewhat, "metamethod") == 0 && strcmp(ar->name, "__gc") == 0);
}

static bool is_lua_or_pcall(lua_State *L, struct state *s, lua_Debug *ar)
{
    lua_CFunction function;
    lua_getinfo(L, "f", ar);
    function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return !function || function == s->pcall || function == s->xpcall;
}

/* May this place run the loop? Only the main chunk: nothing but Lua functions and pcall below
   it. */
static bool may_drive(lua_State *L, struct state *s)
{
    lua_Debug ar, below;
    int level;
    if (s->L || L != s->main || s->driver == LUA_NOREF || s->hosted)
        return false;
    for (level = 0; lua_getstack(L, level, &ar); level++) {
        if (is_called_by_lua_itself(L, &ar))
            return false;
        if (level > 0 && !is_lua_or_pcall(L, s, &ar) && lua_getstack(L, level + 1, &below))
            return false;
    }
    return true;
}

static void drive(lua_State *L, struct waiter *w)
{
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, w->state->driver);
    lua_pushlightuserdata(L, w);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        coaio__wait_abandon(L, w);
        lua_error(L);
    }
}

/* A signal handler may have set a hook, as lua.c does for Ctrl-C: run some Lua code so that it
   fires. A hook of the main coroutine fires only there: a task that waits in another one is
   cancelled, so that the program gets there. */
static void let_hooks_run(lua_State *L, struct waiter *w, lua_Hook before)
{
    lua_State *main = w->state->main;
    lua_Hook hook = lua_gethook(main);
    int status = LUA_OK;

    if (!hook || (L != main && hook == before))
        return;
    if (L == main) {
        status = luaL_loadstring(L, "local i = 0 return i") || lua_pcall(L, 0, 0, 0);
    } else {
        status = LUA_ERRRUN;
        coaio__cancel_here(L, w->state);
    }
    if (status != LUA_OK) {
        coaio__wait_abandon(L, w);
        lua_error(L);
    }
}

/* A signal that comes just before the wait does not end it: look again after a while. */
static void wait_alone(lua_State *L, struct waiter *w)
{
    struct state *s = w->state;
    lua_Hook before = s->L ? s->hook : lua_gethook(s->main);
    int result;
    while ((result = coaio_req_wait(w->req, look_again_ns)) == 0 || result == -EINTR)
        let_hooks_run(L, w, before);
    if (result < 0 || coaio_claim(w->req) != 1) {
        coaio__wait_abandon(L, w);
        luaL_error(L, "coaio: cannot wait for %s here", coaio__waiter_name(w));
    }
    w->owned = true;
    w->phase = PHASE_DONE;
    coaio__waiter_give_back(L, w);
}

void coaio__alone_wait(lua_State *L, struct waiter *w)
{
    if (may_drive(L, w->state)) {
        drive(L, w);
        return;
    }
    if (!w->req && w->closing)
        coaio__file_settle(w);
    if (w->req)
        wait_alone(L, w);
    else if (w->phase != PHASE_READY) {
        coaio__waiter_forget(w);
        coaio__waiter_release(L, w);
        luaL_error(L, "cannot wait for a task here: this place cannot yield");
    }
}
