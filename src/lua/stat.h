/*
 * The results of aio_stat and aio_statvfs.
 */
#ifndef COAIO_LUA_STAT_H
#define COAIO_LUA_STAT_H

#include "lua/state.h"

/* A stat object, whose fields are made when they are asked for. */
void coaio__stat_push(lua_State *L, const coaio_statbuf *stat);

/* A table. */
void coaio__statvfs_push(lua_State *L, const coaio_statvfsbuf *statvfs);

void coaio__stat_open_library(lua_State *L);

#endif
