/*
 * Request objects: callback style.
 */
#ifndef COAIO_LUA_REQUEST_OBJECT_H
#define COAIO_LUA_REQUEST_OBJECT_H

#include "lua/state.h"

/* User values; those after the parent belong to groups. */
enum {
    VALUE_TASK = 1,
    VALUE_CALLBACK,
    VALUE_PARENT,
    VALUES,
    VALUE_RESULTS = VALUES,
    VALUE_FEEDER,
    VALUE_THREAD
};

struct request {
    struct state *state;
    struct task *task;     /* user value 1 */
    struct waiter *waiter; /* NULL: its results have been built */
    const coaio_op *op;
    coaio_req *req;         /* NULL: not submitted yet */
    coaio_req *stay;        /* in its group while its callback runs */
    struct request *parent; /* the group that it was added to */
    lua_State *feeder;      /* of a group: the coroutine that runs its feeder; NULL: it has none */
    uint32_t epoch;         /* of the engine that has it */
    bool open;              /* a group that does not finish by itself */
};

/* The request, the first argument. */
struct request *coaio__request_check(lua_State *L);

/* The request in the core, NULL where there is none (any more). */
coaio_req *coaio__request_live(const struct request *request);

/* The metatable "coaio.request", with what all of them have. */
void coaio__request_open_library(lua_State *L);

#endif
