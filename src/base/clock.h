/*
 * The clock of deadlines: monotonic nanoseconds.
 */
#ifndef COAIO_BASE_CLOCK_H
#define COAIO_BASE_CLOCK_H

#include <stdint.h>
#include <uv.h>

#define COAIO__NEVER UINT64_MAX

static inline uint64_t coaio__now(void)
{
    return uv_hrtime();
}

/* `now` plus a delay, without wrapping around; a negative delay is never. */
static inline uint64_t coaio__after_ns(uint64_t now, int64_t delay_ns)
{
    if (delay_ns < 0 || (uint64_t)delay_ns > COAIO__NEVER - 1 - now)
        return COAIO__NEVER;
    return now + (uint64_t)delay_ns;
}

#endif
