/*
 * Memory maps as buffers: what the kernel would answer with a signal is known beforehand.
 */
#ifndef COAIO_LUA_RIGHTS_H
#define COAIO_LUA_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
    size_t length;
    uint8_t rights; /* PROT_READ, PROT_WRITE, PROT_EXEC of all pages */
    uint8_t *
        pages; /* exceptions, one byte a page: 0, or its rights with a mark; NULL: there are none */
};

/* Whether all these bytes, which lie in the map, have these rights. */
bool coaio__rights_allow(const struct map *map, size_t at, size_t length, int rights);

/*
 * A change of rights. Before it: room for what differs from other pages, as this may fail (false).
 * After it: `count` pages from `first` on have these rights, or, if it failed, may have them.
 */
bool coaio__rights_expect(struct map *map, size_t first, size_t count);
void coaio__rights_note(struct map *map, size_t first, size_t count, int rights, bool done);

/* The map has another length. */
void coaio__rights_resize(struct map *map, size_t length);

/* Unmap it. */
void coaio__rights_free(struct map *map, void *data);

size_t coaio__page_size(void);
size_t coaio__pages_in(size_t length);

#endif
