/*
 * The way back: executors return requests here, from any thread; the engine collects them.
 *
 * Returned requests pile up without a lock, and only the first one after a look by the engine costs
 * a wake-up. The object is shared by the engine and its worker pools and outlives the engine when a
 * worker is stuck for good: what comes back then is disposed of by the last one to let go.
 */
#ifndef COAIO_EXEC_RETURNS_H
#define COAIO_EXEC_RETURNS_H

#include "base/wakeup.h"
#include "exec/request.h"

struct coaio__returns {
    _Atomic(struct coaio_req *) pile;
    struct coaio__wakeup wakeup;
    atomic_int attentive; /* the engine is about to look: no wake-up needed */
    atomic_uint refs;
    struct coaio__mem mem;
};

/* 0, -ENOMEM, -EMFILE. */
int coaio__returns_new(struct coaio__returns **out, const struct coaio__mem *mem);
struct coaio__returns *coaio__returns_ref(struct coaio__returns *returns);
void coaio__returns_unref(struct coaio__returns *returns);

/* Give back a request whose `work` is complete. True: the engine has to be woken by
   coaio__returns_wake. */
bool coaio__returns_put(struct coaio__returns *returns, struct coaio_req *req);
void coaio__returns_wake(struct coaio__returns *returns);

/* All that came back since the last look, oldest first, linked by `returned`. */
struct coaio_req *coaio__returns_take(struct coaio__returns *returns);
bool coaio__returns_any(const struct coaio__returns *returns);

#endif
