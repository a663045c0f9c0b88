/*
 * What a worker has taken. See worker.h.
 *
 * Of short requests, when many are queued, a worker takes several at a time: to take one and to return one costs about
 * as much as a cached stat. Should one of them take long after all, the watch sees it and the others are taken away
 * again: whoever moves `next` forward has what it moved over. All else here happens with the pool's lock, and requests
 * are returned under it, so whoever has the lock may look at what a worker holds.
 */
#include <errno.h>

#include "base/clock.h"
#include "exec/interrupt.h"
#include "exec/lane.h"
#include "exec/watch.h"
#include "exec/worker.h"
#include "ops/run.h"

/* ---- taking ----------------------------------------------------------------------------------------------------- */

/* The queue is left to others in equal parts: of what is short to the owner, of the rest to a worker on each processor.
   Where nobody watches, or one is likely to take long, none may wait behind it. */
static uint32_t most_to_take(struct coaio__pool *pool, const struct coaio__worker *worker)
{
    uint32_t part = pool->queued / (coaio__pool_has_short(pool) ? 2 : pool->processors + 1);
    if (worker->sleeps || worker->looks || !coaio__watch_runs(pool->watch) || part < 1)
        return 1;
    return part < COAIO__HAND ? part : COAIO__HAND;
}

static bool next_is_shared(struct coaio__pool *pool)
{
    struct coaio__link *link = coaio__priq_first(&pool->queue);
    return link && coaio__req_of(link)->shared;
}

static void take_one(struct coaio__pool *pool, struct coaio__worker *worker)
{
    struct coaio_req *req = coaio__req_of(coaio__priq_pop(&pool->queue));
    pool->queued--;
    req->stage = COAIO__RUNNING;
    worker->hand[worker->held++] = req;
}

/* Who has several is looked after, and is interrupted if it has to wait. */
static bool is_guarded(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    return worker->held > 1 && pool->limit[COAIO__POOL_SIGNAL] && !pool->uninterruptible;
}

/* To look first takes almost as long as to open. */
static bool may_trust(const struct coaio__pool *pool, const struct coaio__worker *worker)
{
    uint64_t waited = atomic_load(&pool->waited);
    return worker->guarded && (!waited || worker->since > waited + COAIO__WARY_NS);
}

/* Nothing is lost if it is interrupted and made again. */
static bool is_guarded_open(const struct coaio__worker *worker, const struct coaio_req *req)
{
    return worker->guarded && req->op->lane == COAIO__LANE_BY_PATH && coaio__open_only_reads(&req->args);
}

static bool is_interruptible(const struct coaio__worker *worker, const struct coaio_req *req)
{
    return worker->pool->lane == COAIO__POOL_SLOW || req->op->interruptible || is_guarded_open(worker, req);
}

/* The signal for what it took; where there is none nothing is guarded. */
static void choose_signal(struct coaio__pool *pool, struct coaio__worker *worker)
{
    bool wanted = false;
    for (uint32_t i = 0; i < worker->held; i++)
        wanted |= is_interruptible(worker, worker->hand[i]);
    worker->signal_number = wanted ? coaio__interrupt_choose((int)pool->limit[COAIO__POOL_SIGNAL]) : 0;
    if (!wanted || worker->signal_number)
        return;
    worker->guarded = false;
    pool->uninterruptible = true;
}

void coaio__hand_take(struct coaio__pool *pool, struct coaio__worker *worker)
{
    uint32_t most = most_to_take(pool, worker);
    bool     shared = next_is_shared(pool);
    do
        take_one(pool, worker);
    while (shared && worker->held < most && next_is_shared(pool));
    worker->returned = 0;
    atomic_store(&worker->next, 0);
    worker->since = coaio__now();
    worker->guarded = is_guarded(pool, worker);
    choose_signal(pool, worker);
    worker->trusts = may_trust(pool, worker);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static int64_t run_once(struct coaio__pool *pool, const struct coaio__worker *worker, struct coaio_req *req)
{
    bool opens = pool->lane == COAIO__POOL_ORDINARY && req->op->lane == COAIO__LANE_BY_PATH;
    bool trusted = worker->trusts && is_guarded_open(worker, req);
    if (opens && !trusted && coaio__open_may_wait(&req->args))
        return COAIO__REROUTE;
    struct coaio__context context = coaio__req_context(req, &pool->returns->mem);
    if (!coaio__req_is_attempt(req))
        return req->op->run(&req->args, &context);
    int64_t value = req->op->try_inline(&req->args, &context);
    return value == -EAGAIN ? COAIO__REROUTE : value;
}

static void let_interrupt(struct coaio__worker *worker, bool allowed)
{
    if (worker->allows == allowed)
        return;
    worker->allows = allowed;
    if (allowed)
        coaio__interrupt_allow(worker->signal_number);
    else
        coaio__interrupt_forbid(worker->signal_number);
}

/* A signal that was meant for somebody else, or came too late, must not be seen by the caller: run it again. */
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

void coaio__hand_run(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t held)
{
    uint32_t i;
    while ((i = atomic_fetch_add(&worker->next, 1)) < held) {
        struct coaio_req *req = worker->hand[i];
        if (atomic_load(&req->cancelled)) /* while it was waiting here */
            req->work.value = -ECANCELED;
        else
            run(pool, worker, req);
    }
    let_interrupt(worker, false);
}

struct coaio_req *coaio__hand_current(const struct coaio__worker *worker)
{
    uint32_t next = atomic_load(&worker->next);
    if (!worker->held)
        return NULL;
    return worker->hand[next == 0 ? 0 : (next < worker->held ? next : worker->held) - 1];
}

bool coaio__hand_interrupt(struct coaio__worker *worker)
{
    const struct coaio_req *req = coaio__hand_current(worker);
    if (!req || !worker->signal_number || !is_interruptible(worker, req))
        return false;
    bool sent = coaio__interrupt_send(worker->thread, worker->signal_number);
    worker->pool->uninterruptible |= !sent;
    return sent;
}

/* ---- returning -------------------------------------------------------------------------------------------------- */

bool coaio__hand_refuse(struct coaio__pool *pool, struct coaio_req *req)
{
    req->stage = COAIO__RUNNING;
    req->work.value = -ECANCELED;
    return coaio__returns_put(pool->returns, req);
}

/* Those before `end`. */
static bool return_some(struct coaio__pool *pool, struct coaio__worker *worker, uint32_t end)
{
    bool wake = false;
    for (; worker->returned < end; worker->returned++)
        wake |= coaio__returns_put(pool->returns, worker->hand[worker->returned]);
    return wake;
}

bool coaio__hand_return(struct coaio__pool *pool, struct coaio__worker *worker)
{
    uint32_t end = worker->held;
    worker->held = 0;
    return return_some(pool, worker, end);
}

/* Nobody has begun with it. One that was cancelled may have been delivered already: nobody is to begin with it now. */
static bool give_back(struct coaio__pool *pool, struct coaio_req *req)
{
    if (atomic_load(&req->cancelled))
        return coaio__hand_refuse(pool, req);
    req->stage = COAIO__QUEUED;
    coaio__priq_push_front(&pool->queue, &req->link, req->priority);
    pool->queued++;
    return false;
}

/* The last one that it began with may be done, and have made a descriptor: its value tells, `next` does not. */
void coaio__hand_forget(struct coaio__pool *pool, struct coaio__worker *worker)
{
    for (uint32_t i = worker->returned; i < worker->held; i++)
        if (worker->hand[i]->work.value == -EINPROGRESS)
            worker->hand[i]->work.value = -ECANCELED;
    (void)coaio__hand_return(pool, worker);
}

bool coaio__hand_relieve(struct coaio__pool *pool, struct coaio__worker *worker)
{
    uint32_t begun = atomic_exchange(&worker->next, COAIO__HAND);
    bool     wake = false;
    if (begun > worker->held)
        begun = worker->held;
    for (; worker->held > begun; worker->held--) /* the first of them last, so that it is in front */
        wake |= give_back(pool, worker->hand[worker->held - 1]);
    return return_some(pool, worker, begun ? begun - 1 : 0) || wake;
}
