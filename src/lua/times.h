/*
 * Times between Lua and C: seconds as numbers, and exact ones.
 */
#ifndef COAIO_LUA_TIMES_H
#define COAIO_LUA_TIMES_H

#include "lua/call.h"

/* The number at `index`, to the nanosecond; a float rounded to the nearest. False: it is none, or
   no time. */
bool coaio__time_to(lua_State *L, int index, coaio_time *time);

/* Seconds, with fraction. */
void coaio__time_push(lua_State *L, int64_t sec, uint32_t nsec);

/* Nanoseconds of a duration from 0 on, at most `most`, which also stands for ever; what is more
   than nothing is no less than one nanosecond. */
int64_t coaio__nanoseconds_of(lua_Number seconds, int64_t most);

#endif
