/*
 * What a worker has taken.
 *
 * Of brief requests, if many are queued, a worker takes several at a time: to take one and to
 * return one costs about as much as a cached stat. If one of them takes long after all, the watch
 * notices, and takes the others away again: whoever moves `next` forward has what it moved over.
 */
#include "exec/batch.h"

#include <errno.h>

#include "base/clock.h"
#include "exec/bound.h"
#include "exec/interrupt.h"
#include "exec/staff.h"
#include "exec/watch.h"
#include "ops/run.h"

/* ---- taking ---------------------------------------------------------------------------------- */

static bool next_is_shared(struct coaio__pool *pool)
{
    struct coaio__link *link = coaio__priq_first(&pool->queue);
    return link && coaio__req_is_shared(coaio__req_of(link));
}

static void take_one(struct coaio__pool *pool, struct coaio__worker *worker)
{
    struct coaio_req *req = coaio__req_of(coaio__priq_pop(&pool->queue));
    coaio__pool_count_out(pool, 1);
    assert(req->stage == COAIO__QUEUED && worker->held < COAIO__BATCH);
    req->stage = COAIO__RUNNING;
    worker->batch[worker->held++] = req;
}

/* An open for reading loses nothing if it is interrupted and made again. */
static bool is_guarded_open(const struct coaio__worker *worker, const struct coaio_req *req)
{
    return worker->guarded && req->op->lane == COAIO__LANE_BY_PATH
           && coaio__open_only_reads(&req->args);
}

static bool is_interruptible(const struct coaio__worker *worker, const struct coaio_req *req)
{
    return worker->pool->lane == COAIO__POOL_SLOW || req->op->interruptible
           || is_guarded_open(worker, req);
}

/* Choose the signal for what was taken. If no signal can interrupt, nothing is guarded. */
static void choose_signal(struct coaio__pool *pool, struct coaio__worker *worker)
{
    bool wanted = false;
    for (uint32_t i = 0; i < worker->held; i++)
        wanted |= is_interruptible(worker, worker->batch[i]);
    int preferred = (int)pool->limit[COAIO__POOL_SIGNAL];
    worker->signal_number = wanted ? coaio__interrupt_choose(preferred) : 0;
    if (!wanted || worker->signal_number)
        return;
    worker->guarded = false;
    pool->uninterruptible = true;
}

void coaio__batch_take(struct coaio__pool *pool, struct coaio__worker *worker)
{
    assert(!worker->held && pool->queued);
    uint32_t most = coaio__staff_batch(pool, worker, coaio__watch_runs(pool->watch));
    bool shared = next_is_shared(pool);
    do
        take_one(pool, worker);
    while (shared && worker->held < most && next_is_shared(pool));
    worker->returned = 0;
    atomic_store(&worker->next, 0);
    worker->since = coaio__now();
    worker->guarded = coaio__staff_guards(pool, worker);
    choose_signal(pool, worker);
    worker->trusts = coaio__staff_trusts(pool, worker);
}

/* ---- running --------------------------------------------------------------------------------- */

static int64_t run_once(struct coaio__pool *pool, const struct coaio__worker *worker,
                        struct coaio_req *req)
{
    bool opens = pool->lane == COAIO__POOL_ORDINARY && req->op->lane == COAIO__LANE_BY_PATH;
    bool trusted = worker->trusts && is_guarded_open(worker, req);
    if (opens && !trusted && coaio__open_may_wait(&req->args))
        return COAIO__REROUTE;
    if (!coaio__req_is_attempt(req))
        return coaio__req_run(req, &pool->returns->mem);
    struct coaio__context context = coaio__req_context(req, &pool->returns->mem);
    int64_t value = req->op->try_inline(&req->args, &context);
    return value == -EAGAIN ? COAIO__REROUTE : value;
}

static void let_interrupt(struct coaio__worker *worker, bool allowed)
{
    if (worker->allows_signal == allowed)
        return;
    worker->allows_signal = allowed;
    if (allowed)
        coaio__interrupt_allow(worker->signal_number);
    else
        coaio__interrupt_forbid(worker->signal_number);
}

/* A signal that was meant for another request, or came too late, must not be seen by the caller:
   the operation runs again. A trusted open that had to wait goes to the slow lane instead. */
static void run(struct coaio__pool *pool, struct coaio__worker *worker, struct coaio_req *req)
{
    bool again = !is_guarded_open(worker, req);
    req->server = COAIO__SERVER_THREADS;
    let_interrupt(worker, is_interruptible(worker, req));
    do
        req->work.value = run_once(pool, worker, req);
    while (req->work.value == -EINTR && again && !atomic_load(&req->cancelled));
    if (req->work.value == -EINTR && !again) {
        req->work.value = COAIO__REROUTE;
        atomic_store(&pool->waited, coaio__now());
    }
}

void coaio__batch_run(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t held)
{
    uint32_t i;
    while ((i = atomic_fetch_add(&worker->next, 1)) < held) {
        struct coaio_req *req = worker->batch[i];
        if (atomic_load(&req->cancelled)) /* while it waited in the batch */
            req->work.value = coaio__req_unfinished(req);
        else
            run(pool, worker, req);
    }
    let_interrupt(worker, false);
}

struct coaio_req *coaio__batch_current(const struct coaio__worker *worker)
{
    uint32_t next = atomic_load(&worker->next);
    if (!worker->held)
        return NULL;
    return worker->batch[next == 0 ? 0 : (next < worker->held ? next : worker->held) - 1];
}

bool coaio__batch_interrupt(struct coaio__worker *worker)
{
    const struct coaio_req *req = coaio__batch_current(worker);
    if (!req || !worker->signal_number || !is_interruptible(worker, req))
        return false;
    bool sent = coaio__interrupt_send(worker->thread, worker->signal_number);
    worker->pool->uninterruptible |= !sent;
    return sent;
}

/* ---- returning ------------------------------------------------------------------------------- */

bool coaio__batch_refuse(struct coaio__pool *pool, struct coaio_req *req)
{
    req->stage = COAIO__RUNNING;
    req->work.value = coaio__req_unfinished(req);
    return coaio__returns_put(pool->returns, req);
}

/* Return the requests before `end`. */
static bool return_some(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t end)
{
    bool wake = false;
    for (; worker->returned < end; worker->returned++)
        wake |= coaio__returns_put(pool->returns, worker->batch[worker->returned]);
    return wake;
}

bool coaio__batch_return(struct coaio__pool *pool, struct coaio__worker *worker)
{
    assert(worker->returned <= worker->held);
    bool wake = return_some(pool, worker, worker->held);
    worker->returned = worker->held = 0;
    return wake;
}

/* A request that no worker began with goes back to the queue. If it was cancelled it may have been
   delivered already, and no worker may begin with it now. */
static bool give_back(struct coaio__pool *pool, struct coaio_req *req)
{
    if (atomic_load(&req->cancelled))
        return coaio__batch_refuse(pool, req);
    assert(req->stage == COAIO__RUNNING);
    req->stage = COAIO__QUEUED;
    coaio__priq_push_front(&pool->queue, &req->link, req->priority);
    coaio__pool_count_in(pool);
    return false;
}

/* The last request that the worker began with may be done, and have made a descriptor: its value
   tells, `next` does not. */
void coaio__batch_forget(struct coaio__pool *pool, struct coaio__worker *worker)
{
    for (uint32_t i = worker->returned; i < worker->held; i++)
        if (worker->batch[i]->work.value == -EINPROGRESS)
            worker->batch[i]->work.value = coaio__req_unfinished(worker->batch[i]);
    (void)coaio__batch_return(pool, worker);
}

bool coaio__batch_relieve(struct coaio__pool *pool, struct coaio__worker *worker)
{
    uint32_t begun = atomic_exchange(&worker->next, COAIO__BATCH);
    bool wake = false;
    if (begun > worker->held)
        begun = worker->held;
    for (; worker->held > begun; worker->held--) /* backwards: the first one ends up in front */
        wake |= give_back(pool, worker->batch[worker->held - 1]);
    return return_some(pool, worker, begun ? begun - 1 : 0) || wake;
}
