/*
 * Numbers that become narrower.
 *
 * Requests count in 64 bits on every machine; sizes, longs and pointers have 32 of them on some.
 * What a caller said is looked at before it is cast: it fits, or it is refused, or, where it says
 * "at most", it is clipped. Offsets and times have 64 bits everywhere.
 */
#ifndef COAIO_BASE_NARROW_H
#define COAIO_BASE_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

_Static_assert(sizeof(off_t) == sizeof(int64_t),
               "offsets have 64 bits: build with -D_FILE_OFFSET_BITS=64");
_Static_assert(sizeof(time_t) == sizeof(int64_t), "times have 64 bits: build with -D_TIME_BITS=64");

/* `n`, but `most` if it is more. */
static inline size_t coaio__at_most(uint64_t n, size_t most)
{
    return n < most ? (size_t)n : most;
}

/* Whether it is the number of an int, and whether it has the bits of a long or of a pointer, signed
   or not. */
static inline bool coaio__is_int(int64_t n)
{
    return n >= INT32_MIN && n <= INT32_MAX;
}

static inline bool coaio__is_word(int64_t n)
{
    return sizeof(long) == sizeof n || (n >= INT32_MIN && n <= UINT32_MAX);
}

#endif
