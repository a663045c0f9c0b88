/*
 * The slots of a ring, and what the kernel has posted for them. See ring.h.
 */
#include "exec/ring.h"

#include <assert.h>
#include <errno.h>

#ifdef COAIO_URING

/* The kernel's ERESTARTSYS and its like, which leak out when a ring worker is interrupted. */
enum { RESTART_FIRST = 512, RESTART_LAST = 516 };

void coaio__ring_return(struct coaio__uring *uring, struct coaio_req *req, int64_t value)
{
    req->stage = COAIO__RUNNING; /* it is not in the queue: too late to withdraw it */
    req->work.value = value;
    (void)coaio__returns_put(uring->returns, req); /* the engine is looking: it called us */
}

struct coaio_req *coaio__ring_release(struct coaio__uring *uring, uint32_t index)
{
    struct coaio__slot *slot = &uring->slots[index];
    struct coaio_req *req = slot->req;
    assert(index < uring->depth && req && uring->in_flight > 0);
    slot->req = NULL;
    slot->generation++;
    slot->next_free = uring->free_slot;
    uring->free_slot = index;
    uring->in_flight--;
    return req;
}

/* The ring takes O_NONBLOCK of a regular file seriously (EAGAIN); some files cannot be used through
   it (EOPNOTSUPP); it may have no memory, or no worker (ECANCELED, which somebody may have asked
   for as well). */
static bool is_its_own(const struct coaio_req *req, int64_t error)
{
    return error == -EAGAIN || error == -EOPNOTSUPP || error == -ENOMEM
           || (error == -ECANCELED && !atomic_load(&req->cancelled));
}

/* A worker repeats an operation that the ring could not do as the system call would have. */
static int64_t result_of(struct coaio__uring *uring, struct coaio_req *req, int64_t value)
{
    struct coaio__context context = coaio__req_context(req, &uring->returns->mem);
    if (req->op->after)
        value = req->op->after(&req->args, &context, value);
    return is_its_own(req, value) ? COAIO__REROUTE : value;
}

static void complete(struct coaio__uring *uring, uint64_t mark, int64_t value)
{
    struct coaio_req *req = coaio__ring_release(uring, (uint32_t)mark);
    bool closes = req->op->info.code == COAIO_CLOSE; /* the descriptor is gone, come what may */
    value = value <= -RESTART_FIRST && value >= -RESTART_LAST ? -EINTR : value;
    bool interrupted = value == -EINTR && !closes;
    bool again = interrupted && !atomic_load(&req->cancelled); /* by a signal that was not for us */
    if (again && !uring->off) {
        req->stage = COAIO__QUEUED;
        coaio__priq_push(&uring->queue, &req->link, req->priority);
        uring->queued++;
        return;
    }
    if (interrupted)
        coaio__ring_return(uring, req, again ? COAIO__REROUTE : -EINTR);
    else
        coaio__ring_return(uring, req, result_of(uring, req, value));
}

/* The descriptor was raised: what it announces is looked at after this. */
static void hear(struct coaio__uring *uring, const struct io_uring_cqe *cqe)
{
    uring->listening = cqe->flags & IORING_CQE_F_MORE;
    coaio__wakeup_clear(&uring->returns->wakeup);
}

unsigned coaio__ring_reap(struct coaio__uring *uring)
{
    struct io_uring_cqe *cqe;
    unsigned head, count = 0;
    if (uring->closed)
        return 0;
    io_uring_for_each_cqe(&uring->ring, head, cqe)
    {
        if (cqe->user_data == COAIO__CANCEL_MARK)
            uring->cancels--;
        else if (cqe->user_data == COAIO__LISTEN_MARK)
            hear(uring, cqe);
        else
            complete(uring, cqe->user_data, cqe->res);
        count++;
    }
    io_uring_cq_advance(&uring->ring, count);
    return count;
}

#endif
