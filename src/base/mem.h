/*
 * Memory, through the allocator hooks of an engine. Blocks carry their size, so that freeing needs only the pointer.
 */
#ifndef COAIO_BASE_MEM_H
#define COAIO_BASE_MEM_H

#include "coaio.h"

struct coaio__mem {
    coaio_alloc alloc; /* called from any thread */
    void       *ud;
};

/* At least 16-byte aligned, uninitialised; NULL when there is no memory. */
void *coaio__alloc(struct coaio__mem *mem, size_t size);

/* The same, zeroed. */
void *coaio__calloc(struct coaio__mem *mem, size_t size);

/* Aligned to `alignment`, a power of two up to 65536. */
void *coaio__alloc_aligned(struct coaio__mem *mem, size_t size, size_t alignment);

/* Grow or shrink an unaligned block; NULL leaves the old one as it was. */
void *coaio__realloc(struct coaio__mem *mem, void *block, size_t size);

/* Any of the above, or NULL. */
void coaio__free(struct coaio__mem *mem, void *block);

#endif
