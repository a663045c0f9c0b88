/*
 * Making working directories.
 *
 * O_PATH, so that a directory which may be searched but not read will do.
 */
#include "ops/run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ops/resolve.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

/* Within a confined directory there are only confined ones. */
int64_t coaio__run_wd(struct coaio__args *args, struct coaio__context *context)
{
    bool beneath = args->flags & COAIO_WD_BENEATH || coaio__confined(args->wd);
    if (args->flags & ~(uint32_t)COAIO_WD_BENEATH)
        return -EINVAL;
    int fd = coaio__open_in(args->wd, args->path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    int64_t rc = beneath ? coaio__can_confine(fd) : 0;
    if (rc == 0) {
        context->result->memory = coaio__wd_new(context->mem, fd, beneath);
        rc = context->result->memory ? 0 : -ENOMEM;
    }
    if (rc < 0)
        close(fd);
    return rc;
}
