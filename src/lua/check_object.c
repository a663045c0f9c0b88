/*
 * Files, paths and memory among the arguments.
 *
 * The length of a transfer, the place in a buffer and its growth depend on each other: they are
 * settled when everything else is known.
 */
#include "lua/check_object.h"

#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>

#include "lua/buffer.h"
#include "lua/farewell.h"
#include "lua/file.h"
#include "lua/wd_object.h"

enum { COPY_MAX = 64 << 10 };

/* ---- files and paths ------------------------------------------------------------------------- */

static void use_file(lua_State *L, struct call *call, struct file *file, int index)
{
    if (file->state != FILE_OPEN)
        coaio__refuse(L, call, index, "attempt to use a closed file");
    if (call->file == NULL)
        call->file = file;
    else
        call->file2 = file;
}

static int use_io_file(lua_State *L, struct call *call, int index)
{
    luaL_Stream *stream = luaL_testudata(L, index, LUA_FILEHANDLE);
    if (stream == NULL)
        return coaio__refuse_type(L, call, index, "file");
    if (stream->closef == NULL)
        return coaio__refuse(L, call, index, "attempt to use a closed file");
    if (call->op->code == COAIO_CLOSE)
        return coaio__refuse(L, call, index, "a Lua io file can only be closed by its own close");
    coaio__farewell_before(L, call->state, index);
    if (call->handle == 0)
        call->handle = index;
    else
        call->handle2 = index;
    return fileno(stream->f);
}

void coaio__check_fd(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    struct file *file;
    if (lua_type(L, index) == LUA_TNUMBER) {
        arg->i = coaio__check_integer(L, call, index);
    } else if ((file = coaio__file_to(L, call->state, index)) != NULL) {
        use_file(L, call, file, index);
        arg->i = file->fd;
    } else {
        arg->i = use_io_file(L, call, index);
    }
}

int coaio__descriptor_of(const coaio_arg *arg)
{
    return arg->i < 0 || arg->i > INT_MAX ? -1 : (int)arg->i;
}

void coaio__check_text(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    size_t length;
    if (lua_type(L, index) != LUA_TSTRING)
        coaio__refuse_type(L, call, index, "string");
    arg->p = lua_tolstring(L, index, &length);
    arg->n = length;
    arg->i = 0;
}

/* {wd, name}: the table keeps both alive until the core has its copies. */
static void check_pair(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    lua_rawgeti(L, index, 1);
    lua_rawgeti(L, index, 2);
    if (lua_type(L, -1) != LUA_TSTRING || !coaio__wd_to(L, call, arg, -2, index))
        coaio__refuse(L, call, index, "path expected: a string, a wd or {wd, name}");
    arg->p = lua_tolstring(L, -1, &(size_t){0});
    arg->n = lua_rawlen(L, -1);
    lua_pop(L, 2);
}

void coaio__check_path(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TSTRING: coaio__check_text(L, call, arg, index); break;
    case LUA_TTABLE: check_pair(L, call, arg, index); break;
    default:
        if (!coaio__wd_to(L, call, arg, index, index))
            coaio__refuse_type(L, call, index, "path");
    }
}

void coaio__check_target(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    int type = lua_type(L, index);
    arg->p = NULL;
    if (type == LUA_TSTRING || type == LUA_TTABLE || coaio__wd_to(L, call, arg, index, index))
        coaio__check_path(L, call, arg, index);
    else if (type == LUA_TNUMBER || type == LUA_TUSERDATA)
        coaio__check_fd(L, call, arg, index);
    else
        coaio__refuse_type(L, call, index, "file or path");
}

/* ---- memory ---------------------------------------------------------------------------------- */

struct buffer *coaio__check_buffer(lua_State *L, struct call *call, int index)
{
    struct buffer *buffer = coaio__buffer_to(L, call->state, index);
    if (buffer == NULL)
        coaio__refuse_type(L, call, index, "buffer");
    if (buffer->block == NULL)
        coaio__refuse(L, call, index, "the buffer was unmapped");
    return buffer;
}

/* Memory that is touched by this program itself must bear it; from the kernel a wrong access is
   only an error. */
static void check_rights(lua_State *L, struct call *call, int index, struct buffer *buffer,
                         size_t at, size_t length, int rights)
{
    const char *problem = coaio__buffer_refusal(buffer, at, length, rights);
    if (problem != NULL)
        coaio__refuse(L, call, index, problem);
}

/* The place that call->at means in `size` bytes. */
static void settle_place(lua_State *L, struct call *call, size_t size, bool may_grow)
{
    if (call->at < 0)
        call->at += (lua_Integer)size;
    if (call->at < 0 || (!may_grow && (lua_Unsigned)call->at > size))
        coaio__refuse(L, call, call->memory + 1, "offset out of range");
}

static void settle_bytes(lua_State *L, struct call *call, coaio_arg *arg)
{
    size_t size = call->string != NULL ? call->string_length : call->buffer->length, left;
    const char *bytes = call->string != NULL ? call->string : call->buffer->block->data;

    settle_place(L, call, size, false);
    left = size - (size_t)call->at;
    if (call->length_left_out)
        call->length->n = left;
    else if (call->length->n > left)
        coaio__refuse(L, call, call->length_index, "length out of range");
    arg->p = bytes + call->at;
    if (call->string != NULL && call->length->n <= COPY_MAX)
        call->flags |= COAIO_COPY_BYTES;
}

/* The core reads a file that does not tell its size into memory of its own; the buffer gets it when
   the request is done. */
static void read_aside(struct call *call)
{
    call->buffer = NULL;
    call->resizes = false;
    call->aside = true;
    call->length->n = INT64_MAX;
}

static void settle_memory(lua_State *L, struct call *call, coaio_arg *arg)
{
    const char *problem;
    uint64_t at;
    bool sized;
    call->resizes = coaio__buffer_is_elastic(call->buffer);
    call->old_length = (int64_t)call->buffer->length;
    settle_place(L, call, call->buffer->length, !call->buffer->fixed);
    at = (uint64_t)call->at;
    if (!call->resizes && call->length_left_out)
        call->length->n = at > call->buffer->length ? 0 : call->buffer->length - at;
    sized = coaio__buffer_bound(call->buffer, at, &call->length->n,
                                coaio__descriptor_of(&call->arg[0]), call->arg[1].i)
            || !call->length_left_out;
    problem = coaio__buffer_reserve(call->buffer, at, sized ? call->length->n : 0);
    if (problem != NULL)
        coaio__refuse(L, call, call->memory, problem);
    if (sized)
        arg->p = call->buffer->block->data + call->at;
    else
        read_aside(call);
}

void coaio__check_memory(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->p = NULL;
    call->at = coaio__opt_integer(L, call, index + 1, 0);
    if (lua_isnil(L, index))
        return;
    call->buffer = coaio__check_buffer(L, call, index);
    call->memory = index;
    call->settle = settle_memory;
    call->settled = call->op->nargs - 1;
}

void coaio__check_bytes(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    arg->p = NULL;
    call->memory = index;
    call->at = coaio__opt_integer(L, call, index + 1, 0);
    if (lua_type(L, index) == LUA_TSTRING)
        call->string = lua_tolstring(L, index, &call->string_length);
    else if (coaio__buffer_to(L, call->state, index) == NULL)
        coaio__refuse_type(L, call, index, "string or buffer");
    else
        call->buffer = coaio__check_buffer(L, call, index);
    call->settle = settle_bytes;
    call->settled = call->op->nargs - 1;
}

/* ---- memory that is neither read nor written here -------------------------------------------- */

static void settle_range(lua_State *L, struct call *call, coaio_arg *arg)
{
    settle_place(L, call, call->buffer->length, false);
    if (arg->n > call->buffer->length - (size_t)call->at)
        coaio__refuse(L, call, call->memory + 2, "length out of range");
    if (call->op->code == COAIO_MTOUCH)
        check_rights(L, call, call->memory, call->buffer, (size_t)call->at, (size_t)arg->n,
                     call->arg[1].i == 0 ? PROT_READ : PROT_READ | PROT_WRITE);
    arg->p = call->buffer->block->data + call->at;
}

/* buffer, offset, length (left out: the rest) */
void coaio__check_range(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    lua_Integer length;
    call->buffer = coaio__check_buffer(L, call, index);
    call->memory = index;
    call->at = coaio__opt_integer(L, call, index + 1, 0);
    if (call->at < 0)
        call->at += (lua_Integer)call->buffer->length;
    if (call->at < 0)
        coaio__refuse(L, call, index + 1, "offset out of range");
    length = coaio__opt_integer(L, call, index + 2, (lua_Integer)call->buffer->length - call->at);
    if (length < 0)
        coaio__refuse(L, call, index + 2, "length out of range");
    arg->n = (uint64_t)length;
    call->settle = settle_range;
    call->settled = 0;
}

/* The buffer of aio_slurp, if there is one: it gets what was read. */
void coaio__check_target_buffer(lua_State *L, struct call *call, int index)
{
    if (!lua_isnil(L, index))
        check_rights(L, call, index, coaio__check_buffer(L, call, index), 0, 1, PROT_WRITE);
}

/* ---- what goes with fcntl and ioctl ---------------------------------------------------------- */

static struct flock lock_of(lua_State *L, struct call *call, int index)
{
    return (struct flock){
        .l_type = (short)coaio__check_field(L, call, index, "type", false, SHRT_MIN, SHRT_MAX),
        .l_whence = (short)coaio__check_field(L, call, index, "whence", true, SHRT_MIN, SHRT_MAX),
        .l_start = coaio__check_field(L, call, index, "start", true, INT64_MIN, INT64_MAX),
        .l_len = coaio__check_field(L, call, index, "len", true, INT64_MIN, INT64_MAX)};
}

void coaio__check_argument(lua_State *L, struct call *call, coaio_arg *arg, int index)
{
    struct buffer *buffer = coaio__buffer_to(L, call->state, index);
    size_t length = 0;

    arg->i = 0;
    arg->p = NULL;
    if (buffer != NULL) {
        check_rights(L, call, index, coaio__check_buffer(L, call, index), 0, buffer->length,
                     PROT_READ | PROT_WRITE);
        arg->p = buffer->block->data;
        arg->n = buffer->length;
    } else if (lua_type(L, index) == LUA_TSTRING) {
        arg->p = lua_tolstring(L, index, &length);
        arg->n = length;
    } else if (lua_type(L, index) == LUA_TTABLE && call->op->code == COAIO_FCNTL) {
        coaio__check_plain_table(L, call, index);
        call->lock = lock_of(L, call, index);
        arg->p = &call->lock;
        arg->n = sizeof(call->lock);
    } else {
        arg->i = coaio__opt_integer(L, call, index, 0);
    }
}
