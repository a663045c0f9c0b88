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

/* ---- options --------------------------------------------------------------------------------- */

/* The backend that COAIO_BACKEND asks for, or -EINVAL for an unknown word, so that a typo does not
   go unnoticed. */
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
    if (options->backend > COAIO_BACKEND_URING || options->reserved
        || options->ring_depth > COAIO__RING_DEPTH_MAX)
        return -EINVAL;
    int backend = options->backend ? (int)options->backend : backend_from_environment();
    if (backend < 0)
        return backend;
    options->backend = (uint32_t)backend;
    if (!options->ring_depth)
        options->ring_depth = COAIO__RING_DEPTH_DEFAULT;
    return 0;
}

/* ---- the parts ------------------------------------------------------------------------------- */

int coaio_engine_new(coaio_engine **out, const coaio_options *given)
{
    coaio_options options;
    int error = read_options(&options, given);
    if (error)
        return error;
    struct coaio__mem mem = {.alloc = options.alloc, .ud = options.alloc_data};
    coaio_engine *engine = coaio__calloc(&mem, sizeof *engine);
    if (!engine)
        return -ENOMEM;
    engine->mem = mem;
    engine->options = options;
    coaio__queues_init(&engine->queues);
    coaio__limits_default(engine);
    error = coaio__parts_set_up(engine);
    if (error) {
        coaio__free(&mem, engine);
        return error;
    }
    coaio__keep_some(&engine->mem); /* from here on it is the owner's alone: executors have copies
                                       that keep none */
    coaio__register(engine);
    *out = engine;
    return 0;
}

const char *coaio_backend(const coaio_engine *engine)
{
    return engine->parts.uring && coaio__uring_is_on(engine->parts.uring) ? "uring" : "threads";
}

/* ---- freeing --------------------------------------------------------------------------------- */

/* Requests that executors have not begun with are ready again, and share the fate of the rest. */
static void stop_executors(coaio_engine *engine)
{
    struct coaio__link back, *link;
    coaio__queue_init(&back);
    for (int i = 0; i < COAIO__ROUTES; i++)
        if (engine->parts.executor[i])
            engine->parts.executor[i]->class->stop(engine->parts.executor[i], &back);
    while ((link = coaio__queue_pop(&back)) != NULL) {
        coaio__take_over(engine, coaio__req_of(link));
        coaio__enqueue(engine, coaio__req_of(link));
    }
}

/* End a request without delivery: the result of a done one is disposed of. A detached close happens
   all the same. */
static void drop(coaio_engine *engine, struct coaio_req *req)
{
    if (req->state == COAIO__DONE && !req->verdict) {
        coaio__req_drop_work(req, &engine->mem);
    } else if (req->state == COAIO__READY || req->state == COAIO__PARKED) {
        struct coaio__context context = coaio__req_context(req, &engine->mem);
        if (req->flags & COAIO_DETACHED && req->op->info.code == COAIO_CLOSE)
            (void)req->op->run(&req->args, &context);
    }
    coaio__req_unref(engine, req);
}

/* Wait for the requests that executors still have, but no longer than drain_timeout. */
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
    coaio__groups_drop(engine); /* while their members are there */
    stop_executors(engine);
    coaio__queues_each(engine, drop);
    drain(engine);
    coaio__queues_each(engine, drop); /* what has come back meanwhile */
    if (engine->parts.uring && engine->load.all)
        coaio__uring_abandon(engine->parts.uring);
    coaio__unregister(engine);
    coaio__parts_tear_down(engine);
    free_memory(engine);
    return 0;
}
