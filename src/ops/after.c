/*
 * Opens, closes and stats that come back from the ring.
 */
#include "ops/after.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/run.h"

#ifdef O_PATH
#define NEVER_WAITS (O_NONBLOCK | O_PATH)
#else
#define NEVER_WAITS O_NONBLOCK
#endif

/*
 * Would open(2) have returned this descriptor at once, too? A FIFO opened for writing would: it was opened because a
 * reader is there already. Opened for reading it may have to wait for a writer.
 */
static bool is_ready(int fd, uint32_t flags)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return false;
    if (S_ISFIFO(st.st_mode))
        return (flags & O_ACCMODE) != O_RDONLY;
    return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
}

/* The ring opened with O_NONBLOCK, to which F_SETFL puts back what was asked for. */
int64_t coaio__after_open(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    (void)context;
    if (args->flags & NEVER_WAITS)
        return value;
    if (value == -ENXIO)
        return -EAGAIN;
    if (value < 0)
        return value;
    if (is_ready((int)value, args->flags) && fcntl((int)value, F_SETFL, (int)args->flags) == 0)
        return value;
    close((int)value);
    return -EAGAIN;
}

int64_t coaio__after_close(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    (void)args;
    (void)context;
    return value == -EINTR ? 0 : value;
}

#ifdef STATX_BASIC_STATS
/* In place: coaio__stat_room made the memory large enough for both. */
int64_t coaio__after_stat(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    struct coaio__result *result = context->result;
    struct statx          from;

    (void)args;
    if (value < 0) {
        coaio__result_drop(context->mem, result);
        return value == -EPERM || value == -ENOSYS ? -EAGAIN : value;
    }
    from = *(struct statx *)result->memory;
    coaio__stat_of_statx(result->memory, &from);
    result->size = sizeof(coaio_statbuf);
    return 0;
}
#endif
