/*
 * The engine's deadlines: a binary heap of requests by deadline.
 */
#ifndef COAIO_CORE_TIMERS_H
#define COAIO_CORE_TIMERS_H

#include "base/clock.h"
#include "exec/request.h"

struct coaio__timer {
    uint64_t deadline;
    struct coaio_req *req;
};

struct coaio__timers {
    struct coaio__timer *heap;
    uint32_t count, room;
};

/* Give a request this deadline instead of the one it had, COAIO__NEVER for none. 0, or -ENOMEM:
   nothing has changed. */
int coaio__timers_set(struct coaio__timers *timers, struct coaio__mem *mem, struct coaio_req *req,
                      uint64_t deadline);

/* Remove one, if it is in there. */
void coaio__timers_remove(struct coaio__timers *timers, struct coaio_req *req);

/* Remove and return one whose deadline has passed, NULL when there is none. */
struct coaio_req *coaio__timers_expired(struct coaio__timers *timers, uint64_t now);

/* The nearest deadline, or COAIO__NEVER. */
static inline uint64_t coaio__timers_next(const struct coaio__timers *timers)
{
    return timers->count ? timers->heap[0].deadline : COAIO__NEVER;
}

#endif
