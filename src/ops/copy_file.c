/*
 * The contents of regular files. See copy_file.h.
 */
#include "ops/copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ops/run.h"

#ifdef __linux__
#include <linux/fs.h>
#endif

enum { KEPT_MODE = 01777 };

static const int64_t to_the_end = INT64_MAX;

static bool clone_file(const struct coaio__file_copy *contents)
{
#ifdef FICLONE
    return ioctl(contents->out, FICLONE, contents->in) == 0;
#else
    (void)contents;
    return false;
#endif
}

/* ---- a range --------------------------------------------------------------------------------- */

/* All of these take an offset and return the one that was reached, or -errno. */

static int64_t write_all(struct coaio__file_copy *contents, const char *bytes, int64_t length,
                         int64_t offset)
{
    contents->at_source = false;
    for (int64_t done = 0; done < length;) {
        int64_t n = coaio__value(
            pwrite(contents->out, bytes + done, (size_t)(length - done), offset + done));

        if (n < 0 && n != -EINTR)
            return n;
        done += n > 0 ? n : 0;
    }
    return offset + length;
}

static int64_t copy_beginning(struct coaio__file_copy *contents, int64_t offset, int64_t end)
{
    int64_t have = (int64_t)contents->have;

    if (offset >= have)
        return offset;
    return write_all(contents, contents->buffer + offset, (have < end ? have : end) - offset,
                     offset);
}

static int64_t copy_by_system(struct coaio__file_copy *contents, int64_t offset, int64_t end)
{
#ifdef __linux__
    while (!contents->by_hand && offset < end && !coaio__cancelled(contents->context)) {
        off_t in = offset, out = offset;
        size_t length = end - offset < COAIO__COPY_STEP ? (size_t)(end - offset) : COAIO__COPY_STEP;
        ssize_t n = copy_file_range(contents->in, &in, contents->out, &out, length, 0);

        if (n > 0)
            offset += n;
        else
            contents->by_hand = true;
    }
#else
    (void)contents, (void)end;
#endif
    return offset;
}

/* Bytes read, 0 at the end of the file. */
static int64_t read_chunk(struct coaio__file_copy *contents, int64_t offset, int64_t end)
{
    size_t length = end - offset < COAIO__COPY_BUFFER ? (size_t)(end - offset) : COAIO__COPY_BUFFER;
    int64_t n = -EINTR;

    contents->at_source = true;
    if (!contents->buffer)
        contents->buffer = coaio__alloc(contents->context->mem, COAIO__COPY_BUFFER);
    if (!contents->buffer)
        return -ENOMEM;
    while (n == -EINTR)
        n = coaio__cancelled(contents->context)
                ? -ECANCELED
                : coaio__value(pread(contents->in, contents->buffer, length, offset));
    return n;
}

static int64_t copy_by_hand(struct coaio__file_copy *contents, int64_t offset, int64_t end)
{
    contents->have = 0; /* the buffer is used for others */
    while (offset >= 0 && offset < end) {
        int64_t n = read_chunk(contents, offset, end);

        if (n <= 0)
            return n < 0 ? n : offset;
        offset = write_all(contents, contents->buffer, n, offset);
    }
    return offset;
}

/* `end`, or where the file ended before that. */
static int64_t copy_range(struct coaio__file_copy *contents, int64_t offset, int64_t end)
{
    offset = copy_beginning(contents, offset, end);
    if (offset < 0 || offset == end)
        return offset;
    offset = copy_by_system(contents, offset, end);
    return offset < end ? copy_by_hand(contents, offset, end) : offset;
}

/* ---- the whole ------------------------------------------------------------------------------- */

#if defined(SEEK_DATA) && defined(SEEK_HOLE)

static bool is_there(const struct coaio__file_copy *contents, int64_t offset)
{
    char byte;

    return pread(contents->in, &byte, 1, offset) == 1;
}

/* The hole that ends the file is one that ftruncate(2) makes, if its last byte can be read. */
static int64_t copy_last_hole(struct coaio__file_copy *contents, int64_t offset, int64_t end)
{
    if (end > offset && is_there(contents, end - 1)) {
        contents->at_source = false;
        if (ftruncate(contents->out, end) < 0)
            return -errno;
        offset = end;
    }
    return copy_range(contents, offset, to_the_end);
}

/*
 * From one piece of data to the next. Where the file system cannot tell them everything is data,
 * and so is a hole behind which there is nothing. The end is asked for first: what is appended
 * after that is found by reading.
 */
static int64_t copy_data(struct coaio__file_copy *contents)
{
    int64_t offset = 0;

    for (;;) {
        int64_t end = lseek(contents->in, 0, SEEK_END);
        int64_t data = lseek(contents->in, offset, SEEK_DATA), hole, reached;

        if (data < 0 && errno == ENXIO)
            return copy_last_hole(contents, offset, end);
        hole = data < 0 ? -1 : lseek(contents->in, data, SEEK_HOLE);
        if (hole <= data)
            return copy_range(contents, offset, to_the_end);
        reached = copy_range(contents, data, hole);
        if (reached == data)
            return copy_range(contents, offset, to_the_end);
        if (reached < hole)
            return reached;
        offset = hole;
    }
}

static bool has_holes(const struct stat *st)
{
    return st->st_blocks < st->st_size / 512;
}

#else

static int64_t copy_data(struct coaio__file_copy *contents)
{
    return copy_range(contents, 0, to_the_end);
}

static bool has_holes(const struct stat *st)
{
    (void)st;
    return false;
}

#endif

int64_t coaio__file_copy_begin(struct coaio__file_copy *contents)
{
    int64_t n = read_chunk(contents, 0, COAIO__COPY_BUFFER);

    if (n < 0)
        return n;
    contents->have = (size_t)n;
    contents->by_hand = n < COAIO__COPY_BUFFER; /* so little is left, if anything */
    return 0;
}

int64_t coaio__file_copy_copy(struct coaio__file_copy *contents)
{
    int64_t rc;

    if (clone_file(contents))
        return 0;
    rc = contents->buffer ? 0 : coaio__file_copy_begin(contents);
    if (rc == 0)
        rc = has_holes(&contents->from) ? copy_data(contents) : copy_range(contents, 0, to_the_end);
    if (rc >= 0 && coaio__cancelled(contents->context))
        return -ECANCELED;
    return rc < 0 ? rc : 0;
}

void coaio__file_copy_free(struct coaio__file_copy *contents)
{
    coaio__free(contents->context->mem, contents->buffer);
}

/* ---- what it is given ------------------------------------------------------------------------ */

/* Owner and group, or the group. `to` says what was done. */
static void give_owner(const struct coaio__file_copy *contents, struct stat *to)
{
    const struct stat *from = &contents->from;

    if (to->st_uid != from->st_uid && fchown(contents->out, from->st_uid, from->st_gid) == 0)
        to->st_uid = from->st_uid, to->st_gid = from->st_gid;
    if (to->st_gid != from->st_gid && fchown(contents->out, (uid_t)-1, from->st_gid) == 0)
        to->st_gid = from->st_gid;
}

/* Members of another group than the source's may what others may there. */
void coaio__file_copy_guard(const struct coaio__file_copy *contents, struct stat *to)
{
    mode_t allowed = contents->from.st_mode & 0777;

    give_owner(contents, to);
    if (to->st_gid != contents->from.st_gid)
        allowed = (allowed & 0707) | (allowed & 07) << 3;
    if (to->st_mode & 07777 & ~allowed)
        (void)!fchmod(contents->out, to->st_mode & allowed);
}

/* The permission bits come after the owner: for them they are meant. Set-id bits do not follow, as
   he may not have. */
void coaio__file_copy_finish(const struct coaio__file_copy *contents, struct stat *to)
{
    const struct stat *from = &contents->from;
    struct timespec times[2] = {{0}};

#ifdef __APPLE__
    times[0] = from->st_atimespec, times[1] = from->st_mtimespec;
#else
    times[0] = from->st_atim, times[1] = from->st_mtim;
#endif
    give_owner(contents, to);
    (void)!fchmod(contents->out, from->st_mode & KEPT_MODE);
    (void)!futimens(contents->out, times);
}
