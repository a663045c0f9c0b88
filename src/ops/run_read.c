/*
 * Reading.
 *
 * A read to the end (COAIO_TO_END) goes on until nothing more comes, as far as its descriptor has
 * an end. Of a file that claims a size it asks for one byte more: where it gets what was claimed
 * and not that byte, both say that this is the end. A ring's or an inline read that cannot tell is
 * left to a worker, which goes on behind what is there.
 */
#include "ops/run.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/prep.h"
#include "ops/read.h"
#include "ops/read_to_end.h"

int64_t coaio__after_ring_read(struct coaio__args *args, struct coaio__context *context,
                               int64_t value)
{
    if (value <= 0 || args->ending == COAIO__END_NONE
        || coaio__read_is_whole(args, (uint64_t)value))
        return coaio__read_done(args, context, value);
    context->result->size = (size_t)value;
    return -EAGAIN;
}

/* That is to be read to. Pipes, terminals and the like have none that a read could wait for. */
static bool has_an_end(const struct coaio__args *args)
{
    mode_t mode;
    int64_t size;

    if (args->ending == COAIO__END_CLAIMED)
        return true;
    if (args->ending == COAIO__END_NONE || args->length == 0)
        return false;
    return coaio__known_size(args->fd, &mode, &size) == 0 && (S_ISREG(mode) || S_ISBLK(mode));
}

static int64_t read_to_the_end(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__result *result = context->result;
    struct coaio__growing text = {.bytes = args->memory ? args->memory : result->memory,
                                  .have = result->size,
                                  .room = args->length + 1,
                                  .direct = !context->cached && coaio__is_direct(args->fd)};
    uint64_t limit = args->memory ? args->length : UINT64_MAX - 1;
    int64_t rc = coaio__read_to_end(args->fd, args->offset, &text, limit, context);

    if (args->memory)
        return rc < 0 ? rc : (int64_t)text.have;
    result->memory = text.bytes;
    return rc < 0 ? coaio__read_done(args, context, rc) : coaio__growing_give(&text, context);
}

int64_t coaio__run_read(struct coaio__args *args, struct coaio__context *context)
{
    int rc = coaio__read_memory(args, context);
    char *to;
    int64_t n;

    if (rc < 0)
        return rc;
    if (has_an_end(args))
        return read_to_the_end(args, context);
    to = args->memory ? args->memory : context->result->memory;
    if (args->offset >= 0)
        n = coaio__value(pread(args->fd, to, (size_t)args->length, args->offset));
    else
        n = coaio__value(read(args->fd, to, (size_t)args->length));
    return coaio__read_done(args, context, n);
}
