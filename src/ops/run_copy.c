/*
 * copy and move.
 *
 * The contents go by the cheapest way that the two file systems allow: a reflink; else copy_file_range, which copies
 * inside the kernel or on the server; else read and write, which also finish what copy_file_range began: it is their
 * read that says where the file ends, because the size of a file of /proc is no size. Of a sparse file only what is
 * between the holes is copied.
 *
 * The destination is not touched before it is known to be another file than the source. From then on it is ours: when
 * the copy fails or is cancelled, it is removed. Times, permission bits and owner follow, as far as the system allows;
 * the set-id bits do not, since the owner may not have followed.
 */
#include "ops/composite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/resolve.h"
#include "ops/run.h"

#ifdef __linux__
#include <linux/fs.h>
#endif

enum {
    BUFFER_SIZE = 256 << 10,
    STEP_MAX = 16 << 20, /* between two looks at whether it was cancelled */
    CREATED_MODE = 0200,
    KEPT_MODE = 01777
};

static const int64_t to_the_end = INT64_MAX;

struct copy {
    struct coaio__args    *args;
    struct coaio__context *context;
    struct stat            from, to;
    int                    in, out;
    bool                   by_hand; /* copy_file_range was refused */
    char                  *buffer;
    const char            *culprit; /* the path that an error is about */
};

/* ---- contents -------------------------------------------------------------------------------------------------- */

static bool clone_file(const struct copy *copy)
{
#ifdef FICLONE
    return ioctl(copy->out, FICLONE, copy->in) == 0;
#else
    (void)copy;
    return false;
#endif
}

/* The offset reached: `end`, or where somebody else has to go on. */
static int64_t copy_by_system(struct copy *copy, int64_t offset, int64_t end)
{
#ifdef __linux__
    while (!copy->by_hand && offset < end && !coaio__cancelled(copy->context)) {
        off_t   in = offset, out = offset;
        size_t  length = end - offset < STEP_MAX ? (size_t)(end - offset) : STEP_MAX;
        ssize_t n = copy_file_range(copy->in, &in, copy->out, &out, length, 0);

        if (n > 0)
            offset += n;
        else
            copy->by_hand = true;
    }
#else
    (void)copy, (void)end;
#endif
    return offset;
}

static int64_t write_all(struct copy *copy, int64_t length, int64_t offset)
{
    for (int64_t done = 0; done < length;) {
        int64_t n = coaio__value(pwrite(copy->out, copy->buffer + done, (size_t)(length - done), offset + done));

        if (n < 0 && n != -EINTR)
            return n;
        done += n > 0 ? n : 0;
    }
    return 0;
}

/* Bytes copied, 0 at the end of the file. */
static int64_t copy_chunk(struct copy *copy, int64_t offset, int64_t end)
{
    size_t  length = end - offset < BUFFER_SIZE ? (size_t)(end - offset) : BUFFER_SIZE;
    int64_t n, rc;

    copy->culprit = copy->args->path;
    n = coaio__value(pread(copy->in, copy->buffer, length, offset));
    if (n <= 0)
        return n;
    copy->culprit = copy->args->path2;
    rc = write_all(copy, n, offset);
    return rc < 0 ? rc : n;
}

static int64_t copy_by_hand(struct copy *copy, int64_t offset, int64_t end)
{
    int64_t n = 1;

    if (!copy->buffer)
        copy->buffer = coaio__alloc(copy->context->mem, BUFFER_SIZE);
    if (!copy->buffer)
        return -ENOMEM;
    while (offset < end && n != 0) {
        n = coaio__cancelled(copy->context) ? -ECANCELED : copy_chunk(copy, offset, end);
        if (n < 0 && n != -EINTR)
            return n;
        offset += n > 0 ? n : 0;
    }
    return 0;
}

static int64_t copy_range(struct copy *copy, int64_t offset, int64_t end)
{
    offset = copy_by_system(copy, offset, end);
    return offset < end ? copy_by_hand(copy, offset, end) : 0;
}

#if defined(SEEK_DATA) && defined(SEEK_HOLE)

/* The hole that ends the file is one that ftruncate(2) makes. */
static int64_t end_with_hole(struct copy *copy)
{
    off_t size = lseek(copy->in, 0, SEEK_END);

    copy->culprit = copy->args->path2;
    return size < 0 ? -errno : coaio__value(ftruncate(copy->out, size));
}

/* From one piece of data to the next. Where the file system cannot tell them, everything is data. */
static int64_t copy_data(struct copy *copy)
{
    int64_t hole = 0, rc = 0;

    while (rc == 0) {
        int64_t data = lseek(copy->in, hole, SEEK_DATA);

        if (data < 0 && errno == ENXIO)
            return end_with_hole(copy);
        if (data < 0)
            return copy_range(copy, hole, to_the_end);
        hole = lseek(copy->in, data, SEEK_HOLE);
        if (hole <= data)
            return copy_range(copy, data, to_the_end);
        rc = copy_range(copy, data, hole);
    }
    return rc;
}

#else

static int64_t copy_data(struct copy *copy)
{
    return copy_range(copy, 0, to_the_end);
}

#endif

static int64_t copy_contents(struct copy *copy)
{
    if (clone_file(copy))
        return 0;
    if (copy->from.st_blocks < copy->from.st_size / 512)
        return copy_data(copy);
    return copy_range(copy, 0, to_the_end);
}

/* ---- the two files --------------------------------------------------------------------------------------------- */

/* Only regular files; which is said at once of a FIFO, too. */
static int64_t open_regular(const coaio_wd *wd, const char *path, int flags, struct stat *st)
{
    int     fd = coaio__open_now(wd, path, flags, CREATED_MODE);
    int64_t rc = 0;

    if (fd < 0)
        return fd;
    if (fstat(fd, st) < 0)
        rc = -errno;
    else if (!S_ISREG(st->st_mode))
        rc = S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

static bool is_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool remove_name(int dirfd, const char *name, const struct stat *file)
{
    struct stat st;

    return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_file(&st, file) && unlinkat(dirfd, name, 0) == 0;
}

/* Behind a symbolic link the file has another name, which the system knows. */
static void remove_real_name(int fd, const struct stat *file)
{
    char    number[32], name[4096];
    ssize_t length;

    snprintf(number, sizeof number, "/proc/self/fd/%d", fd);
    length = readlink(number, name, sizeof name - 1);
    if (length <= 0)
        return;
    name[length] = '\0';
    (void)remove_name(AT_FDCWD, name, file);
}

/* The destination and nothing that took its name meanwhile. */
static void remove_partial(struct copy *copy)
{
    struct coaio__place place;
    bool                removed = false;

    if (coaio__place_find(&place, copy->args->wd2, copy->args->path2, COAIO__REACH_NAME) == 0) {
        removed = remove_name(place.fd, place.name, &copy->to);
        coaio__place_leave(&place);
    }
    if (!removed && copy->out >= 0)
        remove_real_name(copy->out, &copy->to);
}

/* Errors are ignored, as the manual says. */
static void copy_attributes(const struct copy *copy)
{
    const struct stat *from = &copy->from;
    struct timespec    times[2] = {{0}};
    int                rc;

#ifdef __APPLE__
    times[0] = from->st_atimespec, times[1] = from->st_mtimespec;
#else
    times[0] = from->st_atim, times[1] = from->st_mtim;
#endif
    rc = futimens(copy->out, times);
    rc = fchmod(copy->out, from->st_mode & KEPT_MODE);
    rc = fchown(copy->out, from->st_uid, from->st_gid);
    if (rc < 0)
        rc = fchown(copy->out, (uid_t)-1, from->st_gid);
    (void)rc;
}

/* Closing may report what writing did not. */
static int64_t close_destination(struct copy *copy)
{
    int fd = copy->out;

    copy->out = -1;
    copy->culprit = copy->args->path2;
    return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

static int64_t fill_destination(struct copy *copy)
{
    int64_t rc = coaio__value(ftruncate(copy->out, 0));

    if (rc < 0)
        return rc;
    rc = copy_contents(copy);
    if (rc == 0 && coaio__cancelled(copy->context))
        rc = -ECANCELED;
    if (rc == 0) {
        copy_attributes(copy);
        rc = close_destination(copy);
    }
    if (rc < 0)
        remove_partial(copy);
    coaio__free(copy->context->mem, copy->buffer);
    return rc;
}

static int64_t copy_to_destination(struct copy *copy)
{
    struct coaio__args *args = copy->args;
    int64_t             rc = open_regular(args->wd2, args->path2, O_WRONLY | O_CREAT, &copy->to);

    copy->culprit = args->path2;
    if (rc < 0)
        return rc;
    copy->out = (int)rc;
    rc = is_file(&copy->from, &copy->to) ? -EINVAL : fill_destination(copy);
    if (copy->out >= 0)
        close(copy->out);
    return rc;
}

int64_t coaio__run_copy(struct coaio__args *args, struct coaio__context *context)
{
    struct copy copy = {.args = args, .context = context, .in = -1, .out = -1, .buffer = NULL, .culprit = args->path};
    int64_t     rc = open_regular(args->wd, args->path, O_RDONLY, &copy.from);

    if (rc >= 0) {
        copy.in = (int)rc;
        rc = copy_to_destination(&copy);
        close(copy.in);
    }
    return rc < 0 ? coaio__failed(context, copy.culprit, rc) : 0;
}

/* The source goes only after the copy is complete. When it cannot go, there are two. */
int64_t coaio__run_move(struct coaio__args *args, struct coaio__context *context)
{
    int64_t rc = coaio__run_rename(args, context);

    if (rc == -EXDEV) {
        rc = coaio__run_copy(args, context);
        if (rc < 0)
            return rc;
        rc = coaio__run_unlink(args, context);
    }
    return rc < 0 ? coaio__failed(context, args->path, rc) : 0;
}
