/*
 * mmap, munmap, mremap, mprotect, madvise and the locks on memory. A map is the memory of a fixed
 * buffer.
 *
 * Ranges are widened to whole pages, as the system wants them. That is harmless for advice and
 * locks. What it could damage (the neighbours of a buffer that malloc made) is refused for
 * everything but maps.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lua/buffer.h"
#include "lua/check_object.h"
#include "lua/rights.h"
#include "lua/system.h"

enum {
    RIGHTS = PROT_READ | PROT_WRITE | PROT_EXEC,
    ADVICE_POSIX = 4, /* the last one of posix_madvise */
    ADVICE_MAX = 99   /* above it are ones that break memory on purpose */
};

struct range {
    char *start;
    size_t length;
};

/* ---- arguments ------------------------------------------------------------------------------- */

static struct buffer *check_map(lua_State *L, struct call *call, int index)
{
    struct buffer *buffer = coaio__check_buffer(L, call, index);
    if (buffer->block->map == NULL)
        coaio__refuse(L, call, index, "a buffer from mmap expected");
    return buffer;
}

static struct buffer *check_idle_map(lua_State *L, struct call *call, int index)
{
    struct buffer *buffer = check_map(L, call, index);
    if (buffer->block->users > 0)
        coaio__refuse(L, call, index, "a request uses the buffer");
    return buffer;
}

/*
 * offset, length: an offset below 0 counts from the end, a length below 0 or left out is the rest,
 * and one that is too long is the rest as well. Widened to pages.
 */
static struct range check_range(lua_State *L, struct call *call, const struct buffer *buffer,
                                int index)
{
    lua_Integer size = (lua_Integer)buffer->length, at = coaio__opt_integer(L, call, index, 0);
    lua_Integer length = coaio__opt_integer(L, call, index + 1, -1);
    size_t before;

    if (at < 0)
        at += size;
    if (at < 0 || at > size)
        coaio__refuse(L, call, index, "offset out of range");
    if (length < 0 || length > size - at)
        length = size - at;
    before = ((uintptr_t)buffer->block->data + (size_t)at) & (coaio__page_size() - 1);
    return (struct range){buffer->block->data + at - before,
                          length > 0 ? (size_t)length + before : 0};
}

/* True if the length is more than a system call can be told: it would fail with this error. */
static bool is_too_long(lua_Integer length)
{
    return (lua_Unsigned)length > PTRDIFF_MAX;
}

static int check_rights(lua_State *L, struct call *call, int index)
{
    lua_Integer rights = coaio__check_integer(L, call, index);
    if ((rights & ~(lua_Integer)RIGHTS) != 0)
        coaio__refuse(L, call, index, "PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC expected");
    return (int)rights;
}

/* There is no address to be given: a fixed place would be address 0. */
static int check_map_flags(lua_State *L, struct call *call, int index)
{
    int flags = coaio__system_int(L, call, index), fixed = MAP_FIXED;
#ifdef MAP_FIXED_NOREPLACE
    fixed |= MAP_FIXED_NOREPLACE;
#endif
    if ((flags & fixed) != 0)
        coaio__refuse(L, call, index, "a map has no fixed place");
    return flags;
}

/* ---- functions ------------------------------------------------------------------------------- */

/* mmap(length, prot, flags[, fh[, offset]]) -> buffer. What may fail without a map comes before
   it. */
static int map_mmap(lua_State *L, struct call *call)
{
    lua_Integer length = coaio__check_integer(L, call, 1),
                offset = coaio__opt_integer(L, call, 5, 0);
    int rights = check_rights(L, call, 2), flags = check_map_flags(L, call, 3), fd;
    struct buffer *buffer;
    void *data;

    if (length < 0)
        coaio__refuse(L, call, 1, "length out of range");
    if (offset < 0)
        coaio__refuse(L, call, 5, "offset out of range");
    if (is_too_long(length))
        return coaio__failure(L, NULL, ENOMEM);
    buffer = coaio__buffer_push_empty(L);
    buffer->block->map = calloc(1, sizeof(struct map));
    if (buffer->block->map == NULL)
        return luaL_error(L, "not enough memory");
    fd = lua_isnil(L, 4) ? -1 : coaio__system_fd(L, call, 4);
    data = mmap(NULL, (size_t)length, rights, flags, fd, offset);
    if (data == MAP_FAILED)
        return coaio__failure(L, NULL, errno);
    buffer->block->data = data;
    buffer->block->capacity = buffer->length = (size_t)length;
    buffer->block->map->length = (size_t)length;
    buffer->block->map->rights = (uint8_t)rights;
    return 1;
}

/* munmap(buffer) */
static int map_munmap(lua_State *L, struct call *call)
{
    struct buffer *buffer = check_idle_map(L, call, 1);
    struct block *block = buffer->block;

    if (munmap(block->data, block->map->length) < 0)
        return coaio__failure(L, NULL, errno);
    block->map->length = 0; /* so that dropping it does not unmap a stranger */
    coaio__buffer_drop(buffer);
    lua_pushboolean(L, 1);
    return 1;
}

#ifdef MREMAP_MAYMOVE
static void resized(struct buffer *buffer, void *data, size_t length)
{
    coaio__rights_resize(buffer->block->map, length);
    buffer->block->data = data;
    buffer->block->capacity = buffer->length = length;
}

/* mremap(buffer, length[, flags]) -> true, whether it has moved */
static int map_mremap(lua_State *L, struct call *call)
{
    struct buffer *buffer = check_idle_map(L, call, 1);
    lua_Integer length = coaio__check_integer(L, call, 2);
    lua_Integer flags = coaio__opt_integer(L, call, 3, MREMAP_MAYMOVE);
    void *before = buffer->block->data, *data;

    if (length < 0)
        coaio__refuse(L, call, 2, "length out of range");
    if (flags != 0 && flags != MREMAP_MAYMOVE)
        coaio__refuse(L, call, 3, "0 or MREMAP_MAYMOVE expected");
    if (is_too_long(length))
        return coaio__failure(L, NULL, ENOMEM);
    data = mremap(before, buffer->length, (size_t)length, (int)flags);
    if (data == MAP_FAILED)
        return coaio__failure(L, NULL, errno);
    resized(buffer, data, (size_t)length);
    lua_pushboolean(L, 1);
    lua_pushboolean(L, data != before);
    return 2;
}
#else
#define map_mremap coaio__system_missing
#endif

/* mprotect(buffer, offset, length, prot) */
static int map_mprotect(lua_State *L, struct call *call)
{
    struct buffer *buffer = check_idle_map(L, call, 1);
    struct range range = check_range(L, call, buffer, 2);
    int rights = check_rights(L, call, 4), result;
    struct map *map = buffer->block->map;
    size_t first = (size_t)(range.start - buffer->block->data) / coaio__page_size();
    size_t count = coaio__pages_in(range.length);

    if (!coaio__rights_expect(map, first, count))
        return luaL_error(L, "not enough memory");
    result = mprotect(range.start, range.length, rights);
    result = result < 0 ? -errno : 0;
    coaio__rights_note(map, first, count, rights, result == 0);
    return coaio__system_done(L, result);
}

/* As posix_madvise the five that it has, for any buffer; for maps what else madvise(2) has. */
static int advise(struct range range, int advice)
{
    if (advice <= ADVICE_POSIX)
        return -posix_madvise(range.start, range.length, advice);
    return madvise(range.start, range.length, advice) < 0 ? -errno : 0;
}

/* madvise(buffer, offset, length, advice) */
static int map_madvise(lua_State *L, struct call *call)
{
    struct buffer *buffer = coaio__check_buffer(L, call, 1);
    struct range range = check_range(L, call, buffer, 2);
    int advice = coaio__system_int(L, call, 4);

    if (advice < 0 || advice > ADVICE_MAX)
        coaio__refuse(L, call, 4, "advice out of range");
    if (advice > ADVICE_POSIX)
        check_map(L, call, 1);
    return coaio__system_done(L, advise(range, advice));
}

/* munlock(buffer[, offset[, length]]) */
static int map_munlock(lua_State *L, struct call *call)
{
    struct range range = check_range(L, call, coaio__check_buffer(L, call, 1), 2);
    return coaio__system_done(L, coaio__system_value(munlock(range.start, range.length)));
}

static int map_munlockall(lua_State *L, struct call *call)
{
    (void)call;
    return coaio__system_done(L, coaio__system_value(munlockall()));
}

/* mlockall(flags) */
static int map_mlockall(lua_State *L, struct call *call)
{
    return coaio__system_done(L, coaio__system_value(mlockall(coaio__system_int(L, call, 1))));
}

static const struct system_function functions[] = {
    {"mmap", 5, map_mmap},         {"munmap", 1, map_munmap},         {"mremap", 3, map_mremap},
    {"mprotect", 4, map_mprotect}, {"madvise", 4, map_madvise},       {"munlock", 3, map_munlock},
    {"mlockall", 1, map_mlockall}, {"munlockall", 0, map_munlockall}, {NULL, 0, NULL}};

void coaio__system_map_open(lua_State *L, struct state *s)
{
    (void)s;
    coaio__system_set(L, functions);
}
