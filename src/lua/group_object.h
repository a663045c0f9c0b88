/*
 * Groups: request objects that wait for others.
 */
#ifndef COAIO_LUA_GROUP_OBJECT_H
#define COAIO_LUA_GROUP_OBJECT_H

#include "lua/request_object.h"

/* The callback of a member begins, and has ended: until then its group does not finish. */
void coaio__group_stay(lua_State *L, struct request *member);
void coaio__group_leave(struct request *member);

/* The group is finished; pushes its results where it has some. Their number, -1: as any other
   request. */
int coaio__group_finished(lua_State *L, struct request *group, int place);

/* A group is submitted. */
void coaio__group_begins(struct request *group);

/* Let the group finish as soon as it is empty. */
void coaio__group_close(struct request *group);

/* The methods of groups, put into the metatable of requests. */
void coaio__group_open_library(lua_State *L);

#endif
