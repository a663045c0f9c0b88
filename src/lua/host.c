/*
 * Hosts: when the functions of coaio.attach are called.
 *
 * The host is held from the first thing that begins outside of poll, and one turn of poll is asked
 * for at once, because what began may have ended at once as well; the turn that finds nothing left
 * releases it.
 */
#include "lua/host.h"

#include <signal.h>

#include "lua/forked.h"
#include "lua/holds.h"
#include "lua/report.h"
#include "lua/task.h"

static const char *const names[HOST_FUNCTIONS] = {"hold", "release", "suspend", "resume", "spawn"};

void coaio__host_push(lua_State *L, struct state *s, enum host_function which)
{
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->host[which]);
}

/* ---- held while there is something to do ----------------------------------------------------- */

void coaio__host_begin(lua_State *L, struct state *s)
{
    coaio__forked_check(L, s);
    if (!s->idle || s->L)
        return;
    coaio__host_push(L, s, HOST_HOLD);
    lua_call(L, 0, 0);
    s->idle = false;
    if (s->engine)
        coaio_wakeup(s->engine);
}

void coaio__host_settle(lua_State *L, struct state *s, bool busy)
{
    if (!s->hosted || s->idle == !busy)
        return;
    s->idle = !busy;
    coaio__host_push(L, s, busy ? HOST_HOLD : HOST_RELEASE);
    lua_call(L, 0, 0);
}

bool coaio__host_spawns(const struct state *s)
{
    return s->hosted && s->host[HOST_SPAWN] != LUA_REFNIL;
}

/* ---- functions ------------------------------------------------------------------------------- */

/* set_host(table | nil): the functions of the host, or that there is none. */
static int host_set(lua_State *L)
{
    struct state *s = coaio__state(L);
    int i;
    lua_settop(L, 1);
    for (i = 0; i < HOST_FUNCTIONS; i++) {
        luaL_unref(L, LUA_REGISTRYINDEX, s->host[i]);
        s->host[i] = LUA_REFNIL;
        if (!lua_isnil(L, 1)) {
            lua_getfield(L, 1, names[i]);
            s->host[i] = luaL_ref(L, LUA_REGISTRYINDEX);
        }
    }
    s->hosted = s->idle = !lua_isnil(L, 1);
    if (!s->hosted)
        s->watched = false;
    return 0;
}

/* hosted() -> whether there is a host */
static int host_hosted(lua_State *L)
{
    lua_pushboolean(L, coaio__state(L)->hosted);
    return 1;
}

static void do_nothing(int number)
{
    (void)number;
}

/* survive_sigpipe(): if SIGPIPE would end the process it is handled from now on, by doing nothing.
   SIG_IGN would pass to the programs that are started. */
static int host_survive_sigpipe(lua_State *L)
{
    struct sigaction now, handled = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    (void)L;
    if (sigaction(SIGPIPE, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO)
        && now.sa_handler == SIG_DFL)
        (void)sigaction(SIGPIPE, &handled, NULL);
    return 0;
}

static const luaL_Reg functions[] = {{"set_host", host_set},
                                     {"hosted", host_hosted},
                                     {"survive_sigpipe", host_survive_sigpipe},
                                     {NULL, NULL}};

void coaio__host_open_library(lua_State *L, struct state *s)
{
    int i;
    for (i = 0; i < HOST_FUNCTIONS; i++)
        s->host[i] = LUA_REFNIL;
    s->homes = coaio__state_weak_table(L);
    s->housed = coaio__state_weak_table(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
}
