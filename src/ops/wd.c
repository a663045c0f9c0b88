/*
 * Working directories. See wd.h.
 */
#include "ops/wd.h"

#include <fcntl.h>
#include <unistd.h>

coaio_wd *coaio__wd_new(struct coaio__mem *mem, int fd, bool beneath)
{
    coaio_wd *wd = coaio__alloc(mem, sizeof *wd);
    if (!wd)
        return NULL;
    wd->fd = fd;
    atomic_init(&wd->refs, 1);
    wd->beneath = beneath;
    return wd;
}

void coaio__wd_ref(coaio_wd *wd)
{
    if (wd)
        atomic_fetch_add(&wd->refs, 1);
}

void coaio__wd_unref(struct coaio__mem *mem, coaio_wd *wd)
{
    if (!wd || atomic_fetch_sub(&wd->refs, 1) > 1)
        return;
    close(wd->fd);
    coaio__free(mem, wd);
}

int coaio__dirfd(const coaio_wd *wd)
{
    return wd ? wd->fd : AT_FDCWD;
}
