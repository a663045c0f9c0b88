/*
 * slurp and load: open a path, read it to its end, close it.
 *
 * Files of /proc claim to be empty, and files grow: so a file is read to its end (read_to_end.h).
 * An offset from the end needs an end to count from; where there is none the file is read whole,
 * and the tail of that is kept.
 */
#include "ops/composite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/resolve.h"
#include "ops/run.h"
#include "ops/read_to_end.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Keep what comes after the last `-delta` bytes begin, and of that at most `limit`. */
static int64_t keep_tail(struct coaio__growing *text, int64_t delta, uint64_t limit)
{
    uint64_t tail = 0 - (uint64_t)delta;

    if (tail > text->have)
        return -EINVAL;
    memmove(text->bytes, text->bytes + text->have - tail, (size_t)tail);
    text->have = smaller(tail, limit);
    return 0;
}

static int64_t go_to(int fd, int64_t start)
{
    return start == 0 || lseek(fd, start, SEEK_SET) >= 0 ? 0 : -errno;
}

/*
 * Where the file ends, which its last byte has to confirm: files of /sys claim 4096 bytes and have
 * a few. 0: only reading it whole can tell. Or -errno.
 */
static int64_t known_end(int fd, const struct stat *st)
{
    char last;
    int64_t end, n;

    if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
        return 0;
    end = lseek(fd, 0, SEEK_END);
    if (end <= 0 || lseek(fd, 0, SEEK_SET) < 0)
        return 0;
    n = coaio__value(pread(fd, &last, 1, end - 1));
    return n > 0 ? end : n == -EINVAL ? 0 : n;
}

/* Where to begin. `whole`: at the start, since `delta` counts from an end that is not known yet. */
static int64_t start_of(int fd, const struct stat *st, int64_t delta, bool *whole)
{
    int64_t end;

    *whole = false;
    if (delta >= 0)
        return delta;
    end = known_end(fd, st);
    *whole = end == 0;
    if (end <= 0)
        return end;
    return end + delta < 0 ? -EINVAL : end + delta;
}

static uint64_t likely_room(const struct stat *st, int64_t start, uint64_t limit)
{
    bool sized = S_ISREG(st->st_mode) && st->st_size > start;

    return smaller(sized ? (uint64_t)(st->st_size - start) + 2 : COAIO__ROOM_UNKNOWN, limit + 1);
}

static int64_t read_part(int fd, int64_t delta, uint64_t limit, struct coaio__growing *text,
                         struct coaio__context *context)
{
    struct stat st;
    int64_t start, rc;
    bool whole;

    if (fstat(fd, &st) < 0)
        return -errno;
    start = start_of(fd, &st, delta, &whole);
    rc = start < 0 ? start : go_to(fd, start);
    if (rc == 0)
        rc = coaio__growing_resize(context->mem, text, likely_room(&st, start, limit));
    if (rc == 0)
        rc = coaio__read_to_end(fd, -1, text, whole ? UINT64_MAX - 1 : limit, context);
    return rc == 0 && whole ? keep_tail(text, delta, limit) : rc;
}

int64_t coaio__run_slurp(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__growing text = {.bytes = NULL, .have = 0, .room = 0};
    uint64_t limit =
        args->length == 0 || args->length == UINT64_MAX ? UINT64_MAX - 1 : args->length;
    int fd = coaio__open_in(args->wd, args->path, O_RDONLY | O_NOCTTY, 0);
    int64_t rc;

    if (fd < 0)
        return coaio__failed(context, args->path, fd);
    rc = read_part(fd, args->delta, limit, &text, context);
    close(fd);
    if (rc == 0)
        return coaio__growing_give(&text, context);
    coaio__free(context->mem, text.bytes);
    return coaio__failed(context, args->path, rc);
}

/* The same: an offset and a length left out are 0. */
int64_t coaio__run_load(struct coaio__args *args, struct coaio__context *context)
{
    return coaio__run_slurp(args, context);
}
