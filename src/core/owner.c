/*
 * Requests that the owner runs itself, since there is no worker.
 */
#include "core/owner.h"

#include <signal.h>

#include "exec/bound.h"

bool coaio__owner_must_run(const struct coaio_req *req)
{
    if (req->stage != COAIO__GIVEN_BACK || coaio__req_is_shared(req)
        || req->route != COAIO__ROUTE_ORDINARY || req->op->interruptible)
        return false;
    return req->op->lane != COAIO__LANE_BY_PATH || !coaio__open_may_wait(&req->args);
}

/* A worker has all signals blocked. So a write beyond RLIMIT_FSIZE is EFBIG here too, and not the
   end of the program. A signal that was pending before stays so. */
static int64_t run_quietly(coaio_engine *engine, struct coaio_req *req)
{
    static const struct timespec now = {0};
    sigset_t sent, before, pending;
    sigemptyset(&sent);
    sigaddset(&sent, SIGXFSZ);
    sigaddset(&sent, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sent, &before);
    sigpending(&pending);
    int64_t value = coaio__req_run(req, &engine->mem);
    if (sigismember(&pending, SIGXFSZ))
        sigdelset(&sent, SIGXFSZ);
    if (sigismember(&pending, SIGPIPE))
        sigdelset(&sent, SIGPIPE);
    while (sigtimedwait(&sent, NULL, &now) > 0)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return value;
}

void coaio__owner_run(coaio_engine *engine, struct coaio_req *req)
{
    req->server = COAIO__SERVER_INLINE;
    req->work.value = run_quietly(engine, req);
}
