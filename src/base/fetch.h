/*
 * Memory that another processor has written: it comes while something else is done, if it is asked
 * for in time.
 */
#ifndef COAIO_BASE_FETCH_H
#define COAIO_BASE_FETCH_H

#include <stddef.h>

enum { COAIO__CACHE_LINE = 64 };

static inline void coaio__fetch(const void *memory, size_t size)
{
    for (size_t at = 0; at < size; at += COAIO__CACHE_LINE)
        __builtin_prefetch((const char *)memory + at);
    __asm__ volatile("" : : "r"(memory)); /* gcc 12 drops calls of what does nothing but this */
}

#endif
