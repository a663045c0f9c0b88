/*
 * Memory for reads. See read.h.
 */
#include "ops/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ops/near.h"
#include "ops/read_to_end.h"
#include "ops/run.h"

#ifdef __linux__
#include <linux/fs.h>
#endif

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

int coaio__known_size(int fd, mode_t *mode, int64_t *size)
{
    struct stat st;
#ifdef STATX_SIZE
    struct statx stx;

    if (coaio__statx_unsynced(fd, "", STATX_TYPE | STATX_SIZE, &stx) == 0) {
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
    mode_t mode;
    int64_t size;

    if (coaio__known_size(fd, &mode, &size) < 0)
        return 0;
    return S_ISBLK(mode) ? device_size(fd) : size;
}

static int64_t at_least_small(int64_t bytes)
{
    return bytes > COAIO__ROOM_UNKNOWN ? bytes : COAIO__ROOM_UNKNOWN;
}

/* Bytes that a read could return now; a guess where that cannot be told (`claimed`: it can). */
static int64_t bytes_ahead(const struct coaio__args *args, bool *claimed)
{
    mode_t mode;
    int64_t size, position = args->offset;
    int waiting = 0;

    *claimed = false;
    if (coaio__known_size(args->fd, &mode, &size) < 0)
        return COAIO__ROOM_UNKNOWN;
    if (S_ISBLK(mode))
        size = device_size(args->fd);
    else if (!S_ISREG(mode))
        return at_least_small(ioctl(args->fd, FIONREAD, &waiting) == 0 ? waiting : 0);
    if (position < 0)
        position = lseek(args->fd, 0, SEEK_CUR);
    *claimed = size > position;
    return *claimed ? size - position : COAIO__ROOM_UNKNOWN;
}

static uint64_t round_up(uint64_t n)
{
    return (n + COAIO__ALIGNMENT - 1) & ~(uint64_t)(COAIO__ALIGNMENT - 1);
}

/* Rounded up for O_DIRECT, so that the length stays one that it accepts. */
void coaio__read_clip(struct coaio__args *args, bool direct)
{
    uint64_t ahead;
    bool claimed;

    if (args->length <= COAIO__ROOM_UNKNOWN || args->ending == COAIO__END_CLAIMED)
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
int coaio__read_memory(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__result *result = context->result;
    bool direct;

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
        result->memory = coaio__alloc_aligned(context->mem, (size_t)round_up(args->length) + 1,
                                              COAIO__ALIGNMENT);
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

int64_t coaio__read_done(struct coaio__args *args, struct coaio__context *context, int64_t value)
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
