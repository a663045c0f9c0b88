/*
 * Requests on their way through the kernel. See uring.h, and ring.h for the other parts.
 */
#include "exec/uring.h"

#include <errno.h>

#ifdef COAIO_URING
#include <unistd.h>

#include "base/above.h"
#include "base/clock.h"
#include "base/policy.h"
#include "exec/bound.h"
#include "exec/ring.h"
#include "ops/resolve.h"

#define NO_SLOT UINT32_MAX
/* ---- setting up ------------------------------------------------------------------------------ */

/* The best set of flags that this kernel takes, and the very set that is then used. */
static int init_ring(struct coaio__uring *uring)
{
    static const unsigned ladder[] = {
        IORING_SETUP_CLAMP | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_CLAMP | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        IORING_SETUP_CLAMP,
    };
    int error = -EINVAL;
    for (size_t i = 0; i < sizeof ladder / sizeof *ladder && error == -EINVAL; i++)
        error = io_uring_queue_init(uring->depth, &uring->ring, ladder[i]);
    return error;
}

static int move_above_stdio(struct coaio__uring *uring)
{
    int fd = coaio__above_stdio(uring->ring.ring_fd);
    uring->ring.ring_fd = uring->ring.enter_ring_fd = fd;
    return fd < 0 ? fd : 0;
}

/* The kernel starts a worker only when those it has sleep; but it stops at four for each processor,
   and as many calls that hang would be the end of all. */
static void allow_workers(struct coaio__uring *uring)
{
    unsigned most[2] = {COAIO__RING_WORKERS_MAX, 0}; /* for files; 0: as it is, for the rest */
    (void)io_uring_register_iowq_max_workers(&uring->ring, most);
}

static int set_up(struct coaio__uring *uring)
{
    int error = init_ring(uring);
    if (error)
        return error;
    error = move_above_stdio(uring);
    if (!error)
        allow_workers(uring);
    uring->probe = error ? NULL : io_uring_get_probe_ring(&uring->ring);
    if (!error)
        error = uring->probe
                    ? io_uring_register_eventfd(&uring->ring, uring->returns->wakeup.watched)
                    : -ENOSYS;
    if (!error)
        error = io_uring_ring_dontfork(&uring->ring);
    if (!error)
        error = coaio__ring_tie(uring);
    if (error) {
        io_uring_free_probe(uring->probe);
        io_uring_queue_exit(&uring->ring);
    }
    return error;
}

static void link_slots(struct coaio__uring *uring)
{
    for (uint32_t i = 0; i < uring->depth; i++)
        uring->slots[i].next_free = i + 1 < uring->depth ? i + 1 : NO_SLOT;
    uring->free_slot = 0;
}

static void free_memory(struct coaio__uring *uring)
{
    struct coaio__returns *returns = uring->returns;
    if (uring->tie >= 0)
        close(uring->tie);
    coaio__free(&returns->mem, uring->slots);
    coaio__free(&returns->mem, uring);
    coaio__returns_unref(returns);
}

static const struct coaio__executor_class uring_class;

int coaio__uring_new(struct coaio__uring **out, uint32_t depth, struct coaio__returns *returns)
{
    struct coaio__uring *uring = coaio__calloc(&returns->mem, sizeof *uring);
    if (!uring)
        return -ENOMEM;
    uring->executor.class = &uring_class;
    uring->returns = coaio__returns_ref(returns);
    uring->depth = uring->limit = depth;
    uring->tie = -1;
    coaio__priq_init(&uring->queue);
    uring->slots = coaio__calloc(&returns->mem, depth * sizeof *uring->slots);
    int error = uring->slots ? set_up(uring) : -ENOMEM;
    if (error) {
        free_memory(uring);
        return error;
    }
    link_slots(uring);
    *out = uring;
    return 0;
}

static void uring_free(struct coaio__executor *executor)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    io_uring_free_probe(uring->probe);
    coaio__ring_close(uring);
    free_memory(uring);
}

/* libtsan has to see that a descriptor goes: it takes the next one of that number for the same. */
static bool is_hidden_from_sanitizers(const struct coaio_req *req)
{
#ifdef __SANITIZE_THREAD__
    return req->op->info.code == COAIO_CLOSE;
#else
    (void)req;
    return false;
#endif
}

bool coaio__uring_is_on(const struct coaio__uring *uring)
{
    return !uring->off;
}

static bool uring_serves(const struct coaio__executor *executor, const struct coaio_req *req)
{
    const struct coaio__uring *uring = (const struct coaio__uring *)executor;
    if (uring->off || is_hidden_from_sanitizers(req))
        return false;
    if (!req->op->prep || !io_uring_opcode_supported(uring->probe, req->op->opcode))
        return false;
    if (coaio__moves_position(req))
        return false; /* the ring does not move it for O_DIRECT, and has two at a time read the same
                       */
    return !coaio__confined(req->args.wd)
           && !coaio__confined(req->args.wd2); /* these take several calls */
}

static void uring_limit(struct coaio__executor *executor, uint32_t limit)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    uring->limit = limit < uring->depth ? limit : uring->depth;
}

static uint32_t uring_queued(struct coaio__executor *executor)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    return uring->queued;
}

/* ---- into the kernel ------------------------------------------------------------------------- */

static void take_slot(struct coaio__uring *uring, struct coaio_req *req)
{
    req->slot = uring->free_slot;
    uring->free_slot = uring->slots[req->slot].next_free;
    uring->slots[req->slot].req = req;
    uring->slots[req->slot].since = uring->now;
    uring->in_flight++;
    req->server = COAIO__SERVER_URING;
}

/* Returns 0, COAIO__REROUTE, or -errno for the request's result. */
static int64_t make_ready(struct coaio__uring *uring, struct coaio_req *req)
{
    struct coaio__context context = coaio__req_context(req, &uring->returns->mem);
    if (req->op->ring_refuses && req->op->ring_refuses(&req->args))
        return COAIO__REROUTE;
    return req->op->memory ? req->op->memory(&req->args, &context) : 0;
}

/* Put the next request on the ring. False when there is none, or no room for it now. */
static bool start_next(struct coaio__uring *uring)
{
    /* no space: full of entries that the kernel did not take yet */
    if (!uring->queued || uring->in_flight >= uring->limit || !io_uring_sq_space_left(&uring->ring))
        return false;
    struct coaio_req *req = coaio__req_of(coaio__priq_pop(&uring->queue));
    uring->queued--;
    req->stage = COAIO__RUNNING;
    int64_t error = make_ready(uring, req);
    if (error) {
        coaio__ring_return(uring, req, error);
        return true;
    }
    take_slot(uring, req);
    struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
    req->op->prep(sqe, &req->args, &req->work);
    io_uring_sqe_set_data64(sqe, coaio__ring_mark(uring, req->slot));
    return true;
}

/* One system call for all of it, and for the completions that are due. EBUSY, EAGAIN: the kernel is
   short of memory or of completion entries; the entries stay where they are. */
static void enter(struct coaio__uring *uring)
{
    int submitted;
    do
        submitted = io_uring_submit_and_get_events(&uring->ring);
    while (submitted == -EINTR);
    uring->unsubmitted = coaio__ring_heeds(uring, submitted) && io_uring_sq_ready(&uring->ring) > 0;
}

static void uring_submit(struct coaio__executor *executor, struct coaio__link *batch)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    struct coaio__link *link;
    while ((link = coaio__queue_pop(batch)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        req->stage = COAIO__QUEUED;
        coaio__priq_push(&uring->queue, link, req->priority);
        uring->queued++;
    }
}

/* ---- and out of it --------------------------------------------------------------------------- */

static bool uring_advance(struct coaio__executor *executor)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    coaio__ring_reap(uring);
    if (uring->off)
        return coaio__ring_let_go(uring);
    if (uring->queued)
        uring->now = coaio__now();
    while (start_next(uring))
        ;
    if (uring->in_flight || uring->cancels)
        enter(uring);
    coaio__ring_reap(uring);
    return uring->unsubmitted || (uring->closed && uring->in_flight);
}

/* The kernel answers a cancel with its own completion, and the target with ECANCELED, EINTR or its
   result, in any order. Cancels are best effort, so when too many are under way one is left out. */
static void cancel_slot(struct coaio__uring *uring, uint32_t index)
{
    struct io_uring_sqe *sqe = NULL;
    if (uring->cancels < uring->depth && !uring->off)
        sqe = io_uring_get_sqe(&uring->ring);
    if (!sqe)
        return;
    io_uring_prep_cancel64(sqe, coaio__ring_mark(uring, index), 0);
    io_uring_sqe_set_data64(sqe, COAIO__CANCEL_MARK);
    uring->cancels++;
}

static bool uring_withdraw(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    if (req->stage != COAIO__QUEUED)
        return false;
    coaio__queue_remove(&req->link);
    uring->queued--;
    return true;
}

static void uring_interrupt(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    atomic_store(&req->cancelled, 1);
    if (uring->slots[req->slot].req == req)
        cancel_slot(uring, req->slot);
}

static void uring_stop(struct coaio__executor *executor, struct coaio__link *back)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    struct coaio__link *link;
    while ((link = coaio__priq_pop(&uring->queue)) != NULL)
        coaio__queue_push(back, link);
    uring->queued = 0;
    for (uint32_t i = 0; i < uring->depth; i++) {
        if (!uring->slots[i].req)
            continue;
        atomic_store(&uring->slots[i].req->cancelled, 1);
        cancel_slot(uring, i);
    }
}

static void uring_show(struct coaio__executor *executor, coaio__visit *visit, void *data)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    for (uint32_t i = 0; i < uring->depth; i++)
        if (uring->slots[i].req)
            visit(data, uring->slots[i].req, uring->slots[i].since);
}

/* ---- letting go ------------------------------------------------------------------------------ */

/* The kernel may go on filling buffers for a while after the ring is closed: they are leaked on
   purpose. */
void coaio__uring_abandon(struct coaio__uring *uring)
{
    for (uint32_t i = 0; i < uring->depth; i++)
        if (uring->slots[i].req)
            (void)coaio__ring_release(uring, i);
}

/* The ring goes when the parent lets it go: it needs no copy of the descriptor here. */
static void uring_leave(struct coaio__executor *executor)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    if (!uring->closed)
        close(uring->ring.ring_fd);
    uring->closed = true;
}

static void uring_forget(struct coaio__executor *executor)
{
    struct coaio__uring *uring = (struct coaio__uring *)executor;
    struct coaio__link *link;
    while ((link = coaio__priq_pop(&uring->queue)) != NULL)
        coaio__ring_return(uring, coaio__req_of(link), -ECANCELED);
    for (uint32_t i = 0; i < uring->depth; i++)
        if (uring->slots[i].req)
            coaio__ring_return(uring, coaio__ring_release(uring, i), -ECANCELED);
    io_uring_free_probe(uring->probe);
    free_memory(uring);
}

static const struct coaio__executor_class uring_class = {
    .name = "uring",
    .submit = uring_submit,
    .advance = uring_advance,
    .withdraw = uring_withdraw,
    .interrupt = uring_interrupt,
    .stop = uring_stop,
    .show = uring_show,
    .serves = uring_serves,
    .limit = uring_limit,
    .queued = uring_queued,
    .leave = uring_leave,
    .forget = uring_forget,
    .free = uring_free,
};

#endif
