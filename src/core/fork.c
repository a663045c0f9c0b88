/*
 * What becomes of engines in a forked child.
 *
 * Around fork(2) every engine of the process is held still, so that the child inherits consistent memory. In the
 * child they are marked: their threads do not exist there, and their rings belong to the parent. Lock order: the
 * registry, then each engine's watch, ordinary and slow pool, poller.
 */
#include "core/fork.h"

#include <errno.h>
#include <unistd.h>

#include "core/dispatch.h"
#include "core/groups.h"
#include "core/life.h"
#include "core/parts.h"

static pthread_mutex_t    registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct coaio__link registry = {&registry, &registry};
static pthread_once_t     once = PTHREAD_ONCE_INIT;

static coaio_engine *engine_of(struct coaio__link *link)
{
    return (coaio_engine *)((char *)link - offsetof(coaio_engine, link));
}

static void before_fork(void)
{
    pthread_mutex_lock(&registry_lock);
    for (struct coaio__link *link = registry.next; link != &registry; link = link->next) {
        if (engine_of(link)->forked)
            continue;
        coaio__watch_hold(engine_of(link)->parts.watch);
        coaio__pool_hold(engine_of(link)->parts.ordinary);
        coaio__pool_hold(engine_of(link)->parts.slow);
        if (engine_of(link)->parts.poller)
            coaio__poller_hold(engine_of(link)->parts.poller);
    }
}

static void release(coaio_engine *engine)
{
    if (engine->parts.poller)
        coaio__poller_release(engine->parts.poller);
    coaio__pool_release(engine->parts.slow);
    coaio__pool_release(engine->parts.ordinary);
    coaio__watch_release(engine->parts.watch);
}

static void after_fork_in_parent(void)
{
    for (struct coaio__link *link = registry.next; link != &registry; link = link->next)
        if (!engine_of(link)->forked)
            release(engine_of(link));
    pthread_mutex_unlock(&registry_lock);
}

static void after_fork_in_child(void)
{
    for (struct coaio__link *link = registry.next; link != &registry; link = link->next) {
        coaio_engine *engine = engine_of(link);
        if (engine->forked)
            continue;
        release(engine);
        if (engine->parts.uring)
            coaio__uring_leave(engine->parts.uring);
        engine->forked = true;
    }
    pthread_mutex_unlock(&registry_lock);
}

static void install(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void coaio__register(coaio_engine *engine)
{
    pthread_once(&once, install);
    pthread_mutex_lock(&registry_lock);
    coaio__queue_push(&registry, &engine->link);
    pthread_mutex_unlock(&registry_lock);
}

void coaio__unregister(coaio_engine *engine)
{
    pthread_mutex_lock(&registry_lock);
    coaio__queue_remove(&engine->link);
    pthread_mutex_unlock(&registry_lock);
}

/* Descriptors in undelivered results are this process's copies: closing them here does not disturb the parent. */
static void forget_request(coaio_engine *engine, struct coaio_req *req)
{
    if (req->state == COAIO__DONE && !req->verdict)
        coaio__req_drop_work(req, &engine->mem);
    coaio__req_unref(engine, req);
}

/* What executors held comes back from them unfinished. */
static void forget_returned(coaio_engine *engine)
{
    for (struct coaio_req *req = coaio__returns_take(engine->parts.returns), *next; req; req = next) {
        next = req->returned;
        coaio__req_drop_work(req, &engine->mem);
        if (req->state == COAIO__HELD)
            coaio__req_unref(engine, req); /* whoever would have delivered it */
        coaio__req_unref(engine, req);
    }
}

void coaio__forget(coaio_engine *engine)
{
    if (!engine->parts.returns) /* it was forgotten before, and could not start again */
        return;
    if (engine->parts.uring)
        coaio__uring_forget(engine->parts.uring);
    if (engine->parts.poller)
        coaio__poller_forget(engine->parts.poller);
    coaio__pool_forget(engine->parts.ordinary);
    coaio__pool_forget(engine->parts.slow);
    coaio__watch_forget(engine->parts.watch);
    coaio__groups_drop(engine); /* while their members are there */
    coaio__queues_each(engine, forget_request);
    forget_returned(engine);
    coaio__returns_unref(engine->parts.returns);
    coaio__parts_clear(engine);
    engine->orphans.count = 0;
    engine->nreqs = 0;
    engine->load = (struct coaio__load){0};
    engine->attention = (struct coaio__attention){0};
    engine->turn = (struct coaio__turn){0};
}

/* Until all of it is there another thread's fork(2) must not try to hold it still. */
int coaio_reinit(coaio_engine *engine)
{
    if (!engine->forked)
        return coaio__owned(engine) ? 0 : -EPERM;
    coaio__forget(engine);
    int error = coaio__parts_set_up(engine);
    if (error)
        return error;
    pthread_mutex_lock(&registry_lock);
    engine->forked = false;
    pthread_mutex_unlock(&registry_lock);
    return 0;
}
