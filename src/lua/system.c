/*
 * What the synchronous functions share: how they are called, their arguments and results.
 */
#include "lua/system.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lua/check_object.h"
#include "lua/file.h"
#include "lua/scarce.h"

/* ---- calls ----------------------------------------------------------------------------------- */

static int run_once(lua_State *L, struct state *s, const struct system_function *function)
{
    const coaio_op op = {.name = function->name};
    struct call call = {.state = s, .op = &op};
    lua_settop(L, function->width);
    return function->run(L, &call);
}

static bool is_scarce(lua_State *L, int n)
{
    return n == 3 && lua_isnil(L, -3) && coaio__scarce_is(-lua_tointeger(L, -1));
}

/* Upvalues: the state, the function's row. */
static int call_function(lua_State *L)
{
    const struct system_function *function = lua_touserdata(L, lua_upvalueindex(2));
    struct state *s = coaio__state(L);
    int n = run_once(L, s, function);

    if (!is_scarce(L, n))
        return n;
    coaio__scarce_collect(L, s);
    n = run_once(L, s, function);
    if (is_scarce(L, n))
        coaio__scarce_was_futile(s);
    return n;
}

void coaio__system_set(lua_State *L, const struct system_function *list)
{
    for (; list->name != NULL; list++) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushlightuserdata(L, (void *)(uintptr_t)list);
        lua_pushcclosure(L, call_function, 2);
        lua_setfield(L, -2, list->name);
    }
}

/* ---- arguments ------------------------------------------------------------------------------- */

int coaio__system_fd(lua_State *L, struct call *call, int index)
{
    coaio_arg arg;
    coaio__check_fd(L, call, &arg, index);
    return coaio__descriptor_of(&arg);
}

int coaio__system_int(lua_State *L, struct call *call, int index)
{
    return (int)coaio__check_within(L, call, index, coaio__check_integer(L, call, index), INT_MIN,
                                    INT_MAX);
}

int coaio__system_opt_int(lua_State *L, struct call *call, int index)
{
    return lua_isnil(L, index) ? 0 : coaio__system_int(L, call, index);
}

bool coaio__system_text(lua_State *L, struct call *call, int index, const char **text)
{
    coaio_arg arg;
    coaio__check_text(L, call, &arg, index);
    *text = arg.p;
    return memchr(arg.p, 0, (size_t)arg.n) == NULL;
}

/* ---- results --------------------------------------------------------------------------------- */

int64_t coaio__system_value(int64_t result)
{
    return result < 0 ? -errno : result;
}

int coaio__system_done(lua_State *L, int64_t result)
{
    if (result < 0)
        return coaio__failure(L, NULL, (int)-result);
    lua_pushboolean(L, 1);
    return 1;
}

int coaio__system_number(lua_State *L, int64_t result)
{
    if (result < 0)
        return coaio__failure(L, NULL, (int)-result);
    lua_pushinteger(L, result);
    return 1;
}

int coaio__system_missing(lua_State *L, struct call *call)
{
    (void)call;
    return coaio__failure(L, NULL, ENOSYS);
}

struct file *coaio__system_prepare(lua_State *L)
{
    struct file *file = coaio__file_push(L, -1);
    file->state = FILE_CLOSED;
    return file;
}

int coaio__system_opened(lua_State *L, struct file *file, int64_t result)
{
    if (result < 0)
        return coaio__failure(L, NULL, (int)-result);
    file->fd = (int)result;
    file->state = FILE_OPEN;
    coaio__state(L)->nmade++;
    return 1;
}
