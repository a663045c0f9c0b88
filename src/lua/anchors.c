/*
 * Anchors: a table, and the list of its free slots in those slots.
 */
#include "lua/anchors.h"

#include <assert.h>

static void push_table(lua_State *L, const struct anchors *anchors)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, anchors->table);
}

/* Make `slot`, which the table has or which is its next one, the first free one. The table is on
   top of the stack. */
static void set_free(lua_State *L, struct anchors *anchors, uint32_t slot)
{
    lua_pushinteger(L, (lua_Integer)anchors->first);
    lua_rawseti(L, -2, (lua_Integer)slot);
    anchors->first = slot;
    anchors->nfree++;
}

void coaio__anchors_init(lua_State *L, struct anchors *anchors)
{
    lua_newtable(L);
    *anchors = (struct anchors){.table = luaL_ref(L, LUA_REGISTRYINDEX)};
}

void coaio__anchors_reserve(lua_State *L, struct anchors *anchors, uint32_t n)
{
    if (anchors->nfree >= n)
        return;
    luaL_checkstack(L, 2, NULL);
    push_table(L, anchors);
    while (anchors->nfree < n) {
        set_free(L, anchors, anchors->size + 1);
        anchors->size++;
    }
    lua_pop(L, 1);
}

uint32_t coaio__anchors_keep(lua_State *L, struct anchors *anchors)
{
    uint32_t slot = anchors->first;
    assert(anchors->nfree > 0 && slot != 0);
    coaio__anchors_push(L, anchors, slot);
    anchors->first = (uint32_t)lua_tointeger(L, -1);
    anchors->nfree--;
    lua_pop(L, 1);
    coaio__anchors_replace(L, anchors, slot);
    return slot;
}

void coaio__anchors_replace(lua_State *L, const struct anchors *anchors, uint32_t slot)
{
    push_table(L, anchors);
    lua_insert(L, -2);
    lua_rawseti(L, -2, (lua_Integer)slot);
    lua_pop(L, 1);
}

void coaio__anchors_push(lua_State *L, const struct anchors *anchors, uint32_t slot)
{
    push_table(L, anchors);
    lua_rawgeti(L, -1, (lua_Integer)slot);
    lua_remove(L, -2);
}

void coaio__anchors_drop(lua_State *L, struct anchors *anchors, uint32_t slot)
{
    assert(slot > 0 && slot <= anchors->size);
    push_table(L, anchors);
    set_free(L, anchors, slot);
    lua_pop(L, 1);
}
