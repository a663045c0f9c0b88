/*
 * What the synchronous functions share; and those about files and numbers: advice, mounts, limits, devices.
 */
#include "lua/system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>

#ifdef __linux__
#include <sys/mount.h>
#include <sys/sysmacros.h>
#endif

#include "lua/blame.h"
#include "lua/file.h"
#include "lua/map.h"
#include "lua/check_object.h"
#include "lua/scarce.h"
#include "lua/stat.h"

/* ---- calls ------------------------------------------------------------------------------------------------------- */

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

/* ---- arguments --------------------------------------------------------------------------------------------------- */

int coaio__system_fd(lua_State *L, struct call *call, int index)
{
    coaio_arg arg;
    coaio__check_fd(L, call, &arg, index);
    return coaio__descriptor_of(&arg);
}

int coaio__system_int(lua_State *L, struct call *call, int index)
{
    return (int)coaio__check_within(L, call, index, coaio__check_integer(L, call, index), INT_MIN, INT_MAX);
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

/* ---- results ----------------------------------------------------------------------------------------------------- */

int64_t coaio__system_value(int64_t result)
{
    return result < 0 ? -errno : result;
}

int coaio__system_done(lua_State *L, int64_t result)
{
    if (result < 0)
        return coaio__results_failure(L, NULL, (int)-result);
    lua_pushboolean(L, 1);
    return 1;
}

int coaio__system_number(lua_State *L, int64_t result)
{
    if (result < 0)
        return coaio__results_failure(L, NULL, (int)-result);
    lua_pushinteger(L, result);
    return 1;
}

int coaio__system_missing(lua_State *L, struct call *call)
{
    (void)call;
    return coaio__results_failure(L, NULL, ENOSYS);
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
        return coaio__results_failure(L, NULL, (int)-result);
    file->fd = (int)result;
    file->state = FILE_OPEN;
    coaio__state(L)->nmade++;
    return 1;
}

/* ---- advice and mounts ------------------------------------------------------------------------------------------- */

/* fadvise(fh, offset, length, advice) */
static int system_fadvise(lua_State *L, struct call *call)
{
    int fd = coaio__system_fd(L, call, 1), advice = coaio__system_int(L, call, 4);
    lua_Integer offset = coaio__opt_integer(L, call, 2, 0), length = coaio__opt_integer(L, call, 3, 0);
#ifdef POSIX_FADV_NORMAL
    return coaio__system_done(L, -posix_fadvise(fd, offset, length, advice));
#else
    (void)fd, (void)offset, (void)length, (void)advice;
    return coaio__system_done(L, -ENOSYS);
#endif
}

static int64_t mount_on(const char *special, const char *path, const char *type, lua_Integer flags, const char *data)
{
#ifdef __linux__
    return coaio__system_value(mount(special, path, type, (unsigned long)flags, data));
#else
    (void)special, (void)path, (void)type, (void)flags, (void)data;
    return -ENOSYS;
#endif
}

static int64_t unmount_from(const char *path, int flags)
{
#ifdef __linux__
    return coaio__system_value(flags == 0 ? umount(path) : umount2(path, flags));
#else
    (void)path, (void)flags;
    return -ENOSYS;
#endif
}

static int of_path(lua_State *L, const char *path, int64_t result)
{
    return result < 0 ? coaio__results_failure(L, path, (int)-result) : coaio__system_done(L, result);
}

static int of_paths(lua_State *L, const char *from, const char *to, int64_t result)
{
    return result < 0 ? coaio__blame_push_both(L, from, to, (int)-result) : coaio__system_done(L, result);
}

/* NULL where it was left out. */
static bool opt_text(lua_State *L, struct call *call, int index, const char **text)
{
    *text = NULL;
    return lua_isnil(L, index) || coaio__system_text(L, call, index, text);
}

/* mount(special, path, fstype[, flags[, data]]) */
static int system_mount(lua_State *L, struct call *call)
{
    const char *special, *path, *type, *data;
    bool good = opt_text(L, call, 1, &special);
    lua_Integer flags = coaio__opt_integer(L, call, 4, 0);

    coaio__check_within(L, call, 4, flags, INT32_MIN, UINT32_MAX);
    good = coaio__system_text(L, call, 2, &path) && good;
    good = opt_text(L, call, 3, &type) && good;
    good = opt_text(L, call, 5, &data) && good;
    return of_paths(L, special, path, good ? mount_on(special, path, type, flags, data) : -EINVAL);
}

/* The result of a request, without the loop: whoever else is served meanwhile is told later. */
static int64_t wait_for(coaio_req *req, coaio_statxbuf *stat)
{
    int64_t result;
    while (coaio_req_wait(req, -1) == -EINTR)
        ;
    result = coaio_result(req);
    if (result >= 0)
        *stat = *(const coaio_statxbuf *)coaio_data(req, NULL);
    coaio_claim(req);
    coaio_unref(req);
    return result;
}

/* statx(path[, flags[, mask]]) -> table */
static int system_statx(lua_State *L, struct call *call)
{
    coaio_engine *engine = coaio__state_engine(L, call->state);
    coaio_arg args[3] = {{0}};
    coaio_statxbuf stat;
    coaio_req *req;
    int64_t result;

    args[1].i = coaio__opt_integer(L, call, 2, 0);
    args[2].i = coaio__opt_integer(L, call, 3, 0);
    coaio__check_target(L, call, &args[0], 1);
    req = coaio_submit(engine, COAIO_STATX, args, lua_isnil(L, 3) ? 2 : 3, NULL, NULL);
    if (req == NULL)
        return luaL_error(L, "not enough memory");
    result = wait_for(req, &stat);
    if (result < 0)
        return coaio__results_failure(L, lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL, (int)-result);
    coaio__statx_push(L, &stat);
    return 1;
}

/* umount(path[, flags]) */
static int system_umount(lua_State *L, struct call *call)
{
    const char *path;
    bool good = coaio__system_text(L, call, 1, &path);
    int flags = coaio__system_opt_int(L, call, 2);
    return of_path(L, path, good ? unmount_from(path, flags) : -EINVAL);
}

/* ---- the limit of descriptors ------------------------------------------------------------------------------------ */

/* get_fdlimit() -> one more than the highest number that a descriptor can have */
static int system_get_fdlimit(lua_State *L, struct call *call)
{
    struct rlimit limit;
    (void)call;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return coaio__results_failure(L, NULL, errno);
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

/* What cannot be had is come near to, by halves. */
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
    return coaio__system_done(L, raise_limit((rlim_t)coaio__check_within(L, call, 1, wanted, 0, INT_MAX)));
}

/* ---- device numbers ---------------------------------------------------------------------------------------------- */

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
    return (unsigned)coaio__check_within(L, call, index, coaio__check_integer(L, call, index), 0, UINT32_MAX);
}

/* makedev(major, minor) */
static int system_makedev(lua_State *L, struct call *call)
{
    unsigned upper = check_part(L, call, 1), lower = check_part(L, call, 2);
    lua_pushinteger(L, (lua_Integer)makedev(upper, lower));
    return 1;
}

static const struct system_function functions[] = {
    {"fadvise", 4, system_fadvise},         {"mount", 5, system_mount},
    {"umount", 2, system_umount},           {"statx", 3, system_statx},
    {"get_fdlimit", 0, system_get_fdlimit},
    {"min_fdlimit", 1, system_min_fdlimit}, {"major", 1, system_major},
    {"minor", 1, system_minor},             {"makedev", 2, system_makedev}, {NULL, 0, NULL}};

void coaio__system_open_library(lua_State *L)
{
    lua_newtable(L);
    coaio__system_set(L, functions);
    coaio__map_open_library(L);
    coaio__system_set(L, coaio__system_makers);
    coaio__system_set(L, coaio__system_movers);
    coaio__system_set(L, coaio__system_processes);
    lua_setfield(L, -2, "system");
}
