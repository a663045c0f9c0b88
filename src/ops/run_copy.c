/*
 * copy.
 *
 * Nothing is destroyed before it is known that something takes its place: what is at the
 * destination is not opened unless it is a regular file, not written to if it is the source, and
 * not emptied before the source could be read. From then on it is ours, as is a file that was made
 * for the purpose: a copy that fails or is cancelled removes it.
 */
#include "ops/composite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ops/copy_file.h"
#include "ops/look_first.h"
#include "ops/resolve.h"
#include "ops/run.h"

struct copy {
    struct coaio__args *args;
    struct coaio__file_copy contents;
    struct stat to;
    bool ours; /* nothing is left in the destination of what was there */
};

/* ---- a partial file -------------------------------------------------------------------------- */

static bool remove_name(int dirfd, const char *name, const struct stat *file)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !coaio__same_file(&st, file))
        return false;
    return unlinkat(dirfd, name, 0) == 0;
}

/* Behind a symbolic link the file has another name, which the system knows. */
static void remove_real_name(int fd, const struct stat *file)
{
    char number[32], name[4096];
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
    bool removed = false;

    if (coaio__place_hold(&place, copy->args->wd2, copy->args->path2) == 0) {
        removed = remove_name(place.fd, place.name, &copy->to);
        coaio__place_leave(&place);
    }
    if (!removed && copy->contents.out >= 0)
        remove_real_name(copy->contents.out, &copy->to);
}

/* ---- the destination ------------------------------------------------------------------------- */

/* Takes `fd`, a descriptor or -errno, and gives one that can be filled. */
static int64_t check_regular(int fd, struct stat *st)
{
    int64_t rc = fd;

    if (fd < 0)
        return fd;
    if (fstat(fd, st) < 0)
        rc = -errno;
    else if (!S_ISREG(st->st_mode))
        rc = -EINVAL;
    if (rc < 0)
        close(fd);
    return rc;
}

/* A link that leads nowhere yet. Nobody tells whether it was this open that made a file, so first
   the source has to be readable. */
static int64_t make_behind_link(struct copy *copy)
{
    int64_t rc = coaio__file_copy_begin(&copy->contents);
    int fd;

    if (rc < 0)
        return rc;
    copy->contents.at_source = false;
    fd = coaio__open_now(copy->args->wd2, copy->args->path2, O_WRONLY | O_CREAT,
                         COAIO__UNFINISHED_MODE);
    return check_regular(fd, &copy->to);
}

static int64_t open_destination(struct copy *copy)
{
    const coaio_wd *wd = copy->args->wd2;
    const char *path = copy->args->path2;
    int fd = coaio__open_in(wd, path, O_WRONLY | O_CREAT | O_EXCL, COAIO__UNFINISHED_MODE);

    copy->contents.at_source = false;
    copy->ours = fd >= 0;
    if (fd != -EEXIST)
        return check_regular(fd, &copy->to);
    fd = coaio__open_known(wd, path, O_WRONLY, COAIO__KIND_REGULAR, &copy->to);
    return fd == -ENOENT ? make_behind_link(copy) : fd;
}

static int64_t take_over(struct copy *copy)
{
    int64_t rc = coaio__file_copy_begin(&copy->contents);

    if (rc < 0)
        return rc;
    copy->contents.at_source = false;
    if (ftruncate(copy->contents.out, 0) < 0)
        return -errno;
    copy->ours = true;
    coaio__file_copy_guard(&copy->contents, &copy->to);
    return 0;
}

/* Closing may report what writing did not. */
static int64_t close_destination(struct copy *copy)
{
    int fd = copy->contents.out;

    copy->contents.out = -1;
    copy->contents.at_source = false;
    return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

/* ---- copy ------------------------------------------------------------------------------------ */

static int64_t fill_destination(struct copy *copy)
{
    int64_t rc = copy->ours ? 0 : take_over(copy);

    if (rc == 0)
        rc = coaio__file_copy_copy(&copy->contents);
    if (rc == 0) {
        coaio__file_copy_finish(&copy->contents, &copy->to);
        rc = close_destination(copy);
    }
    if (rc < 0 && copy->ours)
        remove_partial(copy);
    return rc;
}

static int64_t copy_to_destination(struct copy *copy)
{
    int64_t rc = open_destination(copy);

    if (rc < 0)
        return rc;
    copy->contents.out = (int)rc;
    rc = coaio__same_file(&copy->contents.from, &copy->to) ? -EINVAL : fill_destination(copy);
    if (copy->contents.out >= 0)
        close(copy->contents.out);
    return rc;
}

int64_t coaio__run_copy(struct coaio__args *args, struct coaio__context *context)
{
    struct copy copy = {.args = args,
                        .contents = {.context = context, .in = -1, .out = -1, .at_source = true}};
    int64_t rc =
        coaio__open_known(args->wd, args->path, O_RDONLY, COAIO__KIND_REGULAR, &copy.contents.from);

    if (rc >= 0) {
        copy.contents.in = (int)rc;
        rc = copy_to_destination(&copy);
        close(copy.contents.in);
        coaio__file_copy_free(&copy.contents);
    }
    return rc < 0 ? coaio__failed(context, copy.contents.at_source ? args->path : args->path2, rc)
                  : 0;
}
