/*
 * The limit of descriptors, and the parts of device numbers.
 */
#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/types.h>

#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include "lua/system.h"

/* ---- the limit of descriptors ---------------------------------------------------------------- */

/* get_fdlimit() -> one more than the highest number that a descriptor can have */
static int system_get_fdlimit(lua_State *L, struct call *call)
{
    struct rlimit limit;
    (void)call;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return coaio__failure(L, NULL, errno);
    return coaio__system_number(L, limit.rlim_cur > INT_MAX ? INT_MAX : (int64_t)limit.rlim_cur);
}

static int set_limit(rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

/* If the limit cannot be as high as wanted, search by halves for one that is near. */
static int raise_limit(rlim_t wanted)
{
    struct rlimit limit;
    int error;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    if (limit.rlim_cur >= wanted)
        return 0;
    error = set_limit(wanted);
    if (error == 0)
        return 0;
    while (wanted - limit.rlim_cur > 1) {
        rlim_t middle = limit.rlim_cur + (wanted - limit.rlim_cur) / 2;
        if (set_limit(middle) == 0)
            limit.rlim_cur = middle;
        else
            wanted = middle;
    }
    return error;
}

/* min_fdlimit([number]) */
static int system_min_fdlimit(lua_State *L, struct call *call)
{
    lua_Integer wanted = coaio__opt_integer(L, call, 1, INT_MAX);
    return coaio__system_done(
        L, raise_limit((rlim_t)coaio__check_within(L, call, 1, wanted, 0, INT_MAX)));
}

/* ---- device numbers -------------------------------------------------------------------------- */

static int system_major(lua_State *L, struct call *call)
{
    return coaio__system_number(L, major((dev_t)coaio__check_integer(L, call, 1)));
}

static int system_minor(lua_State *L, struct call *call)
{
    return coaio__system_number(L, minor((dev_t)coaio__check_integer(L, call, 1)));
}

static unsigned check_part(lua_State *L, struct call *call, int index)
{
    return (unsigned)coaio__check_within(L, call, index, coaio__check_integer(L, call, index), 0,
                                         UINT32_MAX);
}

/* makedev(major, minor) */
static int system_makedev(lua_State *L, struct call *call)
{
    unsigned upper = check_part(L, call, 1), lower = check_part(L, call, 2);
    lua_pushinteger(L, (lua_Integer)makedev(upper, lower));
    return 1;
}

static const struct system_function functions[] = {{"get_fdlimit", 0, system_get_fdlimit},
                                                   {"min_fdlimit", 1, system_min_fdlimit},
                                                   {"major", 1, system_major},
                                                   {"minor", 1, system_minor},
                                                   {"makedev", 2, system_makedev},
                                                   {NULL, 0, NULL}};

void coaio__system_number_open(lua_State *L, struct state *s)
{
    (void)s;
    coaio__system_set(L, functions);
}
