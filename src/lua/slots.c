/*
 * Slots: a table, and the list of its free places in those places.
 */
#include "lua/slots.h"

#include <assert.h>

static void push_table(lua_State *L, const struct slots *slots)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, slots->table);
}

/* Make `slot`, which the table has or which is its next one, the first free one. The table is on
   top of the stack. */
static void set_free(lua_State *L, struct slots *slots, uint32_t slot)
{
    lua_pushinteger(L, (lua_Integer)slots->first);
    lua_rawseti(L, -2, (lua_Integer)slot);
    slots->first = slot;
    slots->nfree++;
}

void coaio__slots_init(lua_State *L, struct slots *slots)
{
    lua_newtable(L);
    *slots = (struct slots){.table = luaL_ref(L, LUA_REGISTRYINDEX)};
}

void coaio__slots_reserve(lua_State *L, struct slots *slots, uint32_t n)
{
    if (slots->nfree >= n)
        return;
    luaL_checkstack(L, 2, NULL);
    push_table(L, slots);
    while (slots->nfree < n) {
        set_free(L, slots, slots->size + 1);
        slots->size++;
    }
    lua_pop(L, 1);
}

uint32_t coaio__slots_keep(lua_State *L, struct slots *slots)
{
    uint32_t slot = slots->first;
    assert(slots->nfree > 0 && slot != 0);
    coaio__slots_push(L, slots, slot);
    slots->first = (uint32_t)lua_tointeger(L, -1);
    slots->nfree--;
    lua_pop(L, 1);
    coaio__slots_replace(L, slots, slot);
    return slot;
}

void coaio__slots_replace(lua_State *L, const struct slots *slots, uint32_t slot)
{
    push_table(L, slots);
    lua_insert(L, -2);
    lua_rawseti(L, -2, (lua_Integer)slot);
    lua_pop(L, 1);
}

void coaio__slots_push(lua_State *L, const struct slots *slots, uint32_t slot)
{
    push_table(L, slots);
    lua_rawgeti(L, -1, (lua_Integer)slot);
    lua_remove(L, -2);
}

void coaio__slots_drop(lua_State *L, struct slots *slots, uint32_t slot)
{
    assert(slot > 0 && slot <= slots->size);
    push_table(L, slots);
    set_free(L, slots, slot);
    lua_pop(L, 1);
}
