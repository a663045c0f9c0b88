/*
 * What becomes of engines in a forked child.
 *
 * Around fork(2) every engine of the process is held still, so that the child inherits consistent
 * memory. In the child they are marked: their threads do not exist there, and their rings belong to
 * the parent. Lock order: the registry, then each engine's watch and its executors in the order of
 * enum coaio__route.
 */
#include "core/fork.h"

#include <errno.h>
#include <unistd.h>

#include "core/dispatch.h"
#include "core/groups.h"
#include "core/life.h"
#include "core/parts.h"

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct coaio__link registry = {&registry, &registry};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static coaio_engine *engine_of(struct coaio__link *link)
{
    return (coaio_engine *)((char *)link - offsetof(coaio_engine, link));
}

static void hold(coaio_engine *engine)
{
    coaio__watch_hold(engine->parts.watch);
    for (int i = 0; i < COAIO__ROUTES; i++) {
        struct coaio__executor *executor = engine->parts.executor[i];
        if (executor && executor->class->hold)
            executor->class->hold(executor);
    }
}

static void release(coaio_engine *engine)
{
    for (int i = COAIO__ROUTES - 1; i >= 0; i--) {
        struct coaio__executor *executor = engine->parts.executor[i];
        if (executor && executor->class->release)
            executor->class->release(executor);
    }
    coaio__watch_release(engine->parts.watch);
}

static void leave(coaio_engine *engine)
{
    for (int i = 0; i < COAIO__ROUTES; i++) {
        struct coaio__executor *executor = engine->parts.executor[i];
        if (executor && executor->class->leave)
            executor->class->leave(executor);
    }
}

static void before_fork(void)
{
    pthread_mutex_lock(&registry_lock);
    for (struct coaio__link *link = registry.next; link != &registry; link = link->next) {
        if (engine_of(link)->forked)
            continue;
        hold(engine_of(link));
    }
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
        leave(engine);
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

/* Descriptors in undelivered results are this process's copies: closing them here does not disturb
   the parent. */
static void forget_request(coaio_engine *engine, struct coaio_req *req)
{
    if (req->state == COAIO__DONE && !req->verdict)
        coaio__req_drop_work(req, &engine->mem);
    coaio__req_unref(engine, req);
}

/* Requests that executors held come back from them unfinished. */
static void forget_returned(coaio_engine *engine)
{
    for (struct coaio_req *req = coaio__returns_take(engine->parts.returns), *next; req;
         req = next) {
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
    for (int i = 0; i < COAIO__ROUTES; i++)
        if (engine->parts.executor[i])
            engine->parts.executor[i]->class->forget(engine->parts.executor[i]);
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
