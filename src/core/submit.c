/*
 * Making requests.
 */
#include <errno.h>
#include <string.h>

#include "core/attention.h"
#include "core/life.h"
#include "core/members.h"
#include "core/place.h"

void coaio_next(coaio_engine *engine, int priority, int64_t timeout_ns, uint32_t flags)
{
    if (!coaio__owned(engine))
        return;
    engine->next.priority = coaio__clamp_priority(priority);
    engine->next.timeout_ns = timeout_ns;
    engine->next.flags = flags;
}

/* Only what has bytes to write can have them copied; more than memory can be are left to the
   system, which refuses them. 0 or -ENOMEM. */
static int copy_bytes(coaio_engine *engine, struct coaio_req *req)
{
    if (!(req->flags & COAIO_COPY_BYTES))
        return 0;
    req->flags &= (uint8_t)~COAIO_COPY_BYTES;
    if (req->op->info.code != COAIO_WRITE || !req->args.memory || req->args.length > PTRDIFF_MAX)
        return 0;
    size_t length = (size_t)req->args.length;
    void *copy = coaio__alloc(&engine->mem, length ? length : 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, req->args.memory, length);
    req->args.memory = copy;
    req->flags |= COAIO_COPY_BYTES;
    return 0;
}

/* The end of a read into memory that is made for it is wherever it is; any other transfer also ends
   with its length. */
static void set_ending(struct coaio_req *req)
{
    if (!(req->flags & COAIO_TO_END) || !req->op->goes_on)
        return;
    req->args.ending = COAIO__END_UNKNOWN;
    if (req->op->memory && !req->args.memory)
        req->args.length = UINT64_MAX;
}

/* Queue it, complete it at once, or leave it to its timer. */
static void start(coaio_engine *engine, struct coaio_req *req)
{
    if (req->op->lane == COAIO__LANE_NONE) {
        req->state = COAIO__PARKED;
        if (req->op->info.code == COAIO_GROUP)
            coaio__group_start(engine, req);
        return;
    }
    bool few = coaio__crowd_of(&engine->queues, &engine->load).few
               && !engine->orphans.count; /* for which a close has to wait */
    if (engine->turn.inline_left >= req->op->cost && coaio__try_inline(engine, req, few)) {
        engine->turn.inline_left -= req->op->cost;
        return;
    }
    coaio__enqueue(engine, req);
}

/* The request takes what coaio_next has set, which is for no other. Its timeout. */
static int64_t take_next(coaio_engine *engine, struct coaio_req *req)
{
    int64_t timeout_ns = engine->next.timeout_ns;
    if (req) {
        req->priority = engine->next.priority;
        req->flags = (uint8_t)engine->next.flags;
    }
    engine->next.timeout_ns = -1;
    engine->next.flags = 0;
    engine->next.priority = 0;
    return timeout_ns;
}

static int take_args(coaio_engine *engine, struct coaio_req *req, const struct coaio__op *row,
                     const coaio_arg *args, uint32_t n)
{
    int error = -EINVAL;
    if (row && (args || !n))
        error = coaio__args_copy(&engine->mem, &req->args, row, args, n);
    if (error)
        req->flags &= (uint8_t)~COAIO_COPY_BYTES; /* nothing was kept */
    else
        error = copy_bytes(engine, req);
    set_ending(req);
    return error;
}

/* Deadline and group come last: nothing else frees what these make. */
static int arrange(coaio_engine *engine, struct coaio_req *req, int64_t timeout_ns)
{
    uint32_t code = req->op->info.code;
    if (code == COAIO_SLEEP)
        req->args.end = coaio__after_ns(coaio__now(), (int64_t)(req->args.seconds * 1e9));
    int error = 0;
    if (timeout_ns >= 0 || code == COAIO_SLEEP)
        error = coaio__set_deadline(engine, req, timeout_ns);
    return !error && code == COAIO_GROUP ? coaio__group_init(engine, req) : error;
}

coaio_req *coaio_submit(coaio_engine *engine, int op, const coaio_arg *args, uint32_t n,
                        coaio_cb cb, void *data)
{
    if (!coaio__owned(engine))
        return NULL;
    struct coaio_req *req = coaio__req_new(engine);
    int64_t timeout_ns = take_next(engine, req);
    if (!req)
        return NULL;
    const struct coaio__op *row = coaio__op_of(op);
    req->op = row ? row : coaio__op_of(COAIO_NOP);
    req->cb = cb;
    req->data = data;
    int error = take_args(engine, req, row, args, n);
    if (!error)
        error = arrange(engine, req, timeout_ns);
    if (error == -ENOMEM) {
        coaio__timers_remove(&engine->timers, req);
        coaio__req_unref(engine, req);
        return NULL;
    }
    coaio__count_in(engine);
    if (error) {
        req->work.value = error;
        coaio__finish(engine, req);
    } else {
        start(engine, req);
        coaio__set_alarm(engine);
    }
    return req;
}
