/*
 * A kernel that does not take requests from the ring any more: a program may enter a sandbox, which
 * refuses io_uring_enter(2), when engines have been made.
 *
 * What it was not given goes to workers. Of what it has been given it may post the results without
 * being entered. With DEFER_TASKRUN it does not, so the ring is closed then: the kernel cancels, or
 * ends, what it is at, and lets go of the memory. When it has done so, and not before, what can be
 * done once more goes to workers, and the rest ends with -EIO: nobody knows what became of it.
 */
#include "exec/ring.h"

#include <errno.h>

#ifdef COAIO_URING
#include <poll.h>
#include <unistd.h>

#include "base/above.h"
#include "base/policy.h"

/* ---- the tie --------------------------------------------------------------------------------- */

/* A pipe, of which the ring alone has the other end. */
int coaio__ring_tie(struct coaio__uring *uring)
{
    int ends[2];
    if (!(uring->ring.flags & IORING_SETUP_DEFER_TASKRUN))
        return 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int error = io_uring_register_files(&uring->ring, &ends[1], 1);
    close(ends[1]);
    uring->tie = coaio__above_stdio(ends[0]);
    return error < 0 ? error : uring->tie < 0 ? uring->tie : 0;
}

static bool has_been_let_go(const struct coaio__uring *uring)
{
    struct pollfd tie = {.fd = uring->tie};
    return poll(&tie, 1, COAIO__LET_GO_MS) == 1;
}

void coaio__ring_close(struct coaio__uring *uring)
{
    if (!uring->closed)
        io_uring_queue_exit(&uring->ring);
    uring->closed = true;
}

/* ---- ending what the kernel had -------------------------------------------------------------- */

/* Whether to do it twice is to do it once. A write to what is opened O_APPEND goes to the end,
   whatever its offset. */
static bool can_be_repeated(const struct coaio_req *req)
{
    switch (req->op->info.code) {
    case COAIO_READ:
    case COAIO_STAT:
    case COAIO_LSTAT:
    case COAIO_FSTAT:
    case COAIO_FSYNC:
    case COAIO_FDATASYNC:
    case COAIO_SYNC_FILE_RANGE: return true;
    case COAIO_WRITE: return !(fcntl(req->args.fd, F_GETFL) & O_APPEND);
    default: return false;
    }
}

bool coaio__ring_let_go(struct coaio__uring *uring)
{
    if (!uring->closed || !uring->in_flight)
        return false;
    if (!has_been_let_go(uring))
        return true;
    for (uint32_t i = 0; i < uring->depth; i++)
        if (uring->slots[i].req) {
            struct coaio_req *req = coaio__ring_release(uring, i);
            coaio__ring_return(uring, req, can_be_repeated(req) ? COAIO__REROUTE : -EIO);
        }
    return false;
}

/* ---- turning it off -------------------------------------------------------------------------- */

/* Entries that the kernel has not seen. */
static void take_back_entries(struct coaio__uring *uring)
{
    const struct io_uring_sq *sq = &uring->ring.sq;
    unsigned mask = *sq->kring_mask, end = sq->sqe_tail;
    for (unsigned i = end - io_uring_sq_ready(&uring->ring); i != end; i++) {
        uint64_t mark = sq->sqes[i & mask].user_data;
        if (mark != COAIO__CANCEL_MARK && mark != COAIO__LISTEN_MARK)
            coaio__ring_return(uring, coaio__ring_release(uring, (uint32_t)mark), COAIO__REROUTE);
    }
}

static void turn_off(struct coaio__uring *uring)
{
    struct coaio__link *link;
    uring->off = true;
    (void)coaio__ring_reap(uring);
    take_back_entries(uring);
    while ((link = coaio__priq_pop(&uring->queue)) != NULL)
        coaio__ring_return(uring, coaio__req_of(link), COAIO__REROUTE);
    uring->queued = uring->cancels = 0;
    uring->listening = false;
    if (uring->ring.flags & IORING_SETUP_DEFER_TASKRUN)
        coaio__ring_close(uring);
}

/* True if the answer of the kernel holds for this moment only, and not for this process. */
static bool is_passing(int answer)
{
    return answer >= 0 || answer == -EINTR || answer == -ETIME || answer == -EAGAIN
           || answer == -EBUSY || answer == -ENOMEM;
}

bool coaio__ring_heeds(struct coaio__uring *uring, int answer)
{
    if (!uring->off && !is_passing(answer))
        turn_off(uring);
    return !uring->off;
}

#endif
