/*
 * The file object.
 */
#include "lua/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lua/holds.h"

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

struct file *coaio__file_push(lua_State *L, int fd)
{
    struct file **box = lua_newuserdatauv(L, sizeof(struct file *), 0), *file;

    *box = NULL;
    luaL_setmetatable(L, "coaio.file");
    file = calloc(1, sizeof *file);
    if (!file)
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
    return *box ? *box : &collected;
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
    if (!file)
        return 0;
    if (file->state == FILE_OPEN)
        coaio__file_close(coaio__state(L), file, NULL);
    coaio__file_unbox(file);
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
