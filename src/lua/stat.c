/*
 * The stat object: a copy of the buffer, and one function per field.
 */
#include "lua/stat.h"

#include <string.h>
#include <sys/stat.h>

#include "lua/times.h"

typedef void field(lua_State *L, const coaio_statbuf *st);

#define INTEGER_FIELD(name)                                          \
    static void push_##name(lua_State *L, const coaio_statbuf *st) \
    {                                                                \
        lua_pushinteger(L, (lua_Integer)st->name);                   \
    }

INTEGER_FIELD(size)
INTEGER_FIELD(mode)
INTEGER_FIELD(ino)
INTEGER_FIELD(dev)
INTEGER_FIELD(nlink)
INTEGER_FIELD(uid)
INTEGER_FIELD(gid)
INTEGER_FIELD(rdev)
INTEGER_FIELD(blksize)
INTEGER_FIELD(blocks)

/* nil where there is no such time. */
static void push_time(lua_State *L, const coaio_time *time)
{
    if (time->nsec == COAIO_NSEC_NONE)
        lua_pushnil(L);
    else
        coaio__time_push(L, time->sec, time->nsec);
}

static void push_part(lua_State *L, const coaio_time *time, int64_t part)
{
    if (time->nsec == COAIO_NSEC_NONE)
        lua_pushnil(L);
    else
        lua_pushinteger(L, part);
}

#define TIME_FIELDS(name)                                                    \
    static void push_##name(lua_State *L, const coaio_statbuf *st)         \
    {                                                                        \
        push_time(L, &st->name);                                             \
    }                                                                        \
    static void push_##name##sec(lua_State *L, const coaio_statbuf *st)    \
    {                                                                        \
        push_part(L, &st->name, st->name.sec);                               \
    }                                                                        \
    static void push_##name##nsec(lua_State *L, const coaio_statbuf *st)   \
    {                                                                        \
        push_part(L, &st->name, st->name.nsec);                              \
    }

TIME_FIELDS(atime)
TIME_FIELDS(mtime)
TIME_FIELDS(ctime)
TIME_FIELDS(btime)

static void push_type(lua_State *L, const coaio_statbuf *st)
{
    switch (st->mode & S_IFMT) {
    case S_IFREG: lua_pushliteral(L, "file"); break;
    case S_IFDIR: lua_pushliteral(L, "directory"); break;
    case S_IFLNK: lua_pushliteral(L, "link"); break;
    case S_IFIFO: lua_pushliteral(L, "fifo"); break;
    case S_IFSOCK: lua_pushliteral(L, "socket"); break;
    case S_IFCHR: lua_pushliteral(L, "char"); break;
    case S_IFBLK: lua_pushliteral(L, "block"); break;
    default: lua_pushnil(L);
    }
}

static const struct {
    const char *name;
    field      *push;
} fields[] = {
    {"size", push_size},   {"mode", push_mode},           {"type", push_type},     {"ino", push_ino},
    {"dev", push_dev},     {"nlink", push_nlink},         {"uid", push_uid},       {"gid", push_gid},
    {"rdev", push_rdev},   {"blksize", push_blksize},     {"blocks", push_blocks}, {"atime", push_atime},
    {"mtime", push_mtime}, {"ctime", push_ctime},         {"btime", push_btime},   {"atimensec", push_atimensec},
    {"mtimensec", push_mtimensec}, {"ctimensec", push_ctimensec}, {"btimensec", push_btimensec},
    {"atimesec", push_atimesec}, {"mtimesec", push_mtimesec}, {"ctimesec", push_ctimesec},
    {"btimesec", push_btimesec}};

enum { NFIELDS = sizeof(fields) / sizeof(fields[0]) };

static const coaio_statbuf *check_self(lua_State *L)
{
    return luaL_checkudata(L, 1, "coaio.stat");
}

/* Upvalue 1 maps names to places in `fields`. */
static int stat__index(lua_State *L)
{
    const coaio_statbuf *st = check_self(L);
    lua_settop(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNUMBER)
        fields[lua_tointeger(L, -1)].push(L, st);
    return 1;
}

static int stat_next(lua_State *L)
{
    const coaio_statbuf *st = check_self(L);
    lua_Integer i = 0;
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        lua_rawget(L, lua_upvalueindex(1));
        i = luaL_checkinteger(L, -1) + 1;
    }
    for (; i < NFIELDS; i++) {
        lua_pushstring(L, fields[i].name);
        fields[i].push(L, st);
        if (!lua_isnil(L, -1))
            return 2;
    }
    return 0;
}

static int stat__pairs(lua_State *L)
{
    check_self(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, stat_next, 1);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int stat__tostring(lua_State *L)
{
    const coaio_statbuf *st = check_self(L);
    push_type(L, st);
    lua_pushfstring(L, "coaio.stat (%s, %I bytes)", lua_isnil(L, -1) ? "unknown" : lua_tostring(L, -1),
                    (LUAI_UACINT)st->size);
    return 1;
}

static const luaL_Reg metamethods[] = {{"__index", stat__index}, {"__pairs", stat__pairs}, {NULL, NULL}};

void coaio__stat_push(lua_State *L, const coaio_statbuf *stat)
{
    coaio_statbuf *copy = lua_newuserdatauv(L, sizeof(*copy), 0);
    *copy = *stat;
    luaL_setmetatable(L, "coaio.stat");
}

void coaio__stat_open_library(lua_State *L)
{
    int i;
    luaL_newmetatable(L, "coaio.stat");
    lua_pushcfunction(L, stat__tostring);
    lua_setfield(L, -2, "__tostring");
    lua_createtable(L, 0, NFIELDS);
    for (i = 0; i < NFIELDS; i++) {
        lua_pushinteger(L, i);
        lua_setfield(L, -2, fields[i].name);
    }
    luaL_setfuncs(L, metamethods, 1);
    lua_pop(L, 1);
}

static void set_integer(lua_State *L, const char *name, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, name);
}

void coaio__statvfs_push(lua_State *L, const coaio_statvfsbuf *st)
{
    lua_createtable(L, 0, 11);
    set_integer(L, "bsize", st->bsize);
    set_integer(L, "frsize", st->frsize);
    set_integer(L, "blocks", st->blocks);
    set_integer(L, "bfree", st->bfree);
    set_integer(L, "bavail", st->bavail);
    set_integer(L, "files", st->files);
    set_integer(L, "ffree", st->ffree);
    set_integer(L, "favail", st->favail);
    set_integer(L, "fsid", st->fsid);
    set_integer(L, "flag", st->flag);
    set_integer(L, "namemax", st->namemax);
}
