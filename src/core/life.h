/*
 * A request's life, but for what happens to it in an executor (held.h): made, ready, done,
 * delivered, freed.
 */
#ifndef COAIO_CORE_LIFE_H
#define COAIO_CORE_LIFE_H

#include "core/core.h"

/* A request with one reference, of whoever delivers it. NULL: out of memory. */
struct coaio_req *coaio__req_new(coaio_engine *engine);
void coaio__req_unref(coaio_engine *engine, struct coaio_req *req);

static inline int8_t coaio__clamp_priority(int priority)
{
    if (priority < COAIO__PRI_MIN)
        return COAIO__PRI_MIN;
    return (int8_t)(priority > COAIO__PRI_MAX ? COAIO__PRI_MAX : priority);
}

int coaio__set_deadline(coaio_engine *engine, struct coaio_req *req,
                        int64_t timeout_ns); /* 0 or -ENOMEM: as it was */

/* The request is ready: the next turn gives it to an executor. */
void coaio__enqueue(coaio_engine *engine, struct coaio_req *req);

/* The request leaves the queue of ready ones. */
static inline void coaio__unready(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state == COAIO__READY && engine->queues.nready > 0);
    coaio__queue_remove(&req->link);
    engine->queues.nready--;
}

/* The request is done, with its `work` or its verdict. */
void coaio__finish(coaio_engine *engine, struct coaio_req *req);

/* The same for one that never ran, whatever the verdict: its outcome is "cancelled". */
void coaio__finish_unstarted(coaio_engine *engine, struct coaio_req *req, int verdict);

/* The same for one that its executor returned: what the operation of an overruled request made goes
   to nobody. */
void coaio__finish_returned(coaio_engine *engine, struct coaio_req *req);

/* Put a done request into the queue of those to be delivered, and take it out again. */
void coaio__list(coaio_engine *engine, struct coaio_req *req);
void coaio__unlist(coaio_engine *engine, struct coaio_req *req);

/* The request is about to be delivered, and outstanding no more. */
void coaio__mark_delivered(coaio_engine *engine, struct coaio_req *req);

void coaio__queues_init(struct coaio__queues *queues);

/* Empty all queues but those of groups, and forget all deadlines. `drop` gets each request, and
   with it the reference of whoever would have delivered it. */
typedef void coaio__drop(coaio_engine *engine, struct coaio_req *req);
void coaio__queues_each(coaio_engine *engine, coaio__drop *drop);

#endif
