/*
 * The rights of a map's pages.
 *
 * Lua code must not be able to crash the program with a map, so the rights of its pages are kept
 * here, exactly, and asked before a byte is touched: mprotect may open and close single pages.
 * Bytes whose part of the file was cut off are the one trap left: touching them is SIGBUS, and no
 * bookkeeping can know.
 */
#include "lua/rights.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    RIGHTS = PROT_READ | PROT_WRITE | PROT_EXEC,
    MARK = 0x80 /* of an exception */
};

_Static_assert(RIGHTS < MARK, "the mark of an exception is none of the rights");

size_t coaio__page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

size_t coaio__pages_in(size_t length)
{
    return length / coaio__page_size() + (length % coaio__page_size() != 0);
}

static uint8_t rights_of(const struct map *map, size_t page)
{
    return map->pages != NULL && map->pages[page] != 0 ? map->pages[page] & RIGHTS : map->rights;
}

bool coaio__rights_allow(const struct map *map, size_t at, size_t length, int rights)
{
    size_t page = at / coaio__page_size(), end = coaio__pages_in(at + length);
    if (length == 0)
        return true;
    if (map->pages == NULL)
        return (map->rights & rights) == rights;
    while (page < end && (rights_of(map, page) & rights) == rights)
        page++;
    return page == end;
}

static void set_all(struct map *map, uint8_t rights)
{
    free(map->pages);
    map->pages = NULL;
    map->rights = rights;
}

/* Where only a part changes there must be a place to note it; before the change, as this may
   fail. */
bool coaio__rights_expect(struct map *map, size_t first, size_t count)
{
    if (map->pages == NULL && (first > 0 || count < coaio__pages_in(map->length)))
        map->pages = calloc(coaio__pages_in(map->length), 1);
    else
        return true;
    return map->pages != NULL;
}

/* A change that failed may have been made in part: then only rights from before and after are
   sure. */
void coaio__rights_note(struct map *map, size_t first, size_t count, int rights, bool done)
{
    size_t page;
    if (map->pages == NULL || (done && count == coaio__pages_in(map->length))) {
        set_all(map, (uint8_t)(done ? rights : rights & map->rights));
        return;
    }
    for (page = first; page < first + count; page++)
        map->pages[page] = (uint8_t)(MARK | (done ? rights : rights & rights_of(map, page)));
}

/* Pages that are added have the rights of those before, which the system wants to be all the
   same. */
void coaio__rights_resize(struct map *map, size_t length)
{
    if (coaio__pages_in(length) > coaio__pages_in(map->length))
        set_all(map, rights_of(map, 0));
    map->length = length;
}

void coaio__rights_free(struct map *map, void *data)
{
    if (map->length > 0)
        munmap(data, map->length);
    free(map->pages);
    free(map);
}
