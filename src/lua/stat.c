/*
 * The stat object: a copy of the buffer, and one function per field.
 */
#include "lua/stat.h"

#include <string.h>
#include <sys/stat.h>

#include "lua/times.h"

typedef void field(lua_State *L, const coaio_statbuf *st);

#define INTEGER_FIELD(name)                                                                        \
    static void push_##name(lua_State *L, const coaio_statbuf *st)                                 \
    {                                                                                              \
        lua_pushinteger(L, (lua_Integer)st->name);                                                 \
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

#define TIME_FIELDS(name)                                                                          \
    static void push_##name(lua_State *L, const coaio_statbuf *st)                                 \
    {                                                                                              \
        push_time(L, &st->name);                                                                   \
    }                                                                                              \
    static void push_##name##sec(lua_State *L, const coaio_statbuf *st)                            \
    {                                                                                              \
        push_part(L, &st->name, st->name.sec);                                                     \
    }                                                                                              \
    static void push_##name##nsec(lua_State *L, const coaio_statbuf *st)                           \
    {                                                                                              \
        push_part(L, &st->name, st->name.nsec);                                                    \
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
    field *push;
} fields[] = {{"size", push_size},
              {"mode", push_mode},
              {"type", push_type},
              {"ino", push_ino},
              {"dev", push_dev},
              {"nlink", push_nlink},
              {"uid", push_uid},
              {"gid", push_gid},
              {"rdev", push_rdev},
              {"blksize", push_blksize},
              {"blocks", push_blocks},
              {"atime", push_atime},
              {"mtime", push_mtime},
              {"ctime", push_ctime},
              {"btime", push_btime},
              {"atimensec", push_atimensec},
              {"mtimensec", push_mtimensec},
              {"ctimensec", push_ctimensec},
              {"btimensec", push_btimensec},
              {"atimesec", push_atimesec},
              {"mtimesec", push_mtimesec},
              {"ctimesec", push_ctimesec},
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
    lua_pushfstring(L, "coaio.stat (%s, %I bytes)",
                    lua_isnil(L, -1) ? "unknown" : lua_tostring(L, -1), (LUAI_UACINT)st->size);
    return 1;
}

static const luaL_Reg metamethods[] = {
    {"__index", stat__index}, {"__pairs", stat__pairs}, {NULL, NULL}};

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

/* ---- statx ----------------------------------------------------------------------------------- */

/* Bits of the mask; 0: always there. */
enum {
    TYPE_MODE = 3,
    NLINK = 4,
    UID = 8,
    GID = 0x10,
    ATIME = 0x20,
    MTIME = 0x40,
    CTIME = 0x80,
    INO = 0x100,
    SIZE = 0x200,
    BLOCKS = 0x400,
    BTIME = 0x800
};

static void set_time(lua_State *L, const char *name, const coaio_time *time)
{
    coaio__time_push(L, time->sec, time->nsec);
    lua_setfield(L, -2, name);
    lua_pushfstring(L, "%ssec", name);
    lua_pushinteger(L, time->sec);
    lua_rawset(L, -3);
    lua_pushfstring(L, "%snsec", name);
    lua_pushinteger(L, time->nsec);
    lua_rawset(L, -3);
}

static void set_times(lua_State *L, const coaio_statxbuf *st)
{
    const struct {
        const char *name;
        uint32_t bit;
        const coaio_time *time;
    } times[] = {{"atime", ATIME, &st->atime},
                 {"mtime", MTIME, &st->mtime},
                 {"ctime", CTIME, &st->ctime},
                 {"btime", BTIME, &st->btime}};
    size_t i;
    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (st->mask & times[i].bit)
            set_time(L, times[i].name, times[i].time);
}

void coaio__statx_push(lua_State *L, const coaio_statxbuf *st)
{
    const struct {
        const char *name;
        uint32_t bits;
        uint64_t value;
    } numbers[] = {{"mask", 0, st->mask},
                   {"mode", TYPE_MODE, st->mode},
                   {"uid", UID, st->uid},
                   {"gid", GID, st->gid},
                   {"dev_major", 0, st->dev_major},
                   {"dev_minor", 0, st->dev_minor},
                   {"rdev_major", 0, st->rdev_major},
                   {"rdev_minor", 0, st->rdev_minor},
                   {"ino", INO, st->ino},
                   {"nlink", NLINK, st->nlink},
                   {"size", SIZE, st->size},
                   {"blksize", 0, st->blksize},
                   {"blocks", BLOCKS, st->blocks},
                   {"attributes", 0, st->attributes},
                   {"attributes_mask", 0, st->attributes_mask}};
    size_t i;
    lua_createtable(L, 0, 32);
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if ((st->mask & numbers[i].bits) || !numbers[i].bits)
            set_integer(L, numbers[i].name, numbers[i].value);
    set_times(L, st);
}
