/*
 * The C module coaio.core: opening it makes the state and the tables, no engine.
 *
 * What it returns: `ops`, one function per request; `constants` and `errno`; and functions for
 * task.lua and coaio.lua.
 */
#include "lua/module.h"

#include <limits.h>
#include <string.h>

#include "lua/async.h"
#include "lua/buffer.h"
#include "lua/call.h"
#include "lua/callback.h"
#include "lua/check.h"
#include "lua/coroutine.h"
#include "lua/engine_settings.h"
#include "lua/file.h"
#include "lua/forked.h"
#include "lua/group_object.h"
#include "lua/host.h"
#include "lua/lifetime.h"
#include "lua/loop.h"
#include "lua/outstanding.h"
#include "lua/priority.h"
#include "lua/request_object.h"
#include "lua/scarce.h"
#include "lua/stat.h"
#include "lua/system.h"
#include "lua/task.h"
#include "lua/turn.h"
#include "lua/wd_object.h"

static int check_errno(lua_State *L, const char *name)
{
    lua_Integer number = 0;
    if (!coaio__is_integer(L, 1, &number) || number < INT_MIN || number > INT_MAX)
        luaL_error(L, "bad argument #1 to '%s' (number of an error expected)", name);
    return (int)number;
}

static int module_errname(lua_State *L)
{
    lua_pushstring(L, coaio_errname(check_errno(L, "errname")));
    return 1;
}

static int module_strerror(lua_State *L)
{
    lua_pushstring(L, coaio_strerror(check_errno(L, "strerror")));
    return 1;
}

static int set_reference(lua_State *L, int *reference)
{
    lua_settop(L, 1);
    luaL_unref(L, LUA_REGISTRYINDEX, *reference);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* Things that task.lua gives to the C side: how errors are reported, how the main chunk waits, what
   coaio.cancelled is. */
static int module_set_reporter(lua_State *L)
{
    return set_reference(L, &coaio__state(L)->reporter);
}

static int module_set_driver(lua_State *L)
{
    return set_reference(L, &coaio__state(L)->driver);
}

static int module_set_runner(lua_State *L)
{
    return set_reference(L, &coaio__state(L)->runner);
}

static int module_set_cancelled(lua_State *L)
{
    return set_reference(L, &coaio__state(L)->cancelled);
}

static const luaL_Reg functions[] = {{"errname", module_errname},
                                     {"strerror", module_strerror},
                                     {"set_reporter", module_set_reporter},
                                     {"set_driver", module_set_driver},
                                     {"set_runner", module_set_runner},
                                     {"set_cancelled", module_set_cancelled},
                                     {NULL, NULL}};

/* Names of errors are the ones that begin with E and have no underscore. */
static bool is_errno(const char *name)
{
    return name[0] == 'E' && strchr(name, '_') == NULL;
}

static void push_constants(lua_State *L, bool errors)
{
    uint32_t i;
    int64_t value;
    const char *name;
    lua_newtable(L);
    for (i = 0; (name = coaio_constants(i, &value)) != NULL; i++) {
        if (is_errno(name) == errors) {
            lua_pushinteger(L, value);
            lua_setfield(L, -2, name);
        }
    }
}

/* Upvalue 1 is the state, as everywhere. */
static int open_all(lua_State *L)
{
    struct state *s = coaio__state(L);
    lua_newtable(L);
    lua_newtable(L);
    coaio__call_open_library(L);
    lua_getfield(L, -1, "aio_close");
    coaio__file_open_library(L, s, lua_gettop(L));
    lua_pop(L, 1);
    lua_setfield(L, -2, "ops");
    coaio__request_open_library(L);
    coaio__group_open_library(L);
    coaio__callback_open_library(L);
    push_constants(L, false);
    lua_setfield(L, -2, "constants");
    push_constants(L, true);
    lua_setfield(L, -2, "errno");
    lua_pushstring(L, coaio_version());
    lua_setfield(L, -2, "version");
    coaio__stat_open_library(L);
    coaio__buffer_open_library(L, s);
    coaio__wd_open_library(L, s);
    coaio__task_open_library(L, s);
    coaio__async_open_library(L);
    coaio__loop_open_library(L);
    coaio__turn_open_library(L);
    coaio__coroutine_open_library(L);
    coaio__engine_settings_open_library(L);
    coaio__priority_open_library(L, s);
    coaio__outstanding_open_library(L, s);
    coaio__host_open_library(L, s);
    coaio__scarce_open_library(L);
    coaio__forked_open_library(L, s);
    lua_newtable(L);
    coaio__system_file_open(L, s);
    coaio__system_number_open(L, s);
    coaio__system_map_open(L, s);
    coaio__system_make_open(L, s);
    coaio__system_move_open(L, s);
    coaio__system_process_open(L, s);
    lua_setfield(L, -2, "system");
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
    return 1;
}

int luaopen_coaio_core(lua_State *L)
{
    coaio__state_push(L);
    lua_pushcclosure(L, open_all, 1);
    lua_call(L, 0, 1);
    return 1;
}
