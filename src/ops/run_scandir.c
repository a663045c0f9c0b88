/*
 * scandir: the names of a directory, directories apart from everything else.
 *
 * Most file systems tell the types of entries while they list them; then no entry is looked at.
 * Otherwise entries are looked at one by one, likely directories first (run_dir.c ranks them), and
 * only until all subdirectories are found: on the file systems that count a directory's links in
 * the traditional way, there are two fewer of them than links. The count is believed only when the
 * directory did not change while it was read, which its times tell unless they are of this very
 * moment.
 */
#include "ops/composite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ops/resolve.h"
#include "ops/run.h"

#ifdef __linux__
#include <sys/vfs.h>
#endif

enum { SETTLED_AFTER = 2 /* seconds: the coarsest clock of a file system */ };

static const uint64_t any_number = UINT64_MAX;

/* Whether the links of a directory are "." and its name and one ".." per subdirectory. */
static bool counts_links(int fd)
{
#ifdef __linux__
    enum { EXT = 0xef53, XFS = 0x58465342, TMPFS = 0x01021994, JFS = 0x3153464a, UFS = 0x00011954 };
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return false;
    return fs.f_type == EXT || fs.f_type == XFS || fs.f_type == TMPFS || fs.f_type == JFS
           || fs.f_type == UFS;
#else
    (void)fd;
    return true;
#endif
}

static bool unchanged(const struct stat *before, const struct stat *after)
{
    return before->st_mtime == after->st_mtime && before->st_size == after->st_size
           && before->st_nlink == after->st_nlink && after->st_mtime < time(NULL) - SETTLED_AFTER;
}

/* How many subdirectories there are, as far as it can be known. */
static uint64_t subdirectories(int fd, const struct stat *before)
{
    struct stat after;

    if (before->st_nlink < 2 || fstat(fd, &after) < 0 || !unchanged(before, &after)
        || !counts_links(fd))
        return any_number;
    return (uint64_t)before->st_nlink - 2;
}

/* An entry that is left unknown cannot be entered: it has gone, or it is no directory. */
static int64_t find_types(int fd, coaio_listing *listing, uint64_t directories,
                          struct coaio__context *context)
{
    coaio_dirent *end = listing->entry + listing->count;
    struct stat st;

    listing->flags |= COAIO_READDIR_DIRS_FIRST;
    coaio__sort_listing(listing);
    for (coaio_dirent *entry = listing->entry; entry < end && directories > 0; entry++) {
        if (coaio__cancelled(context))
            return -ECANCELED;
        if (entry->type == DT_UNKNOWN && fstatat(fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            entry->type = IFTODT(st.st_mode);
        if (entry->type == DT_DIR && directories != any_number)
            directories--;
    }
    return 0;
}

static coaio_dirent *append(coaio_listing *list, const coaio_dirent *entry, char *name)
{
    coaio_dirent *to = &list->entry[list->count++];

    *to = *entry;
    to->name = name;
    memcpy(name, entry->name, (size_t)entry->length + 1);
    return to;
}

static void count(const coaio_listing *listing, uint64_t *directories, size_t *text)
{
    *directories = *text = 0;
    for (uint64_t i = 0; i < listing->count; i++) {
        *directories += listing->entry[i].type == DT_DIR;
        *text += (size_t)listing->entry[i].length + 1;
    }
}

/* Everything in one block: the two lists, their entries, the names. */
static int64_t split(const coaio_listing *listing, struct coaio__context *context)
{
    uint64_t directories;
    size_t size;
    struct coaio_lists *lists;
    char *names;

    count(listing, &directories, &size);
    size += sizeof *lists + (size_t)listing->count * sizeof(coaio_dirent);
    lists = coaio__alloc(context->mem, size);
    if (!lists)
        return -ENOMEM;
    memset(lists, 0, sizeof *lists);
    lists->dirs.entry = (coaio_dirent *)(lists + 1);
    lists->nondirs.entry = lists->dirs.entry + directories;
    names = (char *)(lists->dirs.entry + listing->count);
    for (uint64_t i = 0; i < listing->count; i++) {
        const coaio_dirent *entry = &listing->entry[i];

        names +=
            append(entry->type == DT_DIR ? &lists->dirs : &lists->nondirs, entry, names)->length
            + 1;
    }
    context->result->memory = lists;
    context->result->size = size;
    return (int64_t)listing->count;
}

static int64_t scan(int fd, struct coaio__context *context)
{
    struct coaio__result listed = {.value = 0, .memory = NULL, .size = 0};
    struct coaio__context reading = {
        .mem = context->mem, .result = &listed, .cancelled = context->cancelled};
    coaio_listing *listing;
    struct stat before;
    int64_t rc = coaio__value(fstat(fd, &before));

    if (rc == 0)
        rc = coaio__list_directory(fd, &reading, COAIO_READDIR_DENTS);
    if (rc < 0)
        return rc;
    listing = listed.memory;
    rc = 0;
    if (listing->flags & COAIO_READDIR_FOUND_UNKNOWN)
        rc = find_types(fd, listing, subdirectories(fd, &before), context);
    if (rc == 0)
        rc = split(listing, context);
    coaio__free(context->mem, listing);
    return rc;
}

/* maxreq bounds what runs at the same time, and here it is one. */
int64_t coaio__run_scandir(struct coaio__args *args, struct coaio__context *context)
{
    int fd = coaio__open_in(args->wd, args->path, O_RDONLY | O_DIRECTORY, 0);
    int64_t rc = fd;

    if (fd >= 0) {
        rc = scan(fd, context);
        close(fd);
    }
    return rc < 0 ? coaio__failed(context, args->path, rc) : rc;
}
