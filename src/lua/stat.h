/*
 * The results of aio_stat and aio_statvfs.
 */
#ifndef COAIO_LUA_STAT_H
#define COAIO_LUA_STAT_H

#include "lua/state.h"

/* A stat object, whose fields are made when they are asked for. */
void coaio__stat_push(lua_State *L, const coaio_statbuf *stat);

/* Tables. That of statx has no fields that its mask says mean nothing. */
void coaio__statx_push(lua_State *L, const coaio_statxbuf *statx);
void coaio__statvfs_push(lua_State *L, const coaio_statvfsbuf *statvfs);

void coaio__stat_open_library(lua_State *L);

#endif
