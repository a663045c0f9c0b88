/*
 * Advice, mounts, and statx without waiting.
 */
#include <errno.h>
#include <fcntl.h>

#ifdef __linux__
#include <sys/mount.h>
#endif

#include "lua/check_object.h"
#include "lua/stat.h"
#include "lua/system.h"

/* ---- advice and mounts ----------------------------------------------------------------------- */

/* fadvise(fh, offset, length, advice) */
static int system_fadvise(lua_State *L, struct call *call)
{
    int fd = coaio__system_fd(L, call, 1), advice = coaio__system_int(L, call, 4);
    lua_Integer offset = coaio__opt_integer(L, call, 2, 0),
                length = coaio__opt_integer(L, call, 3, 0);
#ifdef POSIX_FADV_NORMAL
    return coaio__system_done(L, -posix_fadvise(fd, offset, length, advice));
#else
    (void)fd, (void)offset, (void)length, (void)advice;
    return coaio__system_done(L, -ENOSYS);
#endif
}

static int64_t mount_on(const char *special, const char *path, const char *type, lua_Integer flags,
                        const char *data)
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
    return result < 0 ? coaio__failure(L, path, (int)-result) : coaio__system_done(L, result);
}

static int of_paths(lua_State *L, const char *from, const char *to, int64_t result)
{
    return result < 0 ? coaio__blame_push_both(L, from, to, (int)-result)
                      : coaio__system_done(L, result);
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

/* umount(path[, flags]) */
static int system_umount(lua_State *L, struct call *call)
{
    const char *path;
    bool good = coaio__system_text(L, call, 1, &path);
    int flags = coaio__system_opt_int(L, call, 2);
    return of_path(L, path, good ? unmount_from(path, flags) : -EINVAL);
}

/* ---- statx ----------------------------------------------------------------------------------- */

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
        return coaio__failure(L, lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL,
                              (int)-result);
    coaio__statx_push(L, &stat);
    return 1;
}

static const struct system_function functions[] = {{"fadvise", 4, system_fadvise},
                                                   {"mount", 5, system_mount},
                                                   {"umount", 2, system_umount},
                                                   {"statx", 3, system_statx},
                                                   {NULL, 0, NULL}};

void coaio__system_file_open(lua_State *L, struct state *s)
{
    (void)s;
    coaio__system_set(L, functions);
}
