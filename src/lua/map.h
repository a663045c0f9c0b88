/*
 * Memory maps as buffers: what the kernel would answer with a signal is known beforehand.
 */
#ifndef COAIO_LUA_MAP_H
#define COAIO_LUA_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lua.h>

struct map {
    size_t   length;
    uint8_t  rights; /* PROT_READ, PROT_WRITE, PROT_EXEC of all pages */
    uint8_t *pages;  /* exceptions, one byte a page: 0, or its rights with a mark; NULL: there are none */
};

/* Whether all these bytes, which lie in the map, have these rights. */
bool coaio__map_allows(const struct map *map, size_t at, size_t length, int rights);

/* Unmap it. */
void coaio__map_free(struct map *map, void *data);

/* mmap and its relatives into the table on top of the stack. */
void coaio__map_open_library(lua_State *L);

#endif
