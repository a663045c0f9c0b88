/*
 * What the Lua binding keeps per Lua state.
 *
 * Every C function of the binding has the state as its first upvalue. The state is a userdata in
 * the registry, made by require; its engine is made by the first request.
 */
#ifndef COAIO_LUA_STATE_H
#define COAIO_LUA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>

#include "coaio.h"
#include "lua/anchors.h"

struct state;
struct task;
struct waiter;
struct outstanding;

struct queue {
    struct waiter *first, *last;
    uint32_t count;
};

enum host_function {
    HOST_HOLD,
    HOST_RELEASE,
    HOST_SUSPEND,
    HOST_RESUME,
    HOST_SPAWN,
    HOST_FUNCTIONS
};

struct state {
    coaio_engine *engine; /* NULL before the first request and after the end */
    lua_State *main;
    lua_State *L;         /* who is in poll; NULL: nobody */
    lua_State *inner;     /* the generator that runs; NULL: none */
    struct task *current; /* whose code runs */
    struct waiter *free;
    struct chunk *chunks;
    struct queue ready, failed;
    const void *file_meta, *buffer_meta, *wd_meta; /* metatables, for quick comparison */
    lua_CFunction pcall, xpcall;
    lua_CFunction body;  /* the function at the bottom of the coroutine of every task */
    lua_CFunction again; /* makes a request once more, after descriptors had run out */
    /* The continuation of a coroutine that waits in place of its generator. */
    lua_KFunction go_on;
    /* The callback of requests: it gives back a file, which submits the close that waited. */
    coaio_cb completed;
    lua_Hook hook;                   /* of the main thread when poll was called */
    struct outstanding *outstanding; /* under max_outstanding, */
    bool limited;                    /* if there is one */
    struct anchors anchors;          /* of waiters */
    struct anchors live;             /* tasks that have not ended */
    int handler;    /* references into the registry: the message handler of tasks */
    int priorities; /* of next requests, by coroutine */
    /* Functions of the Lua modules; the value coaio.cancelled. */
    int reporter, driver, runner, cancelled;
    /* The object that waits for requests before the io files that were used are closed. */
    int herald;
    int heralded;             /* weak: these files */
    int retry;                /* another one: what makes a request once more */
    int host[HOST_FUNCTIONS]; /* LUA_REFNIL: it has no such function */
    int homes;                /* weak: the tasks that run in coroutines of others, by coroutine */
    int housed;               /* weak: the coroutines where these run, by task */
    int tracebacks;           /* weak: where the errors of failed tasks were, by task */
    /* Weak: the tasks whose errors those were first, who had joined them, by task. */
    int causes;
    uint32_t ntasks, ndaemons; /* listed ones; daemons among them */
    uint32_t nspared;          /* requests that daemons wait for */
    uint32_t nflushes, npriorities;
    uint32_t nraises; /* of coaio.cancelled, since a coroutine went on last */
    uint32_t building;
    size_t untold;           /* bytes of buffers that the collector has not been told of */
    coaio_req *last_close;   /* the last of those that nobody waits for; NULL: it is over */
    uint64_t nmade, nclosed; /* files that came, and that went without anybody waiting */
    uint64_t futile_at;      /* their sum when a collection closed none */
    int64_t futile_until;    /* when another one may be worth while */
    uint32_t nretries;       /* requests that are to be tried again */
    uint32_t ngroups;        /* unfinished groups: they wait for others and keep nothing busy */
    uint32_t forks;          /* those that have been noticed */
    uint32_t heir;           /* slot among the anchors: the task that forked, in a child */
    uint32_t epoch;          /* counts the forks that the engine has lived through */
    bool watched;            /* somebody watches the engine's descriptor */
    bool hosted;             /* a host is attached */
    bool homes_used;         /* tasks run in coroutines of others */
    bool idle;               /* and not held */
    bool runs;               /* run is at work, */
    bool inherits;           /* in a child that was forked meanwhile */
    bool inherited;          /* the engine is the parent's, until reinit */
    bool closed;
};

/* The state of a C function of the binding. */
struct state *coaio__state(lua_State *L);

/* A reference into the registry: a new table that keeps nobody alive who is a key in it. */
int coaio__state_weak_table(lua_State *L);

/* Set what is below the top as a key of such a table, the top as its value, pop both. Replace a key
   by its value. */
void coaio__state_weak_set(lua_State *L, int table);
void coaio__state_weak_get(lua_State *L, int table);

/* The engine, made at the first call. Raises where that fails. */
coaio_engine *coaio__state_start(lua_State *L, struct state *s);
static inline coaio_engine *coaio__state_engine(lua_State *L, struct state *s)
{
    return s->engine ? s->engine : coaio__state_start(L, s);
}

/* How many requests have not been delivered; 0 in a forked child until reinit. */
int64_t coaio__state_outstanding(const struct state *s);

/* Hand a descriptor to a worker to close it, or close it here where there is no engine. */
void coaio__state_close_fd(struct state *s, int fd);
void coaio__state_forget_close(struct state *s);

/* Nanoseconds of a clock that only goes forward. */
int64_t coaio__state_now(void);

#endif
