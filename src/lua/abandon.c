/*
 * Waits that are given up, and waits that are cut short.
 */
#include "lua/abandon.h"

#include <errno.h>

#include "lua/holds.h"
#include "lua/tasks.h"

void coaio__wait_abandon(lua_State *L, struct waiter *w)
{
    w->wakes = WAKES_NOBODY;
    w->co = NULL;
    if (w->task)
        w->task->waiting = NULL;
    w->task = NULL;
    if (!w->op)
        coaio__waiter_forget(w);
    if (w->phase == PHASE_DONE || (!w->op && w->phase == PHASE_PENDING))
        coaio__waiter_release(L, w);
    else if (w->phase == PHASE_PENDING && w->req && !w->gives_back)
        coaio_cancel(w->req);
}

void coaio__wait_interrupt(struct waiter *w)
{
    if (w->phase != PHASE_PENDING)
        return;
    if (!w->op) {
        coaio__waiter_forget(w);
        coaio__waiter_wake(w);
    } else if (w->op->code == COAIO_CLOSE) { /* one that is dropped would lose its descriptor */
        (void)coaio__file_leave(w, ECANCELED);
    } else if (w->req && !w->gives_back) {
        coaio_cancel(w->req);
    }
}
