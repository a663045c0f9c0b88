/*
 * Making and freeing engines.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/attention.h"
#include "core/dispatch.h"
#include "core/fork.h"
#include "core/groups.h"
#include "core/held.h"
#include "core/life.h"
#include "core/limits.h"
#include "core/parts.h"

#define COAIO_VERSION "0.1.0"

const char *coaio_version(void)
{
    return COAIO_VERSION;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

/* What COAIO_BACKEND asks for; -EINVAL for a word that it does not know, so that a typo does not go unnoticed. */
static int backend_from_environment(void)
{
    const char *word = getenv("COAIO_BACKEND");
    if (!word || !*word || !strcmp(word, "auto"))
        return COAIO_BACKEND_AUTO;
    if (!strcmp(word, "threads"))
        return COAIO_BACKEND_THREADS;
    return strcmp(word, "uring") ? -EINVAL : COAIO_BACKEND_URING;
}

static int read_options(coaio_options *options, const coaio_options *given)
{
    memset(options, 0, sizeof *options);
    if (given) { /* a caller of another version knows fewer fields, or more */
        if (given->size < offsetof(coaio_options, alloc))
            return -EINVAL;
        memcpy(options, given, given->size < sizeof *options ? given->size : sizeof *options);
    }
    if (options->backend > COAIO_BACKEND_URING || options->reserved || options->ring_depth > COAIO__RING_DEPTH_MAX)
        return -EINVAL;
    int backend = options->backend ? (int)options->backend : backend_from_environment();
    if (backend < 0)
        return backend;
    options->backend = (uint32_t)backend;
    if (!options->ring_depth)
        options->ring_depth = COAIO__RING_DEPTH_DEFAULT;
    return 0;
}

/* ---- the parts -------------------------------------------------------------------------------------------------- */

int coaio_engine_new(coaio_engine **out, const coaio_options *given)
{
    coaio_options options;
    int           error = read_options(&options, given);
    if (error)
        return error;
    struct coaio__mem mem = {.alloc = options.alloc, .ud = options.alloc_data};
    coaio_engine     *engine = coaio__calloc(&mem, sizeof *engine);
    if (!engine)
        return -ENOMEM;
    engine->mem = mem;
    engine->options = options;
    coaio__priq_init(&engine->queues.ready);
    coaio__priq_init(&engine->queues.done);
    coaio__queue_init(&engine->queues.done_timers);
    coaio__priq_init(&engine->queues.done_reap);
    coaio__queue_init(&engine->queues.reaped);
    coaio__queue_init(&engine->queues.groups);
    coaio__queue_init(&engine->queues.empty);
    coaio__queue_init(&engine->queues.closes);
    coaio__limits_default(engine);
    error = coaio__parts_set_up(engine);
    if (error) {
        coaio__free(&mem, engine);
        return error;
    }
    coaio__keep_some(&engine->mem); /* from here on it is the owner's alone: executors have copies that keep none */
    coaio__register(engine);
    *out = engine;
    return 0;
}

const char *coaio_backend(const coaio_engine *engine)
{
    return engine->parts.uring && coaio__uring_is_on(engine->parts.uring) ? "uring" : "threads";
}

/* ---- freeing ---------------------------------------------------------------------------------------------------- */

/* A close that nobody waits for must happen all the same. */
static void drop_unstarted(coaio_engine *engine, struct coaio_req *req)
{
    if (req->flags & COAIO_DETACHED && req->op->info.code == COAIO_CLOSE) {
        struct coaio__context context = coaio__req_context(req, &engine->mem);
        (void)req->op->run(&req->args, &context);
    }
}

static void cancel_all(coaio_engine *engine)
{
    struct coaio__link  back;
    struct coaio__link *link;
    coaio__queue_init(&back);
    coaio__groups_drop(engine); /* while their members are there */
    while ((link = coaio__priq_pop(&engine->queues.ready)) != NULL)
        coaio__queue_push(&back, link);
    while ((link = coaio__queue_pop(&engine->queues.closes)) != NULL)
        coaio__queue_push(&back, link);
    engine->queues.nready = 0;
    for (int i = 0; i < COAIO__ROUTES; i++)
        if (engine->parts.executor[i])
            engine->parts.executor[i]->class->stop(engine->parts.executor[i], &back);
    while ((link = coaio__queue_pop(&back)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        drop_unstarted(engine, req);
        if (req->held) {
            coaio__let_go(engine, req);
            coaio__req_unref(engine, req); /* the executor's reference */
        }
        coaio__timers_remove(&engine->timers, req);
        coaio__req_unref(engine, req);
    }
    while (engine->timers.count) { /* the sleeping, and those under way */
        struct coaio_req *req = engine->timers.heap[0].req;
        coaio__timers_remove(&engine->timers, req);
        if (req->op->info.code == COAIO_SLEEP)
            coaio__req_unref(engine, req);
    }
}

/* What the workers and the ring still have. */
static void drain(coaio_engine *engine)
{
    uint64_t until = coaio__after_ns(coaio__now(), engine->limit[COAIO_DRAIN_TIMEOUT]);
    for (;;) {
        coaio__collect(engine);
        if (!engine->load.all || coaio__now() >= until)
            return;
        (void)coaio__block(engine, until, false);
    }
}

/* What is done and will not be delivered. A request that its executor still has is left to it. */
static void drop_list(coaio_engine *engine, struct coaio__link *list)
{
    struct coaio__link *link;
    while ((link = coaio__queue_pop(list)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        if (req->held)
            continue;
        if (!req->verdict && list != &engine->queues.reaped)
            coaio__req_drop_work(req, &engine->mem);
        coaio__req_unref(engine, req);
    }
}

static void drop_lists(coaio_engine *engine, struct coaio__priq *lists)
{
    for (int p = 0; p < COAIO__PRI_COUNT; p++)
        drop_list(engine, &lists->queue[p]);
}

static void free_memory(coaio_engine *engine)
{
    coaio__keep_none(&engine->mem);
    struct coaio__mem mem = engine->mem;
    while (engine->spare) {
        struct coaio_req *next = engine->spare->returned;
        coaio__free_bare(&mem, engine->spare, sizeof *engine->spare);
        engine->spare = next;
    }
    coaio__free(&mem, engine->timers.heap);
    coaio__free(&mem, engine->orphans.list);
    coaio__free(&mem, engine);
}

int coaio_engine_free(coaio_engine *engine)
{
    if (engine->frames)
        return -EBUSY;
    if (engine->forked) {
        coaio__unregister(engine);
        coaio__forget(engine);
        free_memory(engine);
        return 0;
    }
    if (!coaio__owned(engine))
        return -EPERM;
    engine->closing = true;
    cancel_all(engine);
    drain(engine);
    drop_lists(engine, &engine->queues.done);
    drop_list(engine, &engine->queues.done_timers);
    drop_lists(engine, &engine->queues.done_reap);
    drop_list(engine, &engine->queues.reaped);
    if (engine->parts.uring && engine->load.all)
        coaio__uring_abandon(engine->parts.uring);
    coaio__unregister(engine);
    coaio__parts_tear_down(engine);
    free_memory(engine);
    return 0;
}
