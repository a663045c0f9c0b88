/*
 * fcntl, ioctl, flock and fiemap.
 *
 * An argument in memory was copied in (args.c), with room for what the kernel may write; it is
 * handed back as the result's memory. The extents of a file are asked for in pieces until the last
 * one: of files with many extents the kernel does not return all at once.
 */
#include "ops/control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/narrow.h"
#include "ops/run.h"

#ifdef __linux__
#include <linux/fiemap.h>
#include <linux/fs.h>
#endif

/* After a failure it stays with the arguments, for another attempt. */
static int64_t hand_back(struct coaio__args *args, struct coaio__context *context, int64_t value)
{
    if (value < 0 || !args->block)
        return value;
    context->result->memory = args->block;
    context->result->size = (size_t)args->length;
    args->block = NULL;
    return value;
}

/* A descriptor that is made here is close-on-exec, and known to be one in case nobody takes it. */
static int64_t duplicate(struct coaio__args *args, struct coaio__context *context)
{
    int64_t fd = -EINVAL;

    if (coaio__is_int(args->argument))
        fd = coaio__value(fcntl(args->fd, F_DUPFD_CLOEXEC, (int)args->argument));

    if (fd >= 0)
        context->result->size = COAIO__OWNS_FD;
    return fd;
}

/* F_GETOWN has negative numbers for process groups, which a result cannot be. */
static int64_t number_of(int returned)
{
    return returned < 0 ? (errno ? -errno : -ERANGE) : returned;
}

int64_t coaio__run_fcntl(struct coaio__args *args, struct coaio__context *context)
{
    int command = (int)args->command;

    if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && !args->block)
        return duplicate(args, context);
    if (args->block)
        return hand_back(args, context, coaio__value(fcntl(args->fd, command, args->block)));
    if (!coaio__is_word(args->argument))
        return -EINVAL;
    errno = 0;
    return number_of(fcntl(args->fd, command, (long)args->argument));
}

int64_t coaio__run_ioctl(struct coaio__args *args, struct coaio__context *context)
{
    unsigned long request = args->command;

    if (args->block)
        return hand_back(args, context, coaio__value(ioctl(args->fd, request, args->block)));
    if (!coaio__is_word(args->argument))
        return -EINVAL;
    return coaio__value(ioctl(args->fd, request, (long)args->argument));
}

/* Linux says 0 to LOCK_MAND, which it has given up, and locks nothing. */
int64_t coaio__run_flock(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    if (args->command & ~(uint32_t)(LOCK_SH | LOCK_EX | LOCK_UN | LOCK_NB))
        return -EINVAL;
    return coaio__value(flock(args->fd, (int)args->command));
}

bool coaio__flock_waits(const struct coaio__args *args)
{
    return !(args->command & (LOCK_NB | LOCK_UN));
}

bool coaio__fcntl_waits(const struct coaio__args *args)
{
#ifdef F_OFD_SETLKW
    if (args->command == F_OFD_SETLKW)
        return true;
#endif
    return args->command == F_SETLKW;
}

#ifdef FS_IOC_FIEMAP

struct extents {
    struct coaio_extent *extent;
    uint64_t count, room;
};

static int make_room(struct coaio__mem *mem, struct extents *extents)
{
    uint64_t room = extents->room ? extents->room * 2 : COAIO__EXTENTS_ROOM;
    struct coaio_extent *extent;

    if (extents->room - extents->count >= COAIO__EXTENTS_ROOM)
        return 0;
    extent = room > SIZE_MAX / sizeof *extent
                 ? NULL
                 : coaio__realloc(mem, extents->extent, (size_t)room * sizeof *extent);
    if (!extent)
        return -ENOMEM;
    extents->extent = extent;
    extents->room = room;
    return 0;
}

/* Move `map` to behind the extents that it holds. False: that was the last one. */
static bool take(struct extents *extents, struct fiemap *map, uint64_t end)
{
    const struct fiemap_extent *from = NULL;

    for (uint32_t i = 0; i < map->fm_mapped_extents; i++) {
        from = &map->fm_extents[i];
        extents->extent[extents->count++] = (struct coaio_extent){.logical = from->fe_logical,
                                                                  .physical = from->fe_physical,
                                                                  .length = from->fe_length,
                                                                  .flags = from->fe_flags};
    }
    if (!from || from->fe_flags & FIEMAP_EXTENT_LAST || from->fe_length == 0
        || from->fe_logical + from->fe_length >= end
        || from->fe_logical + from->fe_length <= map->fm_start)
        return false;
    map->fm_start = from->fe_logical + from->fe_length;
    map->fm_length = end - map->fm_start;
    return true;
}

/* As many of the extents as were asked for. `map` has room for COAIO__EXTENTS_ROOM. */
static int64_t collect(struct coaio__args *args, struct coaio__context *context, struct fiemap *map,
                       struct extents *extents)
{
    uint64_t end = map->fm_start + map->fm_length;
    int64_t rc = 0;
    bool more = true;

    while (rc == 0 && more && extents->count < args->count) {
        uint64_t left = args->count - extents->count;

        rc = coaio__cancelled(context) ? -ECANCELED : make_room(context->mem, extents);
        map->fm_flags = args->flags;
        map->fm_extent_count = left < COAIO__EXTENTS_ROOM ? (uint32_t)left : COAIO__EXTENTS_ROOM;
        if (rc == 0)
            rc = coaio__value(ioctl(args->fd, FS_IOC_FIEMAP, map));
        if (rc == 0)
            more = take(extents, map, end);
    }
    return rc;
}

static int64_t list_extents(struct coaio__args *args, struct coaio__context *context,
                            const struct fiemap *range)
{
    struct extents extents = {.extent = NULL, .count = 0, .room = 0};
    struct fiemap *map = coaio__alloc(
        context->mem, sizeof *map + COAIO__EXTENTS_ROOM * sizeof(struct fiemap_extent));
    int64_t rc = -ENOMEM;

    if (map) {
        *map = *range;
        rc = collect(args, context, map, &extents);
    }
    coaio__free(context->mem, map);
    if (rc < 0) {
        coaio__free(context->mem, extents.extent);
        return rc;
    }
    context->result->memory = extents.extent;
    context->result->size = (size_t)extents.count * sizeof *extents.extent;
    return (int64_t)extents.count;
}

int64_t coaio__run_fiemap(struct coaio__args *args, struct coaio__context *context)
{
    uint64_t start = (uint64_t)args->offset, most = FIEMAP_MAX_OFFSET - start;
    bool all = args->length == 0 || args->length > most;
    struct fiemap range = {
        .fm_start = start, .fm_length = all ? most : args->length, .fm_flags = args->flags};
    int64_t rc;

    if (args->count > 0)
        return list_extents(args, context, &range);
    rc = coaio__value(ioctl(args->fd, FS_IOC_FIEMAP, &range));
    return rc < 0 ? rc : (int64_t)range.fm_mapped_extents;
}

#else

int64_t coaio__run_fiemap(struct coaio__args *args, struct coaio__context *context)
{
    (void)args, (void)context;
    return -ENOSYS;
}

#endif
