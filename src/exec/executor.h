/*
 * Who runs requests. Three executors implement this interface: worker threads (pool.c), which do
 * every request, the io_uring ring (uring.c), which does those with an opcode, and the poller
 * (poller.c), which does those that wait for others. The owner calls it, and around fork(2) the
 * thread that forks.
 *
 * An executor takes requests in batches, in any order of priority, and returns each exactly once
 * through the engine's coaio__returns, with `work` filled in; or hands it back when withdrawn in
 * time.
 */
#ifndef COAIO_EXEC_EXECUTOR_H
#define COAIO_EXEC_EXECUTOR_H

#include "exec/request.h"

struct coaio__executor;

typedef void coaio__visit(void *data, const struct coaio_req *req, uint64_t since);

struct coaio__executor_class {
    const char *name;

    /* Take over all requests in `batch`, and start as many as its limits allow, now or when it is
       told to advance. */
    void (*submit)(struct coaio__executor *executor, struct coaio__link *batch);

    /* Go on: start what the limits now allow, look for completions. True: something was left that
       needs another call soon, although nothing will wake the engine. NULL: its threads need no
       help. */
    bool (*advance)(struct coaio__executor *executor);

    /* Take one back. True: it had not started and is the caller's again. False: too late. */
    bool (*withdraw)(struct coaio__executor *executor, struct coaio_req *req);

    /* Ask one that has started to give up. It is returned as ever. */
    void (*interrupt)(struct coaio__executor *executor, struct coaio_req *req);

    /* Hand `back` all that have not started, ask the rest to give up. */
    void (*stop)(struct coaio__executor *executor, struct coaio__link *back);

    /* Show all that executes, with the time when that began. `visit` may read what nobody writes
       meanwhile: the row of the request, its descriptors and paths. It must not call the
       executor. */
    void (*show)(struct coaio__executor *executor, coaio__visit *visit, void *data);

    /* Whether it can do this request. NULL: it does every one. */
    bool (*serves)(const struct coaio__executor *executor, const struct coaio_req *req);

    /* How many requests may execute at once; 0 pauses the executor. */
    void (*limit)(struct coaio__executor *executor, uint32_t limit);

    /* How many requests wait for their turn. */
    uint32_t (*queued)(struct coaio__executor *executor);

    /* Around fork(2): hold the executor still, so that the child finds it in one piece. NULL: only
       the owner changes it. */
    void (*hold)(struct coaio__executor *executor);
    void (*release)(struct coaio__executor *executor);

    /* In a forked child, at once: let go of what the parent could not give up otherwise. NULL:
       there is nothing of that kind. */
    void (*leave)(struct coaio__executor *executor);

    /* In the child, later: return all requests, and free the memory of the executor, whose threads
       do not exist here. */
    void (*forget)(struct coaio__executor *executor);

    /* The executor is stopped and holds no request, but for those that the engine gave up. */
    void (*free)(struct coaio__executor *executor);
};

struct coaio__executor {
    const struct coaio__executor_class *class;
};

#endif
