/*
 * readdir: a directory as one block of memory.
 *
 * First the directory is read whole, as records in the system's own form, one behind the other in a
 * buffer that doubles. Then, with number and size of the names known, everything is laid out in one
 * block: the listing, its entries, the names. The third step sorts, if it was asked for.
 *
 * Names are bytes. Where a file system does not tell the types of its entries, DIRS_FIRST guesses
 * from the names, as IO::AIO's manual describes it: dot files, then names without a dot, short ones
 * first.
 */
#include "ops/composite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/resolve.h"
#include "ops/run.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

/* As Linux lays it out. Records are 8 bytes aligned. */
struct record {
    uint64_t ino;
    int64_t next;
    uint16_t size; /* of the record */
    unsigned char type;
    char name[];
};

struct records {
    char *bytes;
    size_t used, size;
};

/* Room for at least one more read of the directory. */
static int make_room(struct coaio__mem *mem, struct records *records)
{
    size_t size = records->size ? records->size * 2 : COAIO__RECORDS_ROOM;
    char *bytes;

    if (records->size - records->used >= COAIO__RECORDS_LOW)
        return 0;
    bytes = coaio__realloc(mem, records->bytes, size);
    if (!bytes)
        return -ENOMEM;
    records->bytes = bytes;
    records->size = size;
    return 0;
}

#ifdef SYS_getdents64

/* A directory that was removed is empty, as readdir(3) has it. */
static int64_t read_some(int fd, struct records *records)
{
    char *to = records->bytes + records->used;
    int64_t n = coaio__value(syscall(SYS_getdents64, fd, to, records->size - records->used));

    return n == -ENOENT ? 0 : n;
}

static int64_t read_records(int fd, struct coaio__context *context, struct records *records)
{
    int64_t n = 1;

    while (n > 0) {
        n = coaio__cancelled(context) ? -ECANCELED : make_room(context->mem, records);
        if (n == 0)
            n = read_some(fd, records);
        if (n > 0)
            records->used += (size_t)n;
    }
    return n;
}

#else

static void append(struct records *records, const struct dirent *entry)
{
    struct record *record = (struct record *)(void *)(records->bytes + records->used);
    size_t length = strlen(entry->d_name);

    record->ino = entry->d_ino;
    record->size = (uint16_t)((offsetof(struct record, name) + length + 8) & ~(size_t)7);
    record->type = DT_UNKNOWN;
#ifdef _DIRENT_HAVE_D_TYPE
    record->type = entry->d_type;
#endif
    memcpy(record->name, entry->d_name, length + 1);
    records->used += record->size;
}

static int64_t read_stream(DIR *dir, struct coaio__context *context, struct records *records)
{
    for (;;) {
        struct dirent *entry;
        int rc = coaio__cancelled(context) ? -ECANCELED : make_room(context->mem, records);

        if (rc < 0)
            return rc;
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return -errno;
        append(records, entry);
    }
}

/* A stream closes its descriptor, and this one is the caller's. */
static int64_t read_records(int fd, struct coaio__context *context, struct records *records)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    int64_t rc = dir ? 0 : -errno;

    if (dir) {
        rc = read_stream(dir, context, records);
        closedir(dir);
    } else if (copy >= 0) {
        close(copy);
    }
    return rc;
}

#endif

static const struct record *record_at(const struct records *records, size_t position)
{
    return (const struct record *)(const void *)(records->bytes + position);
}

static bool is_self_or_parent(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static size_t block_size(const struct records *records, uint64_t *count)
{
    size_t size = sizeof(coaio_listing);

    *count = 0;
    for (size_t i = 0; i < records->used; i += record_at(records, i)->size) {
        const char *name = record_at(records, i)->name;

        if (is_self_or_parent(name))
            continue;
        size += sizeof(coaio_dirent) + strlen(name) + 1;
        ++*count;
    }
    return size;
}

static void fill(coaio_listing *listing, const struct records *records)
{
    coaio_dirent *entry = listing->entry;
    char *names = (char *)(entry + listing->count);

    for (size_t i = 0; i < records->used; i += record_at(records, i)->size) {
        const struct record *record = record_at(records, i);
        size_t length = strlen(record->name);

        if (is_self_or_parent(record->name))
            continue;
        if (record->type == DT_UNKNOWN)
            listing->flags |= COAIO_READDIR_FOUND_UNKNOWN;
        *entry++ = (coaio_dirent){
            .name = names, .ino = record->ino, .length = (uint32_t)length, .type = record->type};
        memcpy(names, record->name, length + 1);
        names += length + 1;
    }
}

static int by_inode(const void *a, const void *b)
{
    const coaio_dirent *x = a, *y = b;

    return (x->ino > y->ino) - (x->ino < y->ino);
}

/* How unlikely a directory it is. */
static int rank(const coaio_dirent *entry)
{
    enum {
        DIRECTORY = 0,
        HIDDEN = 1,
        WITHOUT_DOT = 2,
        WITH_DOT = 1 << 16,
        NO_DIRECTORY = WITH_DOT + 1
    };

    if (entry->type != DT_UNKNOWN)
        return entry->type == DT_DIR ? DIRECTORY : NO_DIRECTORY;
    if (entry->name[0] == '.')
        return HIDDEN;
    return memchr(entry->name, '.', entry->length) ? WITH_DOT : WITHOUT_DOT + (int)entry->length;
}

static int by_rank(const void *a, const void *b)
{
    int x = rank(a), y = rank(b);

    return x == y ? by_inode(a, b) : (x > y) - (x < y);
}

void coaio__sort_listing(coaio_listing *listing)
{
    if (listing->count < 2)
        return;
    if (listing->flags & COAIO_READDIR_DIRS_FIRST)
        qsort(listing->entry, (size_t)listing->count, sizeof *listing->entry, by_rank);
    else if (listing->flags & COAIO_READDIR_STAT_ORDER)
        qsort(listing->entry, (size_t)listing->count, sizeof *listing->entry, by_inode);
}

static int64_t list(struct coaio__context *context, const struct records *records, uint32_t flags)
{
    uint64_t count;
    size_t size = block_size(records, &count);
    coaio_listing *listing = coaio__alloc(context->mem, size);

    if (!listing)
        return -ENOMEM;
    *listing =
        (coaio_listing){.count = count, .flags = flags, .entry = (coaio_dirent *)(listing + 1)};
    fill(listing, records);
    coaio__sort_listing(listing);
    context->result->memory = listing;
    context->result->size = size;
    return (int64_t)count;
}

int64_t coaio__list_directory(int fd, struct coaio__context *context, uint32_t flags)
{
    const uint32_t known =
        COAIO_READDIR_DENTS | COAIO_READDIR_DIRS_FIRST | COAIO_READDIR_STAT_ORDER;
    struct records records = {.bytes = NULL, .used = 0, .size = 0};
    int64_t rc = read_records(fd, context, &records);

    if (rc == 0)
        rc = list(context, &records, flags & known);
    coaio__free(context->mem, records.bytes);
    return rc;
}

int64_t coaio__run_readdir(struct coaio__args *args, struct coaio__context *context)
{
    int fd = coaio__open_in(args->wd, args->path, O_RDONLY | O_DIRECTORY, 0);
    int64_t rc;

    if (fd < 0)
        return fd;
    rc = coaio__list_directory(fd, context, args->flags);
    close(fd);
    return rc;
}
