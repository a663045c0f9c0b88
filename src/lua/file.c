/*
 * The file object.
 */
#include "lua/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/async.h"
#include "lua/await.h"

static void free_if_unused(struct file *file)
{
    if (!file->boxed && file->users == 0 && file->state == FILE_CLOSED)
        free(file);
}

static bool is_buffered(const struct file *file)
{
    int flags = file->buffered ? 0 : fcntl(file->fd, F_GETFL);
    return flags >= 0 && (flags & O_DIRECT) == 0;
}

uint32_t coaio__file_hint(struct file *file)
{
    struct stat st;
    if (file->kind == FILE_NEW) {
        file->kind = FILE_UNKNOWN;
    } else if (file->kind == FILE_UNKNOWN) {
        file->kind = FILE_OTHER;
        if (is_buffered(file) && fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode))
            file->kind = FILE_REGULAR;
    }
    if (file->kind == FILE_REGULAR)
        return COAIO_REGULAR;
    return file->buffered ? COAIO_BUFFERED : 0;
}

void coaio__file_forget(struct file *file)
{
    file->kind = FILE_UNKNOWN;
    file->buffered = false;
}

void coaio__file_take(struct file *file)
{
    file->users++;
}

/* Nothing uses the descriptor any more. */
static void close_now(struct state *s, struct file *file)
{
    struct waiter *w = file->closer;
    int fd = file->fd;

    file->closer = NULL;
    file->state = FILE_CLOSED;
    file->fd = -1;
    if (w == NULL) {
        coaio__state_close_fd(s, fd);
        return;
    }
    w->closing = NULL;
    w->req = s->engine == NULL ? NULL : coaio_close(s->engine, fd, coaio__await_completed, w);
    if (w->req == NULL) {
        w->value = close(fd) == 0 ? 0 : -errno;
        coaio__waiter_wake(w);
    }
}

void coaio__file_give_back(struct state *s, struct file *file)
{
    if (--file->users > 0)
        return;
    if (file->state == FILE_CLOSING)
        close_now(s, file);
    free_if_unused(file);
}

static bool may_wait_for_ever(const struct file *file)
{
    struct stat st;
    return fstat(file->fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Whether a close of a file that this request uses cancels it. A close waits for writes, so that no byte is lost. */
static bool ends_with_file(const struct waiter *w)
{
    const struct file *source = w->op->code == COAIO_SENDFILE ? w->file2 : w->file;
    if (w->locks)
        return true;
    switch (w->op->code) {
    case COAIO_READ:
    case COAIO_IOCTL:
    case COAIO_SENDFILE:
        return source != NULL && may_wait_for_ever(source);
    default:
        return false;
    }
}

static bool uses(const struct waiter *w, const struct file *file)
{
    return w->phase == PHASE_PENDING && w->req != NULL && (w->file == file || w->file2 == file);
}

static void cancel_if_endless(struct waiter *w, void *data)
{
    if (uses(w, data) && ends_with_file(w))
        coaio_cancel(w->req);
}

void coaio__file_close(struct state *s, struct file *file, struct waiter *w)
{
    file->state = FILE_CLOSING;
    file->closer = w;
    if (w != NULL)
        w->closing = file;
    if (file->users == 0)
        close_now(s, file);
    else if (s->engine != NULL)
        coaio__waiter_each(s, cancel_if_endless, file);
}

static void ended_alone(coaio_req *req, void *data)
{
    (void)req;
    (void)data;
}

bool coaio__file_leave(struct waiter *w, int error)
{
    if (w->phase != PHASE_PENDING)
        return false;
    if (w->closing != NULL)
        w->closing->closer = NULL;
    else if (w->req == NULL || coaio_req_cb(w->req, ended_alone, NULL) < 0)
        return false;
    w->closing = NULL;
    coaio__async_unspare(w);
    w->req = NULL;
    w->value = -error;
    coaio__waiter_wake(w);
    return true;
}

static void wait_for_user(struct waiter *w, void *data)
{
    if (uses(w, data))
        while (coaio_req_wait(w->req, -1) == -EINTR)
            ;
}

void coaio__file_settle(struct waiter *w)
{
    struct file *file = w->closing;
    coaio__waiter_each(w->state, wait_for_user, file);
    close_now(w->state, file);
}

/* ---- the object -------------------------------------------------------------------------------------------------- */

struct file *coaio__file_push(lua_State *L, int fd)
{
    struct file **box = lua_newuserdatauv(L, sizeof(struct file *), 0), *file;

    *box = NULL;
    luaL_setmetatable(L, "coaio.file");
    file = calloc(1, sizeof(*file));
    if (file == NULL)
        luaL_error(L, "not enough memory");
    file->fd = fd;
    file->boxed = true;
    *box = file;
    return file;
}

/* Finalizers of others may still have one that was collected with them: it is closed. */
static struct file *unbox(struct file **box)
{
    static struct file collected = {.fd = -1, .state = FILE_CLOSED};
    return *box != NULL ? *box : &collected;
}

struct file *coaio__file_to(lua_State *L, struct state *s, int index)
{
    const void *meta;
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return NULL;
    meta = lua_topointer(L, -1);
    lua_pop(L, 1);
    return meta == s->file_meta ? unbox(lua_touserdata(L, index)) : NULL;
}

static struct file *check_self(lua_State *L)
{
    return unbox(luaL_checkudata(L, 1, "coaio.file"));
}

static int file_fileno(lua_State *L)
{
    struct file *file = check_self(L);
    if (file->state != FILE_OPEN)
        return luaL_error(L, "attempt to use a closed file");
    lua_pushinteger(L, file->fd);
    return 1;
}

static int file__tostring(lua_State *L)
{
    struct file *file = check_self(L);
    if (file->state == FILE_OPEN)
        lua_pushfstring(L, "coaio.file (%d)", file->fd);
    else
        lua_pushliteral(L, "coaio.file (closed)");
    return 1;
}

static int file__close(lua_State *L)
{
    struct file *file = check_self(L);
    if (file->state == FILE_OPEN)
        coaio__file_close(coaio__state(L), file, NULL);
    return 0;
}

static int file__gc(lua_State *L)
{
    struct file **box = luaL_checkudata(L, 1, "coaio.file"), *file = *box;
    if (file == NULL)
        return 0;
    if (file->state == FILE_OPEN)
        coaio__file_close(coaio__state(L), file, NULL);
    file->boxed = false;
    free_if_unused(file);
    *box = NULL;
    return 0;
}

static const luaL_Reg methods[] = {{"fileno", file_fileno}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__tostring", file__tostring}, {"__close", file__close}, {"__gc", file__gc}, {NULL, NULL}};

void coaio__file_open_library(lua_State *L, struct state *s, int close_index)
{
    luaL_newmetatable(L, "coaio.file");
    s->file_meta = lua_topointer(L, -1);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, metamethods, 1);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, close_index);
    lua_setfield(L, -2, "close");
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
