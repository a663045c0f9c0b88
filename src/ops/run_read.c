/*
 * Reading, and how much memory a read needs.
 *
 * A length is an upper bound. Who reads into memory of his own has already sized it; for a read that lends none the
 * engine makes it, and "everything" may be a length of a million bytes for a file of ten. So a length up to READ_SMALL
 * is simply allocated, and a longer one is first clipped to what there is to read. Files that claim to be empty may
 * not be (/proc), and pipes and devices do not say: these get READ_SMALL at least.
 *
 * A read to the end (COAIO_TO_END) goes on until nothing more comes, as far as its descriptor has an end. Of a file
 * that claims a size it asks for one byte more: where it gets what was claimed and not that byte, both say that this is
 * the end. A ring's or an inline read that cannot tell is left to a worker, which goes on behind what is there.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/after.h"
#include "ops/near.h"
#include "ops/prep.h"
#include "ops/read_to_end.h"

#ifdef __linux__
#include <linux/fs.h>
#endif

enum { READ_SMALL = COAIO__ROOM_UNKNOWN };

bool coaio__is_direct(int fd)
{
#ifdef O_DIRECT
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && (flags & O_DIRECT);
#else
    (void)fd;
    return false;
#endif
}

/* Mode and size as far as they are known here: no server is asked, so that this does not block. */
static int known(int fd, mode_t *mode, int64_t *size)
{
    struct stat st;
#ifdef STATX_SIZE
    struct statx stx;

    if (coaio__look_unasked(fd, "", STATX_TYPE | STATX_SIZE, &stx) == 0) {
        *mode = stx.stx_mode;
        *size = (int64_t)stx.stx_size;
        return 0;
    }
#endif
    if (fstat(fd, &st) < 0)
        return -errno;
    *mode = st.st_mode;
    *size = st.st_size;
    return 0;
}

static int64_t device_size(int fd)
{
#ifdef BLKGETSIZE64
    uint64_t size;

    if (ioctl(fd, BLKGETSIZE64, &size) == 0)
        return (int64_t)size;
#endif
    (void)fd;
    return 0;
}

int64_t coaio__claimed_size(int fd)
{
    mode_t  mode;
    int64_t size;

    if (known(fd, &mode, &size) < 0)
        return 0;
    return S_ISBLK(mode) ? device_size(fd) : size;
}

static int64_t at_least_small(int64_t bytes)
{
    return bytes > READ_SMALL ? bytes : READ_SMALL;
}

/* Bytes that a read could return now; a guess where that cannot be told (`claimed`: it can). */
static int64_t bytes_ahead(const struct coaio__args *args, bool *claimed)
{
    mode_t  mode;
    int64_t size, position = args->offset;
    int     waiting = 0;

    *claimed = false;
    if (known(args->fd, &mode, &size) < 0)
        return READ_SMALL;
    if (S_ISBLK(mode))
        size = device_size(args->fd);
    else if (!S_ISREG(mode))
        return at_least_small(ioctl(args->fd, FIONREAD, &waiting) == 0 ? waiting : 0);
    if (position < 0)
        position = lseek(args->fd, 0, SEEK_CUR);
    *claimed = size > position;
    return *claimed ? size - position : READ_SMALL;
}

static uint64_t round_up(uint64_t n)
{
    return (n + COAIO__ALIGNMENT - 1) & ~(uint64_t)(COAIO__ALIGNMENT - 1);
}

/* Rounded up for O_DIRECT, so that the length stays one that it accepts. */
void coaio__read_clip(struct coaio__args *args, bool direct)
{
    uint64_t ahead;
    bool     claimed;

    if (args->length <= READ_SMALL || args->ending == COAIO__END_CLAIMED)
        return;
    ahead = (uint64_t)bytes_ahead(args, &claimed);
    if (args->ending == COAIO__END_UNKNOWN && claimed && ahead < args->length) {
        args->ending = direct ? COAIO__END_UNKNOWN : COAIO__END_CLAIMED;
        ahead++;
    }
    if (direct)
        ahead = round_up(ahead);
    if (args->length > ahead)
        args->length = ahead;
}

/* The extra byte is the NUL that coaio_data promises. */
int coaio__read_room(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__result *result = context->result;
    bool                  direct;

    if (args->length > COAIO__TRANSFER_MAX) {
        args->length = COAIO__TRANSFER_MAX;
        if (args->ending == COAIO__END_CLAIMED)
            args->ending = COAIO__END_UNKNOWN; /* and further away than that */
    }
    if (args->memory || result->memory)
        return 0;
    direct = !context->cached && coaio__is_direct(args->fd);
    coaio__read_clip(args, direct);
    if (direct)
        result->memory = coaio__alloc_aligned(context->mem, (size_t)round_up(args->length) + 1, COAIO__ALIGNMENT);
    else
        result->memory = coaio__alloc(context->mem, (size_t)args->length + 1);
    return result->memory ? 0 : -ENOMEM;
}

bool coaio__read_is_whole(const struct coaio__args *args, uint64_t have)
{
    if (args->ending == COAIO__END_CLAIMED)
        return have + 1 == args->length;
    return args->memory && have == args->length;
}

/* Also what a worker's read ends with. */
int64_t coaio__after_read(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    struct coaio__result *result = context->result;

    (void)args;
    if (value < 0) {
        coaio__result_drop(context->mem, result);
    } else if (result->memory) {
        ((char *)result->memory)[value] = '\0';
        result->size = (size_t)value;
    }
    return value;
}

int64_t coaio__after_ring_read(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    if (value <= 0 || args->ending == COAIO__END_NONE || coaio__read_is_whole(args, (uint64_t)value))
        return coaio__after_read(args, context, value);
    context->result->size = (size_t)value;
    return -EAGAIN;
}

/* That is to be read to. Pipes, terminals and the like have none that a read could wait for. */
static bool has_an_end(const struct coaio__args *args)
{
    mode_t  mode;
    int64_t size;

    if (args->ending == COAIO__END_CLAIMED)
        return true;
    if (args->ending == COAIO__END_NONE || args->length == 0)
        return false;
    return known(args->fd, &mode, &size) == 0 && (S_ISREG(mode) || S_ISBLK(mode));
}

static int64_t read_to_the_end(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__result *result = context->result;
    struct coaio__text    text = {.bytes = args->memory ? args->memory : result->memory,
                                  .have = result->size,
                                  .room = args->length + 1,
                                  .direct = !context->cached && coaio__is_direct(args->fd)};
    uint64_t              limit = args->memory ? args->length : UINT64_MAX - 1;
    int64_t               rc = coaio__text_read(args->fd, args->offset, &text, limit, context);

    if (args->memory)
        return rc < 0 ? rc : (int64_t)text.have;
    result->memory = text.bytes;
    return rc < 0 ? coaio__after_read(args, context, rc) : coaio__text_give(&text, context);
}

int64_t coaio__run_read(struct coaio__args *args, struct coaio__context *context)
{
    int     rc = coaio__read_room(args, context);
    char   *to;
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
    return coaio__after_read(args, context, n);
}
