/*
 * Links: hard ones, to names and to open files, and what symbolic ones say.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ops/resolve.h"

/* ---- making hard links ----------------------------------------------------------------------- */

/* linkat(2) follows a symbolic link before a slash, and "..": a directory, or nothing, is what both
   can mean. */
static bool is_followed(const char *path)
{
    size_t length = strlen(path);

    if (length > 0 && path[length - 1] == '/')
        return true;
    return length >= 2 && strcmp(path + length - 2, "..") == 0
           && (length == 2 || path[length - 3] == '/');
}

/* A directory has no second link; whether the path stays within the bounds is found out first. */
static int64_t find_source(struct coaio__place *from, const struct coaio__args *args)
{
    int fd;

    if (!coaio__confined(args->wd) || !is_followed(args->path))
        return coaio__place_find(from, args->wd, args->path, COAIO__REACH_NAME);
    fd = coaio__open_in(args->wd, args->path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    close(fd);
    return -EPERM;
}

static int64_t link_name(const struct coaio__args *args, const struct coaio__place *to)
{
    struct coaio__place from;
    int64_t rc = find_source(&from, args);

    if (rc < 0)
        return rc;
    rc = coaio__value(linkat(from.fd, from.name, to->fd, to->name, 0));
    coaio__place_leave(&from);
    return rc;
}

#ifdef AT_EMPTY_PATH

/* Neither by its number in /proc, which is missing, nor without; of what is allowed "/" would be in
   the way. */
static bool is_out_of_reach(int fd, const char *number)
{
    char byte;

    return readlink(number, &byte, 1) < 0 && linkat(fd, "", AT_FDCWD, "/", AT_EMPTY_PATH) < 0
           && errno == ENOENT;
}

/*
 * An open file, which may have no name yet (O_TMPFILE). The kernel wants a privilege for that or,
 * from Linux 6.10 on, the rights with which the file was opened, and says ENOENT without; then the
 * link in /proc will do.
 */
static int64_t link_file(const struct coaio__args *args, const struct coaio__place *to)
{
    char number[32];

    if (fcntl(args->fd, F_GETFD) < 0)
        return -errno; /* which the refusal would hide */
    if (linkat(args->fd, "", to->fd, to->name, AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT)
        return -errno;
    snprintf(number, sizeof number, "/proc/self/fd/%d", args->fd);
    if (linkat(AT_FDCWD, number, to->fd, to->name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    if (errno != ENOENT)
        return -errno;
    return is_out_of_reach(args->fd, number) ? -ENOTSUP : -ENOENT;
}

#else

static int64_t link_file(const struct coaio__args *args, const struct coaio__place *to)
{
    (void)args, (void)to;
    return -ENOTSUP;
}

#endif

int64_t coaio__run_link(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__place to;
    int64_t rc = coaio__place_find(&to, args->wd2, args->path2, COAIO__REACH_NAME);

    (void)context;
    if (rc < 0)
        return rc;
    rc = args->path ? link_name(args, &to) : link_file(args, &to);
    coaio__place_leave(&to);
    return rc;
}

/* ---- reading symbolic links ------------------------------------------------------------------ */

/* Into memory twice as large until the text is shorter than the memory: links in /proc do not tell
   their length. */
int64_t coaio__read_link(int dirfd, const char *path, struct coaio__context *context)
{
    char *text = NULL;

    for (size_t size = COAIO__LINK_ROOM;; size *= 2) {
        char *larger = coaio__realloc(context->mem, text, size);
        int64_t n = -ENOMEM;

        if (larger) {
            text = larger;
            n = coaio__value(readlinkat(dirfd, path, text, size));
        }
        if (n >= 0 && (size_t)n < size)
            return coaio__give_string(context, text, (size_t)n);
        if (n < 0) {
            coaio__free(context->mem, text);
            return n;
        }
    }
}

/* The system says ENOENT for an opened file that is no symbolic link. */
int64_t coaio__run_readlink(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__place place;
    int64_t rc = coaio__place_find(&place, args->wd, args->path, COAIO__REACH_ITSELF);

    if (rc < 0)
        return rc;
    rc = coaio__read_link(place.fd, place.name, context);
    coaio__place_leave(&place);
    return rc == -ENOENT && place.flags ? -EINVAL : rc;
}
