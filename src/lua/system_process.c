/*
 * fexecve, and processes as descriptors. The latter are called by number: the C library may be
 * older than they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lua/system.h"

extern char **environ;

/* ---- fexecve --------------------------------------------------------------------------------- */

/* A copy of a list of strings, in place of it: no finalizer can take them away. */
static lua_Unsigned copy_list(lua_State *L, struct call *call, int index)
{
    lua_Unsigned n, i;
    if (lua_type(L, index) != LUA_TTABLE)
        coaio__refuse_type(L, call, index, "table");
    n = lua_rawlen(L, index);
    lua_newtable(L);
    for (i = 1; i <= n; i++) {
        if (lua_rawgeti(L, index, (lua_Integer)i) != LUA_TSTRING)
            coaio__refuse(L, call, index, "list of strings expected");
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    lua_replace(L, index);
    return n;
}

/* A list of strings as C wants it, on the stack. NULL: there is a NUL in one of them. */
static char **check_list(lua_State *L, struct call *call, int index)
{
    lua_Unsigned n = copy_list(L, call, index), i;
    char **list = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof(*list), 0);
    for (i = 0; i < n; i++) {
        size_t length;
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        list[i] = (char *)(uintptr_t)lua_tolstring(L, -1, &length);
        if (memchr(list[i], 0, length) != NULL)
            return NULL;
        lua_pop(L, 1);
    }
    list[n] = NULL;
    return list;
}

/*
 * The interpreter of a script opens it again by the number of its descriptor, which must survive
 * the exec then: a copy does, whatever the flags of the one that we were given.
 */
static int64_t execute(int fd, char **arguments, char **environment)
{
    int copy, error;
    if (fd < 0)
        return -EBADF; /* what the C library calls EINVAL */
    fexecve(fd, arguments, environment);
    if (errno != ENOENT)
        return -errno;
    copy = dup(fd);
    if (copy < 0)
        return -errno;
    fexecve(copy, arguments, environment);
    error = errno;
    close(copy);
    return -error;
}

/* fexecve(fh, arguments[, environment]): returns only when it fails */
static int process_fexecve(lua_State *L, struct call *call)
{
    char **arguments = check_list(L, call, 2);
    char **environment = lua_isnil(L, 3) ? environ : check_list(L, call, 3);
    int fd = coaio__system_fd(L, call, 1);
    if (arguments == NULL || environment == NULL)
        return coaio__failure(L, NULL, EINVAL);
    return coaio__system_done(L, execute(fd, arguments, environment));
}

/* ---- processes ------------------------------------------------------------------------------- */

#if defined(SYS_pidfd_open) && defined(SYS_pidfd_send_signal) && defined(SYS_pidfd_getfd)

/* pidfd_open(pid[, flags]) -> file */
static int process_pidfd_open(lua_State *L, struct call *call)
{
    int pid = coaio__system_int(L, call, 1), flags = coaio__system_opt_int(L, call, 2);
    struct file *file = coaio__system_prepare(L);
    return coaio__system_opened(L, file,
                                coaio__system_value(syscall(SYS_pidfd_open, pid, (unsigned)flags)));
}

/* pidfd_getfd(fh, descriptor[, flags]) -> file */
static int process_pidfd_getfd(lua_State *L, struct call *call)
{
    struct file *file = coaio__system_prepare(L);
    int fd = coaio__system_fd(L, call, 1), target = coaio__system_int(L, call, 2);
    int flags = coaio__system_opt_int(L, call, 3);
    return coaio__system_opened(
        L, file, coaio__system_value(syscall(SYS_pidfd_getfd, fd, target, (unsigned)flags)));
}

/* A pointer's bits may have been taken for a signed number. */
static void check_info(lua_State *L, struct call *call, siginfo_t *info)
{
    const bool narrow = sizeof(void *) < sizeof(lua_Integer);
    lua_Integer pointer;
    if (lua_type(L, 3) != LUA_TTABLE)
        coaio__refuse_type(L, call, 3, "table");
    info->si_code = (int)coaio__check_field(L, call, 3, "code", true, INT_MIN, INT_MAX);
    info->si_pid = (pid_t)coaio__check_field(L, call, 3, "pid", true, INT_MIN, INT_MAX);
    info->si_uid = (uid_t)coaio__check_field(L, call, 3, "uid", true, -1, UINT32_MAX);
    info->si_value.sival_int =
        (int)coaio__check_field(L, call, 3, "value_int", true, INT_MIN, INT_MAX);
    pointer = coaio__check_field(L, call, 3, "value_ptr", true, INTPTR_MIN,
                                 narrow ? UINT32_MAX : INT64_MAX);
    if (pointer != 0)
        info->si_value.sival_ptr = (void *)(uintptr_t)pointer;
}

/* pidfd_send_signal(fh, signal[, info[, flags]]) */
static int process_pidfd_send_signal(lua_State *L, struct call *call)
{
    int fd, number = coaio__system_int(L, call, 2), flags = coaio__system_opt_int(L, call, 4);
    bool informs = !lua_isnil(L, 3);
    siginfo_t info;

    memset(&info, 0, sizeof(info));
    info.si_signo = number;
    if (informs)
        check_info(L, call, &info);
    fd = coaio__system_fd(L, call, 1); /* last: metamethods of the table may close the file */
    return coaio__system_done(
        L, coaio__system_value(syscall(SYS_pidfd_send_signal, fd, number, informs ? &info : NULL,
                                       (unsigned)flags)));
}

#else

#define process_pidfd_open coaio__system_missing
#define process_pidfd_getfd coaio__system_missing
#define process_pidfd_send_signal coaio__system_missing

#endif

static const struct system_function functions[] = {
    {"fexecve", 3, process_fexecve},
    {"pidfd_open", 2, process_pidfd_open},
    {"pidfd_getfd", 3, process_pidfd_getfd},
    {"pidfd_send_signal", 4, process_pidfd_send_signal},
    {NULL, 0, NULL}};

void coaio__system_process_open(lua_State *L, struct state *s)
{
    (void)s;
    coaio__system_set(L, functions);
}
