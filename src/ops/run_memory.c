/*
 * Requests about the caller's memory: msync, mtouch, mlock, mlockall.
 *
 * The system wants ranges that begin with a page; what the caller names is widened to that.
 * Touching is left to madvise(2) where it can populate: it answers an error where a page cannot be
 * had, instead of a signal.
 */
#include "ops/control.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ops/run.h"

enum { MODIFY = 1 /* MT_MODIFY of IO::AIO */ };

struct pages {
    char *start;
    uint64_t length;
};

static uint64_t page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

static struct pages pages_of(const struct coaio__args *args)
{
    uint64_t before = (uintptr_t)args->memory & (page_size() - 1);

    return (struct pages){.start = (char *)args->memory - before, .length = args->length + before};
}

int64_t coaio__run_msync(struct coaio__args *args, struct coaio__context *context)
{
    struct pages pages = pages_of(args);

    (void)context;
    return coaio__value(
        msync(pages.start, (size_t)pages.length, args->flags ? (int)args->flags : MS_SYNC));
}

int64_t coaio__run_mlock(struct coaio__args *args, struct coaio__context *context)
{
    struct pages pages = pages_of(args);

    (void)context;
    return coaio__value(mlock(pages.start, (size_t)pages.length));
}

int64_t coaio__run_mlockall(struct coaio__args *args, struct coaio__context *context)
{
    (void)context;
    return coaio__value(mlockall((int)args->flags));
}

static int64_t populate(const struct pages *pages, bool modify)
{
#if defined(MADV_POPULATE_READ) && defined(MADV_POPULATE_WRITE)
    int advice = modify ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
#elif defined(__linux__)
    int advice = modify ? 23 : 22; /* of Linux 5.14; the C library's headers may be older */
#else
    (void)pages, (void)modify;
    return -EINVAL;
#endif
#ifdef __linux__
    return coaio__value(madvise(pages->start, (size_t)pages->length, advice));
#endif
}

/* EINVAL may also be about the pages: that they are not writable, which touching would find out by
   a signal. */
static bool knows_populate(const struct pages *pages, bool modify)
{
    struct pages none = {pages->start, 0};
    return populate(&none, modify) == 0;
}

/* Adding nothing, in one step, so that what another thread writes at the same time is not lost. */
static void touch(const struct pages *pages, bool modify)
{
    for (uint64_t i = 0; i < pages->length; i += page_size()) {
        _Atomic char *byte = (_Atomic char *)(void *)(pages->start + i);

        if (modify)
            *byte += 0;
        else
            (void)*(volatile char *)byte;
    }
}

int64_t coaio__run_mtouch(struct coaio__args *args, struct coaio__context *context)
{
    struct pages left = pages_of(args);
    bool modify = args->flags & MODIFY, by_hand = false;

    if (args->flags & ~(uint32_t)MODIFY)
        return -EINVAL;
    while (args->length > 0 && left.length > 0) {
        struct pages step = {left.start,
                             left.length < COAIO__COPY_STEP ? left.length : COAIO__COPY_STEP};
        int64_t rc = by_hand ? 0 : populate(&step, modify);

        if (coaio__cancelled(context))
            return -ECANCELED;
        by_hand |= rc == -EINVAL && !knows_populate(&step, modify);
        if (by_hand)
            touch(&step, modify);
        else if (rc < 0)
            return rc;
        left.start += step.length;
        left.length -= step.length;
    }
    return 0;
}
