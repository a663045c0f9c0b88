/*
 * The buffer object.
 */
#include "lua/buffer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/check.h"
#include "lua/rights.h"

enum { UNKNOWN_SIZE = 64 << 10, ALIGN_MAX = 65536, TELL_KILOBYTES = 64 };

/* ---- blocks ---------------------------------------------------------------------------------- */

static void free_if_unused(struct block *block)
{
    if (block->boxed || block->users > 0)
        return;
    if (block->map != NULL)
        coaio__rights_free(block->map, block->data);
    else
        free(block->data);
    free(block);
}

void coaio__block_take(struct block *block)
{
    block->users++;
}

void coaio__block_give_back(struct block *block)
{
    block->users--;
    free_if_unused(block);
}

/* New memory is zero: nobody shall read what was there before. */
static bool grow(struct buffer *buffer, size_t size)
{
    struct block *block = buffer->block;
    size_t capacity = block->capacity + block->capacity / 2;
    char *data;
    if (size <= block->capacity)
        return true;
    if (capacity < size)
        capacity = size;
    data = realloc(block->data, capacity);
    if (data == NULL)
        return false;
    memset(data + block->capacity, 0, capacity - block->capacity);
    buffer->state->untold += capacity - block->capacity;
    block->data = data;
    block->capacity = capacity;
    return true;
}

void coaio__buffer_tell(lua_State *L, struct state *s)
{
    size_t kilobytes = s->untold >> 10;
    if (kilobytes < TELL_KILOBYTES)
        return;
    s->untold = 0;
    if (lua_gc(L, LUA_GCISRUNNING) == 1)
        lua_gc(L, LUA_GCSTEP, kilobytes < INT_MAX ? (int)kilobytes : INT_MAX);
}

/* ---- for requests ---------------------------------------------------------------------------- */

struct buffer *coaio__buffer_to(lua_State *L, struct state *s, int index)
{
    const void *meta;
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return NULL;
    meta = lua_topointer(L, -1);
    lua_pop(L, 1);
    return meta == s->buffer_meta ? lua_touserdata(L, index) : NULL;
}

bool coaio__buffer_is_elastic(const struct buffer *buffer)
{
    return !buffer->fixed && buffer->block->users == 0;
}

/* The bytes that the file claims to have from `offset` on, 0 if it claims nothing, as pipes and
   files of /proc. */
static uint64_t claimed_ahead(int fd, int64_t offset)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (offset < 0)
        offset = lseek(fd, 0, SEEK_CUR);
    return offset >= 0 && st.st_size > offset ? (uint64_t)(st.st_size - offset) : 0;
}

bool coaio__buffer_bound(const struct buffer *buffer, uint64_t at, uint64_t *length, int fd,
                         int64_t offset)
{
    uint64_t ahead, bound;
    if (at <= buffer->block->capacity && *length <= buffer->block->capacity - at)
        return true;
    if (!coaio__buffer_is_elastic(buffer) || *length <= UNKNOWN_SIZE)
        return true;
    ahead = claimed_ahead(fd, offset);
    bound = ahead > UNKNOWN_SIZE ? ahead : UNKNOWN_SIZE;
    *length = *length < bound ? *length : bound;
    return ahead > 0;
}

static void set_length(struct buffer *buffer, size_t length)
{
    if (length > buffer->length) /* what an earlier, longer content left */
        memset(buffer->block->data + buffer->length, 0, length - buffer->length);
    buffer->length = length;
}

const char *coaio__buffer_reserve(struct buffer *buffer, uint64_t at, uint64_t length)
{
    if (at <= buffer->length && length <= buffer->length - at)
        return NULL;
    if (buffer->fixed)
        return "the buffer is fixed and too short";
    if (buffer->block->users > 0)
        return "the buffer is in use and too short";
    if (at > PTRDIFF_MAX || length > PTRDIFF_MAX - at || !grow(buffer, (size_t)(at + length)))
        return "not enough memory";
    return NULL;
}

void coaio__buffer_extend(struct buffer *buffer, size_t at, size_t length)
{
    if (at > buffer->length)
        set_length(buffer, at);
    if (at + length > buffer->length)
        buffer->length = at + length;
}

const char *coaio__buffer_refusal(const struct buffer *buffer, size_t at, size_t length, int rights)
{
    const struct map *map;
    if (buffer->block == NULL)
        return "the buffer was unmapped";
    map = buffer->block->map;
    if (map == NULL || coaio__rights_allow(map, at, length, rights))
        return NULL;
    return coaio__rights_allow(map, at, length, PROT_READ) ? "the memory is read-only"
                                                           : "the memory is not readable";
}

const char *coaio__buffer_write(struct buffer *buffer, size_t at, const void *bytes, size_t length)
{
    const char *problem = coaio__buffer_refusal(buffer, at, length, PROT_WRITE);
    if (problem == NULL && length > 0)
        memcpy(buffer->block->data + at, bytes, length);
    return problem;
}

const char *coaio__buffer_put(struct buffer *buffer, size_t at, const char *bytes, size_t length)
{
    const char *problem = coaio__buffer_reserve(buffer, at, length);
    if (problem == NULL)
        problem = coaio__buffer_write(buffer, at, bytes, length);
    if (problem != NULL)
        return problem;
    coaio__buffer_extend(buffer, at, length);
    if (coaio__buffer_is_elastic(buffer))
        buffer->length = at + length;
    return NULL;
}

const char *coaio__buffer_fill(struct buffer *buffer, const char *bytes, size_t length)
{
    const char *problem = coaio__buffer_refusal(buffer, 0, 0, PROT_WRITE);
    return problem != NULL ? problem : coaio__buffer_put(buffer, 0, bytes, length);
}

/* ---- the object ------------------------------------------------------------------------------ */

static struct buffer *check_self(lua_State *L)
{
    struct buffer *buffer = luaL_checkudata(L, 1, "coaio.buffer");
    if (buffer->block == NULL)
        luaL_error(L, "attempt to use an unmapped buffer");
    return buffer;
}

static void readable(lua_State *L, const struct buffer *buffer, size_t at, size_t length)
{
    const char *problem = coaio__buffer_refusal(buffer, at, length, PROT_READ);
    if (problem != NULL)
        luaL_error(L, "attempt to read a buffer: %s", problem);
}

struct buffer *coaio__buffer_push_empty(lua_State *L)
{
    struct buffer *buffer = lua_newuserdatauv(L, sizeof(*buffer), 0);

    memset(buffer, 0, sizeof(*buffer));
    luaL_setmetatable(L, "coaio.buffer");
    buffer->state = coaio__state(L);
    buffer->block = calloc(1, sizeof(*buffer->block));
    if (buffer->block == NULL)
        luaL_error(L, "not enough memory");
    buffer->block->boxed = true;
    buffer->fixed = true;
    return buffer;
}

static struct buffer *new_buffer(lua_State *L, size_t size, size_t align)
{
    struct buffer *buffer = coaio__buffer_push_empty(L);
    void *data = NULL;

    buffer->state->untold += size;
    coaio__buffer_tell(L, buffer->state);
    if (align > 1 ? posix_memalign(&data, align, size > 0 ? size : 1) != 0
                  : (data = calloc(1, size > 0 ? size : 1)) == NULL)
        luaL_error(L, "not enough memory");
    if (align > 1)
        memset(data, 0, size);
    buffer->block->data = data;
    buffer->block->capacity = size;
    buffer->length = size;
    buffer->fixed = align > 1;
    return buffer;
}

static void argument_check(lua_State *L, bool good, int index, const char *message)
{
    if (!good)
        luaL_error(L, "bad argument #%d to 'buffer' (%s)", index, message);
}

static size_t check_align(lua_State *L)
{
    lua_Integer align = 0;
    bool given = lua_isnoneornil(L, 2) || coaio__is_integer(L, 2, &align);
    argument_check(L, given && align >= 0 && align <= ALIGN_MAX && (align & (align - 1)) == 0, 2,
                   "power of two up to 65536 expected");
    return align > 1 && align < (lua_Integer)sizeof(void *) ? sizeof(void *) : (size_t)align;
}

/* buffer(size | string[, align]) */
static int buffer_new(lua_State *L)
{
    size_t align = check_align(L), length = 0;
    const char *string = NULL;
    struct buffer *buffer;

    if (lua_type(L, 1) == LUA_TSTRING) {
        string = lua_tolstring(L, 1, &length);
    } else {
        int is_integer = 0;
        lua_Integer size = lua_tointegerx(L, 1, &is_integer);
        argument_check(L, is_integer, 1, "size or string expected");
        argument_check(L, size >= 0 && size < PTRDIFF_MAX, 1, "size out of range");
        length = (size_t)size;
    }
    buffer = new_buffer(L, length, align);
    if (string != NULL)
        memcpy(buffer->block->data, string, length);
    return 1;
}

static int buffer__len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_self(L)->length);
    return 1;
}

static int buffer__tostring(lua_State *L)
{
    struct buffer *buffer = check_self(L);
    readable(L, buffer, 0, buffer->length);
    lua_pushlstring(L, buffer->block->data, buffer->length);
    return 1;
}

/* sub(i, j): as string.sub */
static int buffer_sub(lua_State *L)
{
    struct buffer *buffer = check_self(L);
    lua_Integer length = (lua_Integer)buffer->length;
    lua_Integer i = luaL_optinteger(L, 2, 1), j = luaL_optinteger(L, 3, -1);

    if (i < 0)
        i = i < -length ? 1 : length + i + 1;
    else if (i == 0)
        i = 1;
    if (j < 0)
        j = j < -length ? 0 : length + j + 1;
    else if (j > length)
        j = length;
    if (i > j) {
        lua_pushliteral(L, "");
        return 1;
    }
    readable(L, buffer, (size_t)(i - 1), (size_t)(j - i + 1));
    lua_pushlstring(L, buffer->block->data + i - 1, (size_t)(j - i + 1));
    return 1;
}

/* set(offset, string): write at an offset from 0; an idle buffer grows. */
static int buffer_set(lua_State *L)
{
    struct buffer *buffer = check_self(L);
    lua_Integer at = luaL_checkinteger(L, 2);
    size_t length;
    const char *problem, *string = luaL_checklstring(L, 3, &length);

    if (at < 0)
        at += (lua_Integer)buffer->length;
    luaL_argcheck(L, at >= 0, 2, "offset out of range");
    problem = coaio__buffer_reserve(buffer, (lua_Unsigned)at, length);
    if (problem == NULL)
        problem = coaio__buffer_write(buffer, (size_t)at, string, length);
    luaL_argcheck(L, problem == NULL, 3, problem);
    coaio__buffer_extend(buffer, (size_t)at, length);
    coaio__buffer_tell(L, buffer->state);
    lua_settop(L, 1);
    return 1;
}

static int buffer_resize(lua_State *L)
{
    struct buffer *buffer = check_self(L);
    lua_Integer length = luaL_checkinteger(L, 2);

    luaL_argcheck(L, length >= 0 && length < PTRDIFF_MAX, 2, "size out of range");
    if (buffer->fixed)
        return luaL_error(L, "attempt to resize a fixed buffer");
    if (buffer->block->users > 0)
        return luaL_error(L, "attempt to resize a buffer that a request uses");
    if (!grow(buffer, (size_t)length))
        return luaL_error(L, "not enough memory");
    set_length(buffer, (size_t)length);
    coaio__buffer_tell(L, buffer->state);
    lua_settop(L, 1);
    return 1;
}

void coaio__buffer_drop(struct buffer *buffer)
{
    struct block *block = buffer->block;
    buffer->block = NULL;
    buffer->length = 0;
    if (block != NULL) {
        block->boxed = false;
        free_if_unused(block);
    }
}

static int buffer__gc(lua_State *L)
{
    coaio__buffer_drop(luaL_checkudata(L, 1, "coaio.buffer"));
    return 0;
}

static const luaL_Reg methods[] = {
    {"sub", buffer_sub}, {"set", buffer_set}, {"resize", buffer_resize}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__len", buffer__len}, {"__tostring", buffer__tostring}, {"__gc", buffer__gc}, {NULL, NULL}};

void coaio__buffer_open_library(lua_State *L, struct state *s)
{
    luaL_newmetatable(L, "coaio.buffer");
    s->buffer_meta = lua_topointer(L, -1);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, buffer_new, 1);
    lua_setfield(L, -2, "buffer");
}
