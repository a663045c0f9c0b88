/*
 * memfd_create, eventfd and the timers that are descriptors. All are Linux's; elsewhere they fail
 * with ENOSYS.
 */
#include <errno.h>
#include <limits.h>

#include "lua/system.h"

#ifdef __linux__
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>

#include "lua/times.h"

/* memfd_create(name[, flags]) -> file */
static int make_memfd(lua_State *L, struct call *call)
{
    const char *name;
    bool good = coaio__system_text(L, call, 1, &name);
    lua_Integer flags = coaio__opt_integer(L, call, 2, 0);
    struct file *file = coaio__system_prepare(L);

    if (!good || flags < 0 || flags > UINT_MAX)
        return coaio__system_opened(L, file, -EINVAL);
    return coaio__system_opened(
        L, file, coaio__system_value(memfd_create(name, (unsigned)flags | MFD_CLOEXEC)));
}

/* eventfd([value[, flags]]) -> file */
static int make_eventfd(lua_State *L, struct call *call)
{
    lua_Integer value = coaio__opt_integer(L, call, 1, 0);
    int flags = coaio__system_opt_int(L, call, 2);
    struct file *file;

    coaio__check_within(L, call, 1, value, 0, UINT_MAX);
    file = coaio__system_prepare(L);
    return coaio__system_opened(L, file,
                                coaio__system_value(eventfd((unsigned)value, flags | EFD_CLOEXEC)));
}

/* timerfd_create(clockid[, flags]) -> file */
static int make_timerfd(lua_State *L, struct call *call)
{
    int clock = coaio__system_int(L, call, 1), flags = coaio__system_opt_int(L, call, 2);
    struct file *file = coaio__system_prepare(L);
    return coaio__system_opened(L, file,
                                coaio__system_value(timerfd_create(clock, flags | TFD_CLOEXEC)));
}

/* A time above 0 stays above 0, which would mean another thing. */
static struct timespec check_seconds(lua_State *L, struct call *call, int index)
{
    coaio_time time;
    if (lua_type(L, index) != LUA_TNUMBER)
        coaio__refuse_type(L, call, index, "number");
    if (!coaio__time_to(L, index, &time))
        coaio__refuse(L, call, index, "seconds out of range");
    if (time.sec == 0 && time.nsec == 0 && lua_tonumber(L, index) > 0)
        time.nsec = 1;
    return (struct timespec){.tv_sec = (time_t)time.sec, .tv_nsec = (long)time.nsec};
}

static void push_seconds(lua_State *L, const struct timespec *time)
{
    coaio__time_push(L, time->tv_sec, (uint32_t)time->tv_nsec);
}

static int push_timer(lua_State *L, int result, const struct itimerspec *timer)
{
    if (result < 0)
        return coaio__failure(L, NULL, errno);
    push_seconds(L, &timer->it_interval);
    push_seconds(L, &timer->it_value);
    return 2;
}

/* timerfd_settime(fh, flags, interval, value) -> interval, value as they were */
static int make_settime(lua_State *L, struct call *call)
{
    int fd = coaio__system_fd(L, call, 1), flags = coaio__system_opt_int(L, call, 2);
    struct itimerspec timer = {.it_interval = check_seconds(L, call, 3),
                               .it_value = check_seconds(L, call, 4)},
                      before;
    return push_timer(L, timerfd_settime(fd, flags, &timer, &before), &before);
}

/* timerfd_gettime(fh) -> interval, value */
static int make_gettime(lua_State *L, struct call *call)
{
    struct itimerspec timer;
    return push_timer(L, timerfd_gettime(coaio__system_fd(L, call, 1), &timer), &timer);
}

#else

#define make_memfd coaio__system_missing
#define make_eventfd coaio__system_missing
#define make_timerfd coaio__system_missing
#define make_settime coaio__system_missing
#define make_gettime coaio__system_missing

#endif

static const struct system_function functions[] = {
    {"memfd_create", 2, make_memfd},      {"eventfd", 2, make_eventfd},
    {"timerfd_create", 2, make_timerfd},  {"timerfd_settime", 4, make_settime},
    {"timerfd_gettime", 1, make_gettime}, {NULL, 0, NULL}};

void coaio__system_make_open(lua_State *L, struct state *s)
{
    (void)s;
    coaio__system_set(L, functions);
}
