/*
 * Working directories. See wd.h.
 *
 * O_PATH, so that a directory which may be searched but not read will do.
 */
#include "ops/wd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ops/resolve.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

void coaio__wd_unref(struct coaio__mem *mem, coaio_wd *wd)
{
    if (!wd || atomic_fetch_sub(&wd->refs, 1) > 1)
        return;
    close(wd->fd);
    coaio__free(mem, wd);
}

static int64_t give(struct coaio__context *context, int fd, bool beneath)
{
    coaio_wd *wd = coaio__alloc(context->mem, sizeof *wd);

    if (!wd)
        return -ENOMEM;
    wd->fd = fd;
    atomic_init(&wd->refs, 1);
    wd->beneath = beneath;
    context->result->memory = wd;
    return 0;
}

/* Within a confined directory there are only confined ones. */
int64_t coaio__run_wd(struct coaio__args *args, struct coaio__context *context)
{
    bool    beneath = args->flags & COAIO_WD_BENEATH || coaio__confined(args->wd);
    int64_t rc;
    int     fd;

    if (args->flags & ~(uint32_t)COAIO_WD_BENEATH)
        return -EINVAL;
    fd = coaio__open_in(args->wd, args->path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    rc = beneath ? coaio__can_confine(fd) : 0;
    if (rc == 0)
        rc = give(context, fd, beneath);
    if (rc < 0)
        close(fd);
    return rc;
}
