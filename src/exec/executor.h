/*
 * Who runs requests. Two executors implement this interface: worker threads (pool.c), which do every request, and the
 * io_uring ring (uring.c), which does those with an opcode. The engine calls it from its own thread only.
 *
 * An executor takes requests in batches, in any order of priority, and returns each exactly once through the engine's
 * coaio__returns, with `work` filled in; or hands it back when withdrawn in time.
 */
#ifndef COAIO_EXEC_EXECUTOR_H
#define COAIO_EXEC_EXECUTOR_H

#include "exec/request.h"

struct coaio__executor;

typedef void coaio__visit(void *data, const struct coaio_req *req, uint64_t since);

struct coaio__executor_class {
    const char *name;

    /* Take over all requests in `batch`, and start as many as its limits allow, now or when it is told to advance. */
    void (*submit)(struct coaio__executor *executor, struct coaio__link *batch);

    /* Go on: start what the limits now allow, look for completions. True: something was left that needs another call
       soon, although nothing will wake the engine. NULL: its threads need no help. */
    bool (*advance)(struct coaio__executor *executor);

    /* Take one back. True: it had not started and is the caller's again. False: too late. */
    bool (*withdraw)(struct coaio__executor *executor, struct coaio_req *req);

    /* Ask one that has started to give up. It is returned as ever. */
    void (*interrupt)(struct coaio__executor *executor, struct coaio_req *req);

    /* Hand `back` all that have not started, ask the rest to give up. */
    void (*stop)(struct coaio__executor *executor, struct coaio__link *back);

    /* Show all that executes, with the time when that began. `visit` may read what nobody writes meanwhile: the row of
       the request, its descriptors and paths. It must not call the executor. */
    void (*show)(struct coaio__executor *executor, coaio__visit *visit, void *data);
};

struct coaio__executor {
    const struct coaio__executor_class *class;
};

#endif
