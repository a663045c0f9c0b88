/*
 * readlink and realpath: results that are strings, of any length.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/resolve.h"

enum { FIRST_GUESS = 256, PROC_NAME_SIZE = 32 };

static int64_t give(struct coaio__context *context, char *text, size_t length)
{
    text[length] = '\0';
    context->result->memory = text;
    context->result->size = length;
    return (int64_t)length;
}

/* Into memory twice as large until the text is shorter than the memory: links in /proc do not tell their length. */
static int64_t read_link(int dirfd, const char *path, struct coaio__context *context)
{
    char *text = NULL;

    for (size_t size = FIRST_GUESS;; size *= 2) {
        char   *larger = coaio__realloc(context->mem, text, size);
        int64_t n = -ENOMEM;

        if (larger) {
            text = larger;
            n = coaio__value(readlinkat(dirfd, path, text, size));
        }
        if (n >= 0 && (size_t)n < size)
            return give(context, text, (size_t)n);
        if (n < 0) {
            coaio__free(context->mem, text);
            return n;
        }
    }
}

/* Of an opened link that is none the system says ENOENT. */
int64_t coaio__run_readlink(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__place place;
    int64_t             rc = coaio__place_find(&place, args->wd, args->path, COAIO__REACH_ITSELF);

    if (rc < 0)
        return rc;
    if (!place.by_number)
        return read_link(place.fd, place.name, context);
    rc = read_link(place.opened, "", context);
    coaio__place_leave(&place);
    return rc == -ENOENT ? -EINVAL : rc;
}

/* realpath(3) uses malloc; the result must come from the engine's allocator. */
static int64_t real_path(const char *path, struct coaio__context *context)
{
    char  *found = realpath(path, NULL), *text;
    size_t length;

    if (!found)
        return -errno;
    length = strlen(found);
    text = coaio__alloc(context->mem, length + 1);
    if (text)
        memcpy(text, found, length);
    free(found);
    return text ? give(context, text, length) : -ENOMEM;
}

#ifdef O_PATH
/* Below a working directory the system's own name of the opened path is the answer: no path is put together. */
static int64_t real_path_at(const coaio_wd *wd, const char *path, struct coaio__context *context)
{
    char    name[PROC_NAME_SIZE];
    int     fd = coaio__open_in(wd, path, O_PATH, 0);
    int64_t n;

    if (fd < 0)
        return fd;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    n = read_link(AT_FDCWD, name, context);
    close(fd);
    return n;
}
#else
static int64_t real_path_at(const coaio_wd *wd, const char *path, struct coaio__context *context)
{
    (void)wd;
    return path[0] == '/' ? real_path(path, context) : -ENOSYS;
}
#endif

int64_t coaio__run_realpath(struct coaio__args *args, struct coaio__context *context)
{
    return args->wd ? real_path_at(args->wd, args->path, context) : real_path(args->path, context);
}
