/*
 * Reading to the end. See read_to_end.h.
 */
#include "ops/read_to_end.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ops/run.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static char *move_aligned(struct coaio__mem *mem, const struct coaio__growing *text, size_t room)
{
    char *bytes = coaio__alloc_aligned(mem, room, COAIO__ALIGNMENT);

    if (bytes) {
        memcpy(bytes, text->bytes, (size_t)text->have);
        coaio__free(mem, text->bytes);
    }
    return bytes;
}

int coaio__growing_resize(struct coaio__mem *mem, struct coaio__growing *text, uint64_t room)
{
    char *bytes = NULL;

    if (room > SIZE_MAX / 2)
        return -ENOMEM;
    if (text->direct && text->bytes)
        bytes = move_aligned(mem, text, (size_t)room);
    else
        bytes = coaio__realloc(mem, text->bytes, (size_t)room);
    if (!bytes)
        return -ENOMEM;
    text->bytes = bytes;
    text->room = room;
    return 0;
}

/* Grow by whole blocks, if the memory began with such. */
static int grow(struct coaio__mem *mem, struct coaio__growing *text)
{
    uint64_t more = text->room > COAIO__ROOM_UNKNOWN ? text->room - 1 : COAIO__ROOM_UNKNOWN;

    return coaio__growing_resize(mem, text, text->room + smaller(more, COAIO__GROWTH_MAX));
}

/* Where O_DIRECT ended within a block nothing can be asked for, and there is no more. */
static bool has_ended(const struct coaio__growing *text, int64_t error)
{
    return error == -EINVAL && text->direct && text->have % COAIO__ALIGNMENT != 0;
}

/* A step. What it read, 0 at the end. */
static int64_t read_step(int fd, int64_t offset, const struct coaio__growing *text, uint64_t limit)
{
    size_t length = (size_t)smaller(smaller(text->room - 1, limit) - text->have, COAIO__READ_STEP);
    char *to = text->bytes + text->have;
    int64_t n;

    if (offset < 0)
        n = coaio__value(read(fd, to, length));
    else
        n = coaio__value(pread(fd, to, length, offset + (int64_t)text->have));
    return has_ended(text, n) ? 0 : n;
}

int64_t coaio__read_to_end(int fd, int64_t offset, struct coaio__growing *text, uint64_t limit,
                           struct coaio__context *context)
{
    while (text->have < limit) {
        int64_t n = 0;

        if (coaio__cancelled(context))
            return -ECANCELED;
        if (text->room - text->have < 2)
            n = grow(context->mem, text);
        if (n == 0)
            n = read_step(fd, offset, text, limit);
        if (n == 0)
            return 0;
        if (n < 0 && n != -EINTR)
            return n;
        text->have += n > 0 ? (uint64_t)n : 0;
    }
    return 0;
}

int64_t coaio__growing_give(struct coaio__growing *text, struct coaio__context *context)
{
    if (text->room - text->have > COAIO__ROOM_UNKNOWN && !text->direct)
        (void)coaio__growing_resize(context->mem, text, text->have + 1);
    text->bytes[text->have] = '\0';
    context->result->memory = text->bytes;
    context->result->size = (size_t)text->have;
    return (int64_t)text->have;
}
