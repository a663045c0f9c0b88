/*
 * The poller as the engine sees it: an executor. See poller.h; the thread is in poll_thread.c.
 */
#include "exec/poller.h"

#ifdef __linux__

#include <signal.h>

#include "exec/poll_thread.h"

/* ---- the thread, from outside ---------------------------------------------------------------- */

/* With the lock. */
static void wake_thread(struct coaio__poller *poller)
{
    if (poller->started && poller->sleeps)
        (void)coaio__wakeup_raise(&poller->wakeup);
}

/* With the lock. The thread blocks all signals: a write to a pipe without readers must not raise
   SIGPIPE. */
static int start_thread(struct coaio__poller *poller)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = uv_thread_create(&poller->thread, coaio__poll_thread, poller);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* With the lock. False: not now. */
static bool start(struct coaio__poller *poller)
{
    if (poller->started)
        return true;
    if (coaio__wakeup_open(&poller->wakeup) < 0)
        return false;
    if (coaio__interest_open(&poller->interest, &poller->returns->mem, poller->wakeup.watched)
        == 0) {
        poller->started = start_thread(poller) == 0;
        if (poller->started)
            return true;
        coaio__interest_close(&poller->interest);
    }
    coaio__wakeup_close(&poller->wakeup);
    return false;
}

/* ---- the executor's interface ---------------------------------------------------------------- */

static void poller_submit(struct coaio__executor *executor, struct coaio__link *batch)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    struct coaio__link *link;

    uv_mutex_lock(&poller->lock);
    bool started = start(poller);
    while ((link = coaio__queue_pop(batch)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        if (!started) {
            coaio__poll_give(poller, req, COAIO__REROUTE);
            continue;
        }
        req->stage = COAIO__QUEUED;
        coaio__priq_push(&poller->queue, link, req->priority);
        poller->queued++;
    }
    wake_thread(poller);
    bool wake = coaio__poll_take_wake(poller);
    uv_mutex_unlock(&poller->lock);
    coaio__poll_tell_engine(poller, wake);
}

/* With the lock. True: it is in no queue any more. */
static bool take_out(struct coaio__poller *poller, struct coaio_req *req)
{
    if (req->stage == COAIO__QUEUED) {
        coaio__queue_remove(&req->link);
        poller->queued--;
        return true;
    }
    if (!coaio__is_waiting(req))
        return false;
    coaio__interest_remove(&poller->interest, req);
    return true;
}

static bool poller_withdraw(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;

    uv_mutex_lock(&poller->lock);
    bool taken =
        req->stage != COAIO__RUNNING && !coaio__req_has_begun(req) && take_out(poller, req);
    uv_mutex_unlock(&poller->lock);
    return taken;
}

/* Ends a write that has begun and waits: the part that it has done is its outcome. */
static void poller_interrupt(struct coaio__executor *executor, struct coaio_req *req)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;

    uv_mutex_lock(&poller->lock);
    atomic_store(&req->cancelled, 1);
    if (take_out(poller, req))
        coaio__poll_give(poller, req, -ECANCELED);
    bool wake = coaio__poll_take_wake(poller);
    uv_mutex_unlock(&poller->lock);
    coaio__poll_tell_engine(poller, wake);
}

/* With the lock. */
static void hand_back(struct coaio__poller *poller, struct coaio__link *queue,
                      struct coaio__link *back)
{
    struct coaio__link *link;

    while ((link = coaio__queue_pop(queue)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        if (coaio__req_has_begun(req))
            coaio__poll_give(poller, req, -ECANCELED);
        else
            coaio__queue_push(back, link);
    }
}

static void poller_stop(struct coaio__executor *executor, struct coaio__link *back)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    struct coaio__link *queue;

    uv_mutex_lock(&poller->lock);
    for (int priority = 0; priority < COAIO__PRI_COUNT; priority++)
        hand_back(poller, &poller->queue.queue[priority], back);
    poller->queued = 0;
    for (uint32_t i = 0; poller->started && i < coaio__interest_queues(&poller->interest); i++)
        if ((queue = coaio__interest_queue(&poller->interest, i)) != NULL)
            hand_back(poller, queue, back);
    if (poller->current)
        atomic_store(&poller->current->cancelled, 1);
    uv_mutex_unlock(&poller->lock); /* whoever stops it looks at what was returned */
}

static void poller_show(struct coaio__executor *executor, coaio__visit *visit, void *data)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    struct coaio__link *queue;

    uv_mutex_lock(&poller->lock);
    for (uint32_t i = 0; poller->started && i < coaio__interest_queues(&poller->interest); i++) {
        if ((queue = coaio__interest_queue(&poller->interest, i)) == NULL)
            continue;
        for (struct coaio__link *link = queue->next; link != queue; link = link->next)
            visit(data, coaio__req_of(link), coaio__req_of(link)->since);
    }
    uv_mutex_unlock(&poller->lock);
}

/* ---- the rest for the engine ----------------------------------------------------------------- */

static const struct coaio__executor_class poller_class;

int coaio__poller_new(struct coaio__poller **out, struct coaio__returns *returns)
{
    struct coaio__poller *poller = coaio__calloc(&returns->mem, sizeof *poller);

    if (!poller)
        return -ENOMEM;
    if (uv_mutex_init(&poller->lock)) {
        coaio__free(&returns->mem, poller);
        return -ENOMEM;
    }
    poller->executor.class = &poller_class;
    poller->returns = coaio__returns_ref(returns);
    coaio__priq_init(&poller->queue);
    *out = poller;
    return 0;
}

static void free_memory(struct coaio__poller *poller)
{
    struct coaio__returns *returns = poller->returns;

    if (poller->started) {
        coaio__interest_close(&poller->interest);
        coaio__wakeup_close(&poller->wakeup);
    }
    coaio__free(&returns->mem, poller);
    coaio__returns_unref(returns);
}

/* Stop and join the thread. */
static void poller_free(struct coaio__executor *executor)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    uv_mutex_lock(&poller->lock);
    poller->stop = true;
    wake_thread(poller);
    uv_mutex_unlock(&poller->lock);
    if (poller->started)
        uv_thread_join(&poller->thread);
    uv_mutex_destroy(&poller->lock);
    free_memory(poller);
}

/* The epoll instance is the parent's as well: closing it here takes nothing from there. */
static void poller_forget(struct coaio__executor *executor)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    struct coaio__link back, *link;

    coaio__queue_init(&back);
    if (poller->current)
        coaio__poll_give(poller, poller->current, -ECANCELED);
    poller->current = NULL;
    poller_stop(&poller->executor, &back);
    while ((link = coaio__queue_pop(&back)) != NULL)
        coaio__poll_give(poller, coaio__req_of(link), -ECANCELED);
    free_memory(poller);
}

static bool poller_serves(const struct coaio__executor *executor, const struct coaio_req *req)
{
    (void)executor;
    return req->op->at_once && req->args.length > 0 && !(req->flags & COAIO_SLOW);
}

/* The poller is paused or not: there is no other limit to it. */
static void poller_limit(struct coaio__executor *executor, uint32_t limit)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    uv_mutex_lock(&poller->lock);
    poller->paused = limit == 0;
    wake_thread(poller);
    uv_mutex_unlock(&poller->lock);
}

static uint32_t poller_queued(struct coaio__executor *executor)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    uv_mutex_lock(&poller->lock);
    uint32_t queued = poller->queued;
    uv_mutex_unlock(&poller->lock);
    return queued;
}

static void poller_hold(struct coaio__executor *executor)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    uv_mutex_lock(&poller->lock);
}

static void poller_release(struct coaio__executor *executor)
{
    struct coaio__poller *poller = (struct coaio__poller *)executor;
    uv_mutex_unlock(&poller->lock);
}

static const struct coaio__executor_class poller_class = {
    .name = "poller",
    .submit = poller_submit,
    .withdraw = poller_withdraw,
    .interrupt = poller_interrupt,
    .stop = poller_stop,
    .show = poller_show,
    .serves = poller_serves,
    .limit = poller_limit,
    .queued = poller_queued,
    .hold = poller_hold,
    .release = poller_release,
    .forget = poller_forget,
    .free = poller_free,
};

#endif
