/*
 * A request, from submit to delivery.
 *
 *          submit          dispatch             executor            engine          poll, reap
 *   (none) -------> READY -----------> HELD ---------------> DONE ---------> DELIVERED
 *             |              (queued or running)  returns     ^
 *             +------------------- completed inline ----------+
 *             +--> PARKED (no executor) ----------------------+
 *
 * PARKED are aio_sleep, groups, and closes that wait for the orphans of their descriptor (which are
 * READY after that). All states belong to the owner's thread. While an executor holds a request
 * (`held`), the executor alone writes `work`, and `stage` is the executor's business. A request
 * that is cancelled or timed out while held may be DONE or DELIVERED long before its executor
 * returns it: what it made is then disposed of.
 */
#ifndef COAIO_EXEC_REQUEST_H
#define COAIO_EXEC_REQUEST_H

#include <errno.h>

#include "base/queue.h"
#include "ops/ops.h"

enum coaio__state { COAIO__READY, COAIO__HELD, COAIO__PARKED, COAIO__DONE, COAIO__DELIVERED };

enum coaio__stage {
    COAIO__QUEUED, /* in an executor's queue: can be withdrawn */
    COAIO__RUNNING,
    COAIO__WAITING_INPUT, /* of the poller: for its descriptor, the second one if it has two */
    COAIO__WAITING_OUTPUT,
    COAIO__GIVEN_BACK /* returned, and nobody began with it */
};

enum coaio__server {
    COAIO__SERVER_NONE,
    COAIO__SERVER_INLINE,
    COAIO__SERVER_THREADS,
    COAIO__SERVER_URING
};

/* How its executor does a request. All but the usual one are for the ordinary lane, whose workers
   take several such requests at a time (core/place.c). */
enum coaio__manner {
    COAIO__USUAL,
    COAIO__ATTEMPT, /* try_inline, which may answer COAIO__REROUTE; the owner may take it back and
                       try it, too */
    COAIO__EITHER, /* run; but as long as no worker has got to it the owner may take it back and try
                      it */
    COAIO__WORKERS /* run: the owner cannot */
};

/* An executor's answers instead of a result. Not here: give it to workers that can. The poller's: a
   worker is to do what can be done at once, since that takes a disk. That worker's: now it has to
   wait for others again. */
#define COAIO__REROUTE INT64_MIN
#define COAIO__REROUTE_TO_DISK (INT64_MIN + 1)
#define COAIO__REROUTE_TO_POLLER (INT64_MIN + 2)

static inline bool coaio__is_reroute(int64_t value)
{
    return value <= COAIO__REROUTE_TO_POLLER;
}

struct coaio__member;

/* There may be millions of them: sorted by size, so that no space is lost. */
struct coaio_req {
    struct coaio__link link; /* in the one queue that has it: ready, an executor's, or done */
    union {
        struct coaio_req *returned; /* the next one in the pile of returned requests */
        uint64_t since;             /* of the poller, while it has the request: when it began */
    };
    const struct coaio__op *op;
    coaio_engine *engine;
    coaio_cb cb;
    void *data;
    struct coaio__args args;
    struct coaio__result work;    /* what the operation made */
    struct coaio__member *member; /* of a group, or NULL (core/members.c) */
    int32_t verdict; /* 0, or -ECANCELED, -ETIMEDOUT: the result, whatever its operation makes */
    uint32_t timer;  /* index among the engine's timers, or COAIO__NO_TIMER */
    uint32_t refs;
    uint32_t slot; /* on the ring */
    uint8_t flags; /* enum coaio_next_flags */
    int8_t priority;
    uint8_t state;
    uint8_t stage;
    uint8_t server;            /* enum coaio__server */
    _Atomic uint8_t cancelled; /* the operation should give up: read by workers */
    uint8_t route;             /* which executor holds it: the engine's business */
    bool held : 1;
    bool tried : 1;    /* to complete inline, or it cannot; a sendfile: by a worker */
    bool stepwise : 1; /* the worker is to call `at_once`, and not `run` */
    uint8_t manner;    /* enum coaio__manner; USUAL while no executor holds it */
};

#define COAIO__NO_TIMER UINT32_MAX

static inline struct coaio_req *coaio__req_of(struct coaio__link *link)
{
    return (struct coaio_req *)((char *)link - offsetof(struct coaio_req, link));
}

/* The context of the request's operation. */
static inline struct coaio__context coaio__req_context(struct coaio_req *req,
                                                       struct coaio__mem *mem)
{
    return (struct coaio__context){
        .mem = mem,
        .result = &req->work,
        .cancelled = &req->cancelled,
        .cached = req->flags & (COAIO_REGULAR | COAIO_BUFFERED),
        .tried = req->tried,
    };
}

/* Whether it begins where its descriptor's own position is, and moves it. */
static inline bool coaio__moves_position(const struct coaio_req *req)
{
    return req->op->moves_position || (req->op->own_position && req->args.offset < 0);
}

/* Whether a worker takes several such requests at a time. */
static inline bool coaio__req_is_shared(const struct coaio_req *req)
{
    return req->manner != COAIO__USUAL;
}

/* The same, and it does not take long without a disk. */
static inline bool coaio__req_is_brief(const struct coaio_req *req)
{
    return coaio__req_is_shared(req) && req->op->span != COAIO__SPAN_VARIES;
}

static inline bool coaio__req_is_attempt(const struct coaio_req *req)
{
    return req->manner == COAIO__ATTEMPT;
}

/* A write or sendfile of which a part is written already: that is its outcome, whatever comes
   next. */
static inline bool coaio__req_has_begun(const struct coaio_req *req)
{
    return req->op->at_once && req->op->waits_for == COAIO__OUTPUT && req->work.size > 0;
}

/* The outcome of the request if nothing more is done. */
static inline int64_t coaio__req_unfinished(const struct coaio_req *req)
{
    return coaio__req_has_begun(req) ? (int64_t)req->work.size : -ECANCELED;
}

/* The value of a request that an executor ends with `error`: the part that a write or sendfile has
   done, if there is one. Bytes that it had taken and could not pass on are freed. */
int64_t coaio__req_failed(struct coaio_req *req, int64_t error, struct coaio__mem *mem);

/* Do it, on a thread that may wait for a disk. The value or an answer. */
int64_t coaio__req_run(struct coaio_req *req, struct coaio__mem *mem);

/* Dispose of what the operation made and that nobody will get; the value stays. */
void coaio__req_drop_work(struct coaio_req *req, struct coaio__mem *mem);

/* Free all that the request owns. */
void coaio__req_clear(struct coaio_req *req, struct coaio__mem *mem);

/* Whether its operation uses memory of the caller's. */
static inline bool coaio__req_borrows(const struct coaio_req *req)
{
    return req->args.memory && !(req->flags & COAIO_COPY_BYTES);
}

#endif
