/*
 * What hangs: requests that have been executing for longer than COAIO_STUCK_AFTER, wherever they
 * are.
 */
#include "core/stuck.h"

#include <errno.h>
#include <string.h>

struct listing {
    char *out;
    uint32_t size, max; /* bytes of an entry, entries */
    uint32_t where;     /* the executor that is looked at */
    int64_t count, after_ns;
    uint64_t now;
};

static void add(void *data, const struct coaio_req *req, uint64_t since)
{
    struct listing *listing = data;
    if (listing->now < since + (uint64_t)listing->after_ns) /* it may have begun after `now` */
        return;
    if (listing->count++ >= listing->max)
        return;
    coaio_stuck_info info = {
        .for_ns = (int64_t)(listing->now - since),
        .op = req->op->info.code,
        .fd = req->args.path ? -1 : req->args.fd,
        .where = listing->where,
        .cancelled = atomic_load(&req->cancelled),
    };
    if (req->args.path)
        strncpy(info.path, req->args.path, sizeof info.path - 1);
    memset(listing->out, 0, listing->size);
    memcpy(listing->out, &info, sizeof info);
    listing->out += listing->size;
}

static void add_all(struct listing *listing, struct coaio__executor *executor, uint32_t where)
{
    listing->where = where;
    if (executor)
        executor->class->show(executor, add, listing);
}

int64_t coaio__nstuck(const coaio_engine *engine)
{
    struct listing listing = {.after_ns = engine->limit[COAIO_STUCK_AFTER], .now = coaio__now()};
    add_all(&listing, engine->parts.executor[COAIO__ROUTE_ORDINARY], COAIO_ON_ORDINARY);
    add_all(&listing, engine->parts.executor[COAIO__ROUTE_RING], COAIO_ON_RING);
    return listing.count;
}

int64_t coaio_stuck(coaio_engine *engine, coaio_stuck_info *out, uint32_t size, uint32_t max)
{
    struct listing listing = {
        .out = (char *)out, .size = size, .max = out ? max : 0, .now = coaio__now()};
    if (!coaio__owned(engine))
        return -EPERM;
    if (size < sizeof *out)
        return -EINVAL;
    listing.after_ns = engine->limit[COAIO_STUCK_AFTER];
    add_all(&listing, engine->parts.executor[COAIO__ROUTE_ORDINARY], COAIO_ON_ORDINARY);
    add_all(&listing, engine->parts.executor[COAIO__ROUTE_RING], COAIO_ON_RING);
    add_all(&listing, engine->parts.executor[COAIO__ROUTE_SLOW], COAIO_ON_SLOW);
    add_all(&listing, engine->parts.executor[COAIO__ROUTE_POLLER], COAIO_ON_POLLER);
    return listing.count;
}
