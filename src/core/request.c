/*
 * What a caller may ask of one request, and of the working directory that it made. See coaio.h.
 */
#include <errno.h>

#include "core/attention.h"
#include "core/dispatch.h"
#include "core/life.h"
#include "core/members.h"
#include "core/place.h"
#include "core/verdict.h"
#include "ops/wd.h"

int64_t coaio_result(const coaio_req *req)
{
    if (req->state != COAIO__DONE && req->state != COAIO__DELIVERED)
        return -EINPROGRESS;
    return req->verdict ? req->verdict : req->work.value;
}

int coaio_req_waits_for_lock(const coaio_req *req)
{
    return req->op->waits && req->op->waits(&req->args);
}

int64_t coaio_outcome(const coaio_req *req)
{
    return req->held || coaio_result(req) == -EINPROGRESS ? -EINPROGRESS : req->work.value;
}

const void *coaio_data(const coaio_req *req, size_t *size)
{
    bool there =
        coaio_result(req) >= 0 && req->work.memory && req->op->info.result != COAIO_RESULT_WD;
    if (size)
        *size = there ? req->work.size : 0;
    return there ? req->work.memory : NULL;
}

/* After a verdict the memory is not the operation's last word: a worker may still be at it. */
const char *coaio_error_path(const coaio_req *req)
{
    int64_t result = coaio_result(req);
    return result < 0 && result != -EINPROGRESS && !req->verdict ? req->work.memory : NULL;
}

void *coaio_take(coaio_req *req, size_t *size)
{
    void *memory = (void *)(uintptr_t)coaio_data(req, size);
    if (memory)
        req->work.memory = NULL;
    return memory;
}

void coaio_free(coaio_engine *engine, void *memory)
{
    struct coaio__mem hooks = {.alloc = engine->options.alloc, .ud = engine->options.alloc_data};
    coaio__free(&hooks,
                memory); /* from any thread: it must not go to the blocks that the owner keeps */
}

int coaio_cancel(coaio_req *req)
{
    if (!coaio__owned(req->engine))
        return -EPERM;
    if (req->state == COAIO__DELIVERED)
        return -ENOENT;
    coaio__abandon(req->engine, req, -ECANCELED);
    return 0;
}

coaio_req *coaio_ref(coaio_req *req)
{
    if (!coaio__owned(req->engine))
        return NULL;
    req->refs++;
    return req;
}

void coaio_unref(coaio_req *req)
{
    if (coaio__owned(req->engine))
        coaio__req_unref(req->engine, req);
}

int coaio_claim(coaio_req *req)
{
    coaio_engine *engine = req->engine;
    if (!coaio__owned(engine))
        return -EPERM;
    if (req->state == COAIO__DELIVERED)
        return -ENOENT;
    if (req->state != COAIO__DONE)
        return 0;
    coaio__mark_delivered(engine, req);
    coaio__group_left(engine, req);
    return 1;
}

int coaio_req_wait(coaio_req *req, int64_t timeout_ns)
{
    coaio_engine *engine = req->engine;
    if (!coaio__owned(engine))
        return -EPERM;
    uint64_t until = coaio__after_ns(timeout_ns > 0 ? coaio__now() : 0, timeout_ns);
    int ready = 0;
    for (;;) {
        if (!coaio__turn(engine))
            return -EPERM;
        if (coaio_result(req) != -EINPROGRESS)
            ready = 1;
        if (!ready && (engine->queues.nready || (timeout_ns && coaio__help(engine))))
            continue;
        if (ready || timeout_ns == 0 || (timeout_ns > 0 && coaio__now() >= until))
            break;
        ready = coaio__block(engine, until, false);
        if (ready < 0)
            break;
        ready = 0;
    }
    coaio__settle(engine);
    return ready;
}

int coaio_req_op(const coaio_req *req)
{
    return (int)req->op->info.code;
}

void *coaio_req_data(const coaio_req *req)
{
    return req->data;
}

coaio_engine *coaio_req_engine(const coaio_req *req)
{
    return req->engine;
}

const char *coaio_req_backend(const coaio_req *req)
{
    static const char *const names[] = {
        [COAIO__SERVER_NONE] = "",
        [COAIO__SERVER_INLINE] = "inline",
        [COAIO__SERVER_THREADS] = "threads",
        [COAIO__SERVER_URING] = "uring",
    };
    return req->held ? "" : names[req->server]; /* a worker may be writing it */
}

int coaio_req_cb(coaio_req *req, coaio_cb cb, void *data)
{
    coaio_engine *engine = req->engine;
    if (!coaio__owned(engine))
        return -EPERM;
    if (req->state == COAIO__DELIVERED)
        return -ENOENT;
    bool listed = req->state == COAIO__DONE;
    if (listed)
        coaio__unlist(engine, req);
    req->cb = cb;
    req->data = data;
    if (listed)
        coaio__list(engine, req);
    return 0;
}

int coaio_req_timeout(coaio_req *req, int64_t timeout_ns)
{
    coaio_engine *engine = req->engine;
    if (!coaio__owned(engine))
        return -EPERM;
    if (req->state == COAIO__DELIVERED)
        return -ENOENT;
    if (req->state == COAIO__DONE)
        return 0;
    int error = coaio__set_deadline(engine, req, timeout_ns);
    coaio__set_alarm(engine);
    return error;
}

int coaio_req_pri(coaio_req *req, int priority)
{
    coaio_engine *engine = req->engine;
    if (!coaio__owned(engine))
        return -EPERM;
    coaio__reprioritize(engine, req, coaio__clamp_priority(priority));
    return 0;
}

/* ---- what a working directory is for --------------------------------------------------------- */

coaio_wd *coaio_wd_take(coaio_req *req)
{
    coaio_wd *wd = NULL;
    if (coaio__owned(req->engine) && coaio_result(req) >= 0
        && req->op->info.result == COAIO_RESULT_WD) {
        wd = req->work.memory;
        req->work.memory = NULL;
    }
    return wd;
}

void coaio_wd_free(coaio_engine *engine, coaio_wd *wd)
{
    coaio__wd_unref(&engine->mem, wd);
}

int coaio_wd_fd(const coaio_wd *wd)
{
    return wd->fd;
}
