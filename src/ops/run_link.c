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

int64_t coaio__run_readlink(struct coaio__args *args, struct coaio__context *context)
{
    return read_link(coaio__dirfd(args->wd), args->path, context);
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
static int64_t real_path_at(int dirfd, const char *path, struct coaio__context *context)
{
    char    name[PROC_NAME_SIZE];
    int     fd = openat(dirfd, path, O_PATH | O_CLOEXEC);
    int64_t n;

    if (fd < 0)
        return -errno;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    n = read_link(AT_FDCWD, name, context);
    close(fd);
    return n;
}
#else
static int64_t real_path_at(int dirfd, const char *path, struct coaio__context *context)
{
    (void)dirfd;
    return path[0] == '/' ? real_path(path, context) : -ENOSYS;
}
#endif

int64_t coaio__run_realpath(struct coaio__args *args, struct coaio__context *context)
{
    return args->wd ? real_path_at(args->wd->fd, args->path, context) : real_path(args->path, context);
}
