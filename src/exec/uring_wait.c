/*
 * Waiting for the ring, and having it call. See uring.h.
 */
#include "exec/uring.h"

#include <errno.h>

#ifdef COAIO_URING
#include <poll.h>

#include "base/clock.h"
#include "exec/ring.h"

bool coaio__uring_notify(struct coaio__uring *uring, bool on)
{
    if (uring->closed)
        return false;
    (void)io_uring_cq_eventfd_toggle(&uring->ring, on);
    if (!on || !uring->in_flight)
        return false;
    if (!uring->off) /* what came before the toggle was not announced */
        (void)coaio__ring_heeds(uring, io_uring_get_events(&uring->ring));
    return uring->off || io_uring_cq_ready(&uring->ring) > 0;
}

bool coaio__uring_waits(const struct coaio__uring *uring)
{
    return !uring->off
           && uring->ring.features
                  & IORING_FEAT_EXT_ARG; /* else a timeout needs an entry of its own */
}

static void listen_to_descriptor(struct coaio__uring *uring)
{
    struct io_uring_sqe *sqe = uring->listening ? NULL : io_uring_get_sqe(&uring->ring);
    if (!sqe)
        return;
    io_uring_prep_poll_multishot(sqe, uring->returns->wakeup.watched, POLLIN);
    io_uring_sqe_set_data64(sqe, COAIO__LISTEN_MARK);
    uring->listening = true;
}

int coaio__uring_wait(struct coaio__uring *uring, uint64_t until)
{
    struct io_uring_cqe *cqe;
    struct __kernel_timespec time = {0};
    uint64_t now = coaio__now();
    if (until != COAIO__NEVER && until > now) {
        time.tv_sec = (int64_t)((until - now) / 1000000000);
        time.tv_nsec = (long long)((until - now) % 1000000000);
    }
    listen_to_descriptor(uring);
    int got = io_uring_submit(
        &uring->ring); /* not with the wait: the kernel then hides that a signal ended it */
    uring->unsubmitted = io_uring_sq_ready(&uring->ring) > 0;
    if (got >= 0 && !io_uring_cq_ready(&uring->ring))
        got = io_uring_wait_cqes(&uring->ring, &cqe, 1, until == COAIO__NEVER ? NULL : &time, NULL);
    if (!coaio__ring_heeds(uring, got))
        return 1;
    return got == -EINTR ? got : got >= 0;
}

void coaio__uring_unlisten(struct coaio__uring *uring)
{
    struct io_uring_sqe *sqe =
        uring->listening && !uring->off ? io_uring_get_sqe(&uring->ring) : NULL;
    if (!sqe)
        return;
    io_uring_prep_cancel64(sqe, COAIO__LISTEN_MARK, 0);
    io_uring_sqe_set_data64(sqe, COAIO__CANCEL_MARK);
    for (uint32_t before = uring->cancels++; uring->cancels > before || uring->listening;) {
        int submitted = io_uring_submit_and_wait(&uring->ring, 1);
        if (submitted < 0 && submitted != -EINTR)
            return;
        coaio__ring_reap(uring);
    }
}

#endif
