/*
 * The paths in messages. Of a call with two paths the system says what went wrong, and only
 * sometimes where: a file that is in the way is the new one. mv(1) and ln(1) read the same from the
 * same errors.
 */
#include "lua/blame.h"

#include <errno.h>

#include "lua/arguments.h"

enum which { EITHER, OLD, NEW };

/* ---- paths among the arguments --------------------------------------------------------------- */

/* NULL for what is no path. */
static const char *path_at(lua_State *L, int index)
{
    const char *path;
    if (lua_type(L, index) == LUA_TSTRING)
        return lua_tostring(L, index);
    if (lua_type(L, index) != LUA_TTABLE)
        return NULL;
    lua_rawgeti(L, index, 2);
    path = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1); /* the table keeps it */
    return path;
}

static const char *path_of(lua_State *L, const coaio_op *op, uint32_t which)
{
    return path_at(L, coaio__arguments_place(op, which));
}

/* Old and new; of a symbolic link what it says, and the link. */
static bool takes_two(const coaio_op *op)
{
    return op->args[1] == COAIO_ARG_PATH2 || op->args[1] == COAIO_ARG_PATH;
}

static bool takes_one(const coaio_op *op)
{
    return op->args[0] == COAIO_ARG_PATH || op->args[0] == COAIO_ARG_TARGET;
}

/* The name of a path in messages; a wd by itself is ".". */
static const char *name_of(const char *path)
{
    return path != NULL ? path : ".";
}

/* ---- which of two ---------------------------------------------------------------------------- */

static enum which of_link(int error)
{
    switch (error) {
    case EMLINK: return OLD;
    case EEXIST:
    case ENOSPC:
    case EDQUOT:
    case EROFS: return NEW;
    default: return EITHER;
    }
}

static enum which of_rename(int error)
{
    switch (error) {
    case EEXIST:
    case ENOTEMPTY:
    case EISDIR:
    case EMLINK:
    case ENOSPC:
    case EDQUOT: return NEW;
    default: return EITHER;
    }
}

/* The text of a link is not looked at, but there must be one, and it must not be too long. */
static enum which of_symlink(const char *target, int error)
{
    return (error == ENOENT && *target == '\0') || error == ENAMETOOLONG ? EITHER : NEW;
}

static enum which which_failed(const coaio_op *op, const char *from, int error)
{
    switch (op->code) {
    case COAIO_LINK: return of_link(error);
    case COAIO_SYMLINK: return of_symlink(name_of(from), error);
    case COAIO_RENAME:
    case COAIO_RENAME2:
    case COAIO_MOVE: return of_rename(error);
    default: return EITHER;
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

int coaio__failure(lua_State *L, const char *path, int error)
{
    lua_pushnil(L);
    if (path != NULL)
        lua_pushfstring(L, "%s: %s", path, coaio_strerror(error));
    else
        lua_pushstring(L, coaio_strerror(error));
    lua_pushinteger(L, error);
    return 3;
}

int coaio__blame_push_both(lua_State *L, const char *from, const char *to, int error)
{
    if (from == NULL || to == NULL)
        return coaio__failure(L, from != NULL ? from : to, error);
    lua_pushnil(L);
    lua_pushfstring(L, "%s -> %s: %s", from, to, coaio_strerror(error));
    lua_pushinteger(L, error);
    return 3;
}

static int push_of_two(lua_State *L, const coaio_op *op, const char *from, const char *to,
                       int error)
{
    if (from == NULL && op->args[0] == COAIO_ARG_TARGET)
        return coaio__failure(L, to, error); /* an open file has no name */
    switch (which_failed(op, from, error)) {
    case OLD: return coaio__failure(L, from, error);
    case NEW: return coaio__failure(L, to, error);
    default: return coaio__blame_push_both(L, name_of(from), name_of(to), error);
    }
}

int coaio__blame_push(lua_State *L, const coaio_op *op, const char *culprit, int error)
{
    if (culprit == NULL && takes_two(op))
        return push_of_two(L, op, path_of(L, op, 0), path_of(L, op, 1), error);
    if (culprit == NULL && takes_one(op))
        culprit = path_of(L, op, 0);
    return coaio__failure(L, culprit, error);
}
