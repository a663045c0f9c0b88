/*
 * Memory through the engine's allocator hooks.
 *
 * Hooks want to know a block's old size when they free it, as Lua's do. So each block is preceded
 * by a header that says how much was asked of the hook and how far the block is from its start; one
 * kind of header serves aligned and plain blocks, which makes freeing the same for both.
 */
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct header {
    size_t total; /* bytes asked of the hook */
    size_t shift; /* from the hook's pointer to the block */
};

enum { PLAIN_SHIFT = 16 };

_Static_assert(sizeof(struct header) <= PLAIN_SHIFT, "a header fits in front of a block");

static void *call_hook(struct coaio__mem *mem, void *raw, size_t osize, size_t nsize)
{
    if (mem->alloc)
        return mem->alloc(mem->ud, raw, osize, nsize);
    if (nsize > 0)
        return realloc(raw, nsize);
    free(raw);
    return NULL;
}

static struct header *header_of(void *block)
{
    return (struct header *)(void *)((char *)block - sizeof(struct header));
}

/* The address that the hook gave for the block. */
static void *raw_of(void *block)
{
    return (char *)block - header_of(block)->shift;
}

static void *place(void *raw, size_t total, size_t shift)
{
    void *block = (char *)raw + shift;

    *header_of(block) = (struct header){.total = total, .shift = shift};
    return block;
}

/* Where blocks of this size are kept, NULL: nowhere. */
static struct coaio__kept *kept_of(struct coaio__mem *mem, size_t size)
{
    if (size == COAIO__KEPT_STAT)
        return &mem->stats;
    return size == COAIO__KEPT_PAGE ? &mem->pages : NULL;
}

static void *reuse(struct coaio__kept *kept)
{
    void *block = kept->blocks;

    kept->blocks = *(void **)block;
    kept->room++;
    return block;
}

static void keep(struct coaio__kept *kept, void *block)
{
    *(void **)block = kept->blocks;
    kept->blocks = block;
    kept->room--;
}

/* True: there were some. */
static bool let_go(struct coaio__mem *mem, struct coaio__kept *kept)
{
    bool any = kept->blocks != NULL;

    while (kept->blocks) {
        void *block = reuse(kept);

        call_hook(mem, raw_of(block), header_of(block)->total, 0);
    }
    return any;
}

/* Ask the hook for a block. Where memory runs out, what is kept is given back first. */
static void *ask(struct coaio__mem *mem, void *raw, size_t osize, size_t nsize)
{
    void *block = call_hook(mem, raw, osize, nsize);
    bool any_stats, any_pages;

    if (block)
        return block;
    any_stats = let_go(mem, &mem->stats);
    any_pages = let_go(mem, &mem->pages);
    return any_stats || any_pages ? call_hook(mem, raw, osize, nsize) : NULL;
}

void *coaio__alloc(struct coaio__mem *mem, size_t size)
{
    struct coaio__kept *kept = kept_of(mem, size);
    void *raw;

    if (kept && kept->blocks)
        return reuse(kept);
    if (size > SIZE_MAX - PLAIN_SHIFT)
        return NULL;
    raw = ask(mem, NULL, 0, size + PLAIN_SHIFT);
    return raw ? place(raw, size + PLAIN_SHIFT, PLAIN_SHIFT) : NULL;
}

void *coaio__calloc(struct coaio__mem *mem, size_t size)
{
    void *block = coaio__alloc(mem, size);

    return block ? memset(block, 0, size) : NULL;
}

void *coaio__alloc_aligned(struct coaio__mem *mem, size_t size, size_t alignment)
{
    size_t slack = alignment + PLAIN_SHIFT, shift;
    void *raw;

    if (size > SIZE_MAX - slack)
        return NULL;
    raw = ask(mem, NULL, 0, size + slack);
    if (!raw)
        return NULL;
    shift = alignment - (((uintptr_t)raw + PLAIN_SHIFT) & (alignment - 1));
    return place(raw, size + slack, (shift & (alignment - 1)) + PLAIN_SHIFT);
}

void *coaio__realloc(struct coaio__mem *mem, void *block, size_t size)
{
    void *raw;

    if (!block)
        return coaio__alloc(mem, size);
    if (size > SIZE_MAX - PLAIN_SHIFT)
        return NULL;
    raw = ask(mem, raw_of(block), header_of(block)->total, size + PLAIN_SHIFT);
    return raw ? place(raw, size + PLAIN_SHIFT, PLAIN_SHIFT) : NULL;
}

void *coaio__alloc_bare(struct coaio__mem *mem, size_t size)
{
    return ask(mem, NULL, 0, size);
}

void coaio__free_bare(struct coaio__mem *mem, void *block, size_t size)
{
    call_hook(mem, block, size, 0);
}

void coaio__free(struct coaio__mem *mem, void *block)
{
    struct header *header;
    struct coaio__kept *kept;

    if (!block)
        return;
    header = header_of(block);
    kept = header->shift == PLAIN_SHIFT ? kept_of(mem, header->total - PLAIN_SHIFT) : NULL;
    if (kept && kept->room)
        keep(kept, block);
    else
        call_hook(mem, raw_of(block), header->total, 0);
}

void coaio__keep_some(struct coaio__mem *mem)
{
    mem->stats.room = mem->pages.room = COAIO__KEPT_MAX;
}

void coaio__keep_none(struct coaio__mem *mem)
{
    (void)let_go(mem, &mem->stats);
    (void)let_go(mem, &mem->pages);
    mem->stats.room = mem->pages.room = 0;
}
