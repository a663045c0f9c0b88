/*
 * realpath: the path to a file that has no symbolic links in it.
 *
 * From the current directory that is realpath(3). Below a working directory the path is opened, and
 * the kernel has a name of what was opened: the text of its link in /proc. That is for people to
 * read: it may be a removed file's, with a word behind it, or begin at another root than ours. So
 * it is the answer only if it leads to the same file.
 *
 * Where /proc is missing the name is found as in the days before the kernel knew it: each directory
 * on the way up to the root is looked for among the entries of the one above, which takes the right
 * to read them.
 */
#include "ops/composite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/resolve.h"
#include "ops/run.h"

enum { PROC_NAME_SIZE = 32, LINKS_MAX = 40 };

/* realpath(3) uses malloc; the result must come from the engine's allocator. */
static int64_t real_path(const char *path, struct coaio__context *context)
{
    char *found = realpath(path, NULL), *text;
    size_t length;

    if (!found)
        return -errno;
    length = strlen(found);
    text = coaio__alloc(context->mem, length + 1);
    if (text)
        memcpy(text, found, length);
    free(found);
    return text ? coaio__give_string(context, text, length) : -ENOMEM;
}

#ifdef O_PATH

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* ---- without /proc --------------------------------------------------------------------------- */

/* Put "/name" before what was found so far. */
static int64_t prepend(struct coaio__context *context, const char *name)
{
    struct coaio__result *result = context->result;
    size_t length = strlen(name) + 1, have = result->size;
    char *text = coaio__realloc(context->mem, result->memory, have + length + 1);

    if (!text)
        return -ENOMEM;
    memmove(text + length, text, have);
    text[0] = '/';
    memcpy(text + 1, name, length - 1);
    (void)coaio__give_string(context, text, have + length);
    return 0;
}

/* The name of a directory in the one above. */
static int64_t find_name(const coaio_listing *listing, int above, const struct stat *directory,
                         struct coaio__context *context)
{
    for (uint64_t i = 0; i < listing->count; i++) {
        const coaio_dirent *entry = &listing->entry[i];
        struct stat st;

        if (entry->type != DT_DIR && entry->type != DT_UNKNOWN)
            continue;
        if (fstatat(above, entry->name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0
            && is_same(&st, directory))
            return prepend(context, entry->name);
    }
    return -ENOENT;
}

static int64_t look_for(int above, const struct stat *directory, struct coaio__context *context)
{
    struct coaio__result listed = {.value = 0, .memory = NULL, .size = 0};
    struct coaio__context reading = {
        .mem = context->mem, .result = &listed, .cancelled = context->cancelled};
    int64_t rc = coaio__list_directory(above, &reading, COAIO_READDIR_DENTS);

    if (rc < 0)
        return rc;
    rc = find_name(listed.memory, above, directory, context);
    coaio__free(context->mem, listed.memory);
    return rc;
}

/* 1: it is the one that is its own parent. */
static int64_t climb(int fd, int above, struct coaio__context *context)
{
    struct stat here, there;

    if (fstat(fd, &here) < 0 || fstat(above, &there) < 0)
        return -errno;
    return is_same(&here, &there) ? 1 : look_for(above, &here, context);
}

/* Before what was found go the names of the directory and of all above it. */
static int64_t climb_all(int directory, struct coaio__context *context)
{
    int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    int64_t rc = fd < 0 ? -errno : 0;

    while (rc == 0) {
        int above = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        rc = above < 0 ? -errno : climb(fd, above, context);
        close(fd);
        fd = above;
    }
    if (fd >= 0)
        close(fd);
    if (rc == 1 && !context->result->memory)
        rc = prepend(context, "");
    return rc < 0 ? rc : 0;
}

/* The path that a link at the end of `path` leads to; owned by the caller, NULL without memory. */
static char *joined(struct coaio__mem *mem, const char *path, size_t directory, const char *text)
{
    size_t keep = text[0] == '/' ? 0 : directory, length = strlen(text) + 1;
    char *whole = coaio__alloc(mem, keep + length);

    if (!whole)
        return NULL;
    memcpy(whole, path, keep);
    memcpy(whole + keep, text, length);
    return whole;
}

/* Replace `*path` by what the link at its end says. -EINVAL: there is none. */
static int64_t follow(const coaio_wd *wd, char **path, struct coaio__context *context)
{
    struct coaio__result read = {.value = 0, .memory = NULL, .size = 0};
    struct coaio__context reading = {
        .mem = context->mem, .result = &read, .cancelled = context->cancelled};
    struct coaio__place place;
    int64_t rc = coaio__place_hold(&place, wd, *path);
    char *next;

    if (rc < 0)
        return rc;
    rc = coaio__read_link(place.fd, place.name, &reading);
    coaio__place_leave(&place);
    if (rc < 0)
        return rc;
    next = joined(context->mem, *path, (size_t)(place.name - *path), read.memory);
    coaio__free(context->mem, read.memory);
    coaio__free(context->mem, *path);
    *path = next;
    return next ? 0 : -ENOMEM;
}

/* The last component of a path without a link at its end, and then its directory's name. */
static int64_t name_file(const coaio_wd *wd, const char *path, struct coaio__context *context)
{
    struct coaio__place place;
    int64_t rc = coaio__place_hold(&place, wd, path);

    if (rc < 0)
        return rc;
    rc = prepend(context, place.name);
    if (rc == 0)
        rc = climb_all(place.fd, context);
    coaio__place_leave(&place);
    return rc;
}

static int64_t search_file(const coaio_wd *wd, const char *path, struct coaio__context *context)
{
    char *last = joined(context->mem, "", 0, path);
    int64_t rc = last ? 0 : -ENOMEM;

    for (int links = 0; rc == 0; links++)
        rc = links < LINKS_MAX ? follow(wd, &last, context) : -ELOOP;
    if (rc == -EINVAL)
        rc = name_file(wd, last, context);
    coaio__free(context->mem, last);
    return rc;
}

/* ---- below a working directory --------------------------------------------------------------- */

static int64_t find_path(const coaio_wd *wd, const char *path, int fd, const struct stat *file,
                         struct coaio__context *context)
{
    char name[PROC_NAME_SIZE];
    int64_t rc;

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    rc = coaio__read_link(AT_FDCWD, name, context);
    if (rc != -ENOENT && rc != -ENOTDIR)
        return rc;
    return S_ISDIR(file->st_mode) ? climb_all(fd, context) : search_file(wd, path, context);
}

/* Whether the path that was found leads to that file. */
static int64_t check_path(const struct stat *file, struct coaio__context *context)
{
    const char *path = context->result->memory;
    struct stat st;

    if (path[0] != '/')
        return -ENOENT;
    if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
        return -errno;
    return is_same(&st, file) ? (int64_t)context->result->size : -ENOENT;
}

static int64_t real_path_at(const coaio_wd *wd, const char *path, struct coaio__context *context)
{
    struct stat file;
    int fd = coaio__open_in(wd, path, O_PATH, 0);
    int64_t rc;

    if (fd < 0)
        return fd;
    rc = coaio__value(fstat(fd, &file));
    if (rc == 0)
        rc = find_path(wd, path, fd, &file, context);
    if (rc >= 0)
        rc = check_path(&file, context);
    if (rc < 0)
        coaio__result_drop(context->mem, context->result);
    close(fd);
    return rc;
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
