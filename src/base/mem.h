/*
 * Memory, through the allocator hooks of an engine. Blocks carry their size, so that freeing needs
 * only the pointer.
 *
 * One thread, the engine's owner, keeps some blocks of the two sizes that most results have, for
 * their next use: malloc takes longer over a page than the kernel does over copying it, and over
 * what another thread frees, or made, as well. Where that thread gets no more memory they go back
 * first.
 */
#ifndef COAIO_BASE_MEM_H
#define COAIO_BASE_MEM_H

#include "base/policy.h"
#include "coaio.h"

struct coaio__kept {
    void *blocks;  /* freed, each the address of the next */
    uint32_t room; /* for how many more; where it is 0 from the start none is ever kept */
};

struct coaio__mem {
    coaio_alloc alloc; /* called from any thread */
    void *ud;
    struct coaio__kept stats, pages;
};

/* At least 16-byte aligned, uninitialised; NULL when there is no memory. */
void *coaio__alloc(struct coaio__mem *mem, size_t size);

/* The same, zeroed. */
void *coaio__calloc(struct coaio__mem *mem, size_t size);

/* Aligned to `alignment`, a power of two up to 65536. */
void *coaio__alloc_aligned(struct coaio__mem *mem, size_t size, size_t alignment);

/* Grow or shrink an unaligned block; NULL leaves the old one as it was. */
void *coaio__realloc(struct coaio__mem *mem, void *block, size_t size);

/* A block without the header, for small things in large numbers: the caller that frees it says how
   large it is. */
void *coaio__alloc_bare(struct coaio__mem *mem, size_t size);
void coaio__free_bare(struct coaio__mem *mem, void *block, size_t size);

/* Any other of the above, or NULL. */
void coaio__free(struct coaio__mem *mem, void *block);

/* Keep some from now on; what was kept goes, and no more is. */
void coaio__keep_some(struct coaio__mem *mem);
void coaio__keep_none(struct coaio__mem *mem);

#endif
