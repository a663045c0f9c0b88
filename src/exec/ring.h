/*
 * The inside of the ring's executor, shared by its parts:
 *
 *   ring.c         the slots, and completions
 *   uring_off.c    a kernel that takes no requests from the ring any more
 *   uring_wait.c   waiting for completions
 *   uring.c        what the engine sees, and requests on their way into the kernel
 *
 * Everything here belongs to the owner's thread (IORING_SETUP_SINGLE_ISSUER). With DEFER_TASKRUN
 * the kernel posts completions only when this thread enters it, and signals the registered eventfd
 * when there is something to post.
 */
#ifndef COAIO_EXEC_RING_H
#define COAIO_EXEC_RING_H

#include "exec/uring.h"

#ifdef COAIO_URING
#include <liburing.h>

struct coaio__slot {
    struct coaio_req *req; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
    uint64_t since; /* in flight */
};

struct coaio__uring {
    struct coaio__executor executor;
    struct coaio__returns *returns;
    struct io_uring ring;
    struct io_uring_probe *probe;
    struct coaio__priq queue;
    struct coaio__slot *slots;
    uint32_t depth, limit, free_slot;
    uint32_t queued, in_flight, cancels;
    uint64_t now;     /* of the turn that starts requests */
    int tie;          /* hangs up when the kernel has let go of the ring, -1: nobody tells */
    bool unsubmitted; /* entries that the kernel did not take yet */
    bool listening;   /* a poll on the engine's descriptor is in flight */
    bool off;         /* the kernel takes none any more */
    bool closed;      /* nor has it the ring */
};

/* user_data of entries that are no requests; UINT64_MAX is liburing's own */
#define COAIO__CANCEL_MARK (UINT64_MAX - 1)
#define COAIO__LISTEN_MARK (UINT64_MAX - 2)

/* The user_data of what is in a slot. */
static inline uint64_t coaio__ring_mark(const struct coaio__uring *uring, uint32_t index)
{
    return (uint64_t)uring->slots[index].generation << 32 | index;
}

/* Return the request with `value`, or what is in a slot, which is free then. */
void coaio__ring_return(struct coaio__uring *uring, struct coaio_req *req, int64_t value);
struct coaio_req *coaio__ring_release(struct coaio__uring *uring, uint32_t index);

/* Take what the kernel has posted. How many. */
unsigned coaio__ring_reap(struct coaio__uring *uring);

/* uring_off.c: what the kernel said. False: it refuses for good, and the ring has been turned
   off. */
bool coaio__ring_heeds(struct coaio__uring *uring, int answer);

/* Have the kernel let go of the ring as soon as it can, and learn of it. */
int coaio__ring_tie(struct coaio__uring *uring); /* when it is new: 0 or -errno */
void coaio__ring_close(struct coaio__uring *uring);

/* Where the kernel has no ring any more: end what it had. True: some of it is still there. */
bool coaio__ring_let_go(struct coaio__uring *uring);

#endif
#endif
