/*
 * One pusher per kind of result.
 */
#include "lua/results.h"

#include <fcntl.h>

#include "lua/arguments.h"
#include "lua/blame.h"
#include "lua/buffer.h"
#include "lua/file.h"
#include "lua/stat.h"
#include "lua/wd_object.h"

/* Where arguments are that matter to the form of a result: of aio_fiemap; of aio_fcntl and
   aio_ioctl. */
enum { EXTENT_COUNT = 5, CONTROL_ARGUMENT = 3 };

typedef int pusher(lua_State *L, struct waiter *w, int64_t result);

static int push_none(lua_State *L, struct waiter *w, int64_t result)
{
    (void)w;
    (void)result;
    lua_pushboolean(L, 1);
    return 1;
}

static int push_integer(lua_State *L, struct waiter *w, int64_t result)
{
    (void)w;
    lua_pushinteger(L, result);
    return 1;
}

static int push_file(lua_State *L, struct waiter *w, int64_t result)
{
    coaio__file_push(L, (int)result)->buffered = w->buffered;
    w->taken = true;
    w->state->nmade++;
    return 1;
}

/* The count of bytes that went into a buffer. */
static int push_count(lua_State *L, struct waiter *w, int64_t result)
{
    coaio__buffer_tell(L, w->state);
    return push_integer(L, w, result);
}

/* Into the buffer among the arguments, from `at` on. */
static int push_into(lua_State *L, struct waiter *w, struct buffer *buffer, size_t at)
{
    size_t size;
    const char *bytes = coaio_data(w->req, &size), *problem;
    if (w->op->code == COAIO_READ)
        problem = coaio__buffer_put(buffer, at, bytes, size);
    else
        problem = coaio__buffer_fill(buffer, bytes, size);
    return problem != NULL ? luaL_error(L, "%s", problem) : push_count(L, w, (int64_t)size);
}

/* A read has usually put them there itself. */
static int push_bytes(lua_State *L, struct waiter *w, int64_t result)
{
    size_t size;
    const char *bytes = coaio_data(w->req, &size);
    bool reads = w->op->code == COAIO_READ;
    struct buffer *buffer;

    if (bytes == NULL && reads)
        return push_count(L, w, result);
    buffer = coaio__buffer_to(L, w->state, coaio__arguments_width(w->op) - (reads ? 1 : 0));
    if (buffer != NULL)
        return push_into(L, w, buffer, w->at);
    lua_pushlstring(L, bytes != NULL ? bytes : "", bytes != NULL ? size : 0);
    return 1;
}

static int push_string(lua_State *L, struct waiter *w, int64_t result)
{
    size_t size;
    const char *bytes = coaio_data(w->req, &size);
    (void)result;
    lua_pushlstring(L, bytes != NULL ? bytes : "", bytes != NULL ? size : 0);
    return 1;
}

static int push_stat(lua_State *L, struct waiter *w, int64_t result)
{
    (void)result;
    coaio__stat_push(L, coaio_data(w->req, NULL));
    return 1;
}

static int push_statx(lua_State *L, struct waiter *w, int64_t result)
{
    (void)result;
    coaio__statx_push(L, coaio_data(w->req, NULL));
    return 1;
}

static int push_statvfs(lua_State *L, struct waiter *w, int64_t result)
{
    (void)result;
    coaio__statvfs_push(L, coaio_data(w->req, NULL));
    return 1;
}

static void push_list(lua_State *L, const coaio_listing *listing)
{
    uint64_t i, n = listing != NULL ? listing->count : 0;
    lua_createtable(L, n < INT32_MAX ? (int)n : INT32_MAX, 0);
    for (i = 0; i < n; i++) {
        const coaio_dirent *entry = &listing->entry[i];
        if (listing->flags & COAIO_READDIR_DENTS) {
            lua_createtable(L, 3, 0);
            lua_pushlstring(L, entry->name, entry->length);
            lua_rawseti(L, -2, 1);
            lua_pushinteger(L, entry->type);
            lua_rawseti(L, -2, 2);
            lua_pushinteger(L, (lua_Integer)entry->ino);
            lua_rawseti(L, -2, 3);
        } else {
            lua_pushlstring(L, entry->name, entry->length);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static int push_names(lua_State *L, struct waiter *w, int64_t result)
{
    (void)result;
    push_list(L, coaio_data(w->req, NULL));
    return 1;
}

static int push_entries(lua_State *L, struct waiter *w, int64_t result)
{
    const coaio_listing *listing = coaio_data(w->req, NULL);
    (void)result;
    push_list(L, listing);
    lua_pushinteger(L, listing != NULL ? listing->flags : 0);
    return 2;
}

static int push_lists(lua_State *L, struct waiter *w, int64_t result)
{
    const coaio_lists *lists = coaio_data(w->req, NULL);
    (void)result;
    push_list(L, lists != NULL ? &lists->dirs : NULL);
    push_list(L, lists != NULL ? &lists->nondirs : NULL);
    return 2;
}

/* Raw: a metamethod of the program's would run while results are being built. */
static void set_field(lua_State *L, const char *name, uint64_t value)
{
    lua_pushstring(L, name);
    lua_pushinteger(L, (lua_Integer)value);
    lua_rawset(L, -3);
}

/* {logical, physical, length, flags}, by position as in IO::AIO and by name. */
static void push_extent(lua_State *L, const coaio_extent *extent)
{
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {{"logical", extent->logical},
                  {"physical", extent->physical},
                  {"length", extent->length},
                  {"flags", extent->flags}};
    int i;
    lua_createtable(L, 4, 4);
    for (i = 0; i < 4; i++) {
        set_field(L, fields[i].name, fields[i].value);
        lua_pushinteger(L, (lua_Integer)fields[i].value);
        lua_rawseti(L, -2, i + 1);
    }
}

/* A list of extents; their number where only that was asked for. */
static int push_extents(lua_State *L, struct waiter *w, int64_t result)
{
    const coaio_extent *extent = coaio_data(w->req, NULL);
    int64_t i;
    if (lua_type(L, EXTENT_COUNT) == LUA_TNUMBER && lua_tointeger(L, EXTENT_COUNT) == 0)
        return push_integer(L, w, result);
    lua_createtable(L, result < INT32_MAX ? (int)result : INT32_MAX, 0);
    for (i = 0; extent != NULL && i < result; i++) {
        push_extent(L, &extent[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int push_wd(lua_State *L, struct waiter *w, int64_t result)
{
    (void)result;
    coaio__wd_push(L, w->state, w->req);
    return 1;
}

static void fill_lock(lua_State *L, const struct flock *lock)
{
    lua_pushvalue(L, CONTROL_ARGUMENT);
    set_field(L, "type", (uint64_t)lock->l_type);
    set_field(L, "whence", (uint64_t)lock->l_whence);
    set_field(L, "start", (uint64_t)lock->l_start);
    set_field(L, "len", (uint64_t)lock->l_len);
    set_field(L, "pid", (uint64_t)lock->l_pid);
    lua_pop(L, 1);
}

/* The bytes that the kernel wrote into the argument go back to where they came from; if that was a
   string they are a second result. */
static int push_control(lua_State *L, struct waiter *w, int64_t result)
{
    size_t size;
    const void *bytes = coaio_data(w->req, &size);
    struct buffer *buffer = coaio__buffer_to(L, w->state, CONTROL_ARGUMENT);
    int type = lua_type(L, CONTROL_ARGUMENT);

    push_integer(L, w, result);
    w->taken = true;
    if (bytes == NULL)
        return 1;
    if (type == LUA_TSTRING) {
        lua_pushlstring(L, bytes, size);
        return 2;
    }
    if (buffer != NULL) {
        const char *problem =
            coaio__buffer_write(buffer, 0, bytes, size < buffer->length ? size : buffer->length);
        if (problem != NULL)
            return luaL_error(L, "%s", problem);
    } else if (type == LUA_TTABLE && size >= sizeof(struct flock)) {
        fill_lock(L, bytes);
    }
    return 1;
}

static pusher *const pushers[] = {
    [COAIO_RESULT_NONE] = push_none,       [COAIO_RESULT_FD] = push_file,
    [COAIO_RESULT_COUNT] = push_integer,   [COAIO_RESULT_POSITION] = push_integer,
    [COAIO_RESULT_BYTES] = push_bytes,     [COAIO_RESULT_STRING] = push_string,
    [COAIO_RESULT_STAT] = push_stat,       [COAIO_RESULT_STATVFS] = push_statvfs,
    [COAIO_RESULT_NAMES] = push_names,     [COAIO_RESULT_ENTRIES] = push_entries,
    [COAIO_RESULT_EXTENTS] = push_extents, [COAIO_RESULT_WD] = push_wd,
    [COAIO_RESULT_CONTROL] = push_control, [COAIO_RESULT_LISTS] = push_lists,
    [COAIO_RESULT_STATX] = push_statx};

bool coaio__results_known(const coaio_op *op)
{
    return op->result < sizeof(pushers) / sizeof(pushers[0]) && pushers[op->result] != NULL;
}

/* Composites add the path that they failed on. */
static int push_failure(lua_State *L, struct waiter *w, int error)
{
    const char *culprit = w->req != NULL ? coaio_error_path(w->req) : NULL;
    int n = coaio__blame_push(L, w->op, culprit, error);
    if (culprit == NULL)
        return n;
    lua_pushstring(L, culprit);
    return n + 1;
}

/* A failed read leaves its buffer as long as it was. */
static void set_buffer_length(lua_State *L, struct waiter *w, int64_t result)
{
    struct buffer *buffer = coaio__buffer_to(L, w->state, coaio__arguments_width(w->op) - 1);
    if (coaio__buffer_is_elastic(buffer))
        buffer->length = result < 0 ? (size_t)w->value : w->at + (size_t)result;
}

int coaio__results_push(lua_State *L, struct waiter *w)
{
    int64_t result = w->req != NULL ? coaio_result(w->req) : w->value;
    if (w->resizes)
        set_buffer_length(L, w, result);
    if (result < 0)
        return push_failure(L, w, (int)-result);
    return pushers[w->op->result](L, w, result);
}
