/*
 * What the Lua binding keeps per Lua state, and what it keeps per suspended call: the waiter.
 *
 * Every C function of the binding has the state as its first upvalue. The state is a userdata in the registry, made
 * by require; its engine is made by the first request. Waiters live in chunks that are never freed before the state.
 * Whoever takes one finds as many slots free as it can have anchors, so that to keep something alive for a request
 * allocates nothing and cannot fail.
 *
 * Counts and anchors protect what a request uses, whatever happens to the coroutine that asked: coroutine.close and
 * the collector drop its stack while a worker or the kernel still works on the file or the memory.
 */
#ifndef COAIO_LUA_STATE_H
#define COAIO_LUA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>

#include "coaio.h"
#include "lua/slots.h"

struct state;
struct task;
struct file;
struct block;
struct waiter;
struct room;

/* Builds the results of a finished wait, inside the coroutine that waited. Their number, or -1: raise the top value. */
typedef int waiter_finish(lua_State *L, struct waiter *w);

enum phase {
    PHASE_FREE,
    PHASE_PENDING,  /* its request, task or file is not finished */
    PHASE_READY,    /* in the ready queue */
    PHASE_DONE,     /* finished; who waits for it has not taken the results */
    PHASE_BUILDING, /* the results are being built; stays so when that runs out of memory */
    PHASE_FAILED    /* holds the error of a coroutine until the end of the turn */
};

enum anchor { ANCHOR_THREAD, ANCHOR_HANDLE, ANCHOR_HANDLE2, ANCHOR_DATA, ANCHORS };

/* Every call that waits has one: what only requests need, and what only other waits need, share their place. */
struct waiter {
    struct waiter  *next; /* in the free list, a queue, or the joiners of a task */
    struct state   *state;
    lua_State      *co;   /* whom to resume; NULL: somebody runs the loop until this is done */
    struct task    *task; /* co is its coroutine */
    const coaio_op *op;   /* NULL where no request is waited for */
    coaio_req      *req;  /* NULL: none, or not submitted yet */
    union {
        struct file  *closing; /* for a close that is not submitted yet */
        struct block *block;   /* for any other request: memory of a buffer */
    };
    union {
        struct { /* for a request */
            struct file *file, *file2;
            int64_t      value; /* the result where there is no request */
            size_t       at;    /* where in the buffer a read goes */
        };
        struct {                   /* for anything else */
            struct task   *joined; /* whose end is waited for; NULL: it has come */
            struct task   *subject; /* that task */
            waiter_finish *finish;
            const char    *name; /* for messages */
        };
    };
    uint32_t anchor[ANCHORS]; /* slots; 0: none */
    uint32_t generation;
    uint8_t  phase;        /* enum phase */
    bool     anchored : 1; /* it has slots, or had some */
    bool     owned : 1;    /* the request was delivered or claimed: it is ours to release */
    bool     makes_fd : 1; /* a result of the request is a new descriptor */
    bool     taken : 1;    /* which somebody owns */
    bool     orphan : 1;   /* nobody waits any more */
    bool     parked : 1;   /* only a cancel ends it, */
    bool     flushes : 1;  /* or that no request is outstanding */
    bool     starts : 1;   /* not a wait: a task to be started */
    bool     detached : 1; /* a request in callback style: its task is to be started with the results */
    bool     lost : 1;     /* its request stayed in the parent of a fork */
    bool     resizes : 1;  /* a read that sets the length of its buffer */
    bool     by_host : 1;  /* the host suspended co */
    bool     relayed : 1;  /* co waits in place of a generator */
    bool     buffered : 1; /* an open without O_DIRECT */
    bool     acts : 1;     /* its request changes something: it is worth doing although nobody waits for it */
    bool     calls : 1;    /* its request has a callback */
    bool     again : 1;    /* a second try, after descriptors had run out */
    bool     spared : 1;   /* its request is a daemon's, and counted as such */
    bool     locks : 1;    /* waits for a lock, or may */
    bool     gives_back : 1; /* a close, say: it is not cancelled, what it gives back would be lost */
};

struct queue {
    struct waiter *first, *last;
    uint32_t       count;
};

enum host_function { HOST_HOLD, HOST_RELEASE, HOST_SUSPEND, HOST_RESUME, HOST_SPAWN, HOST_FUNCTIONS };

struct state {
    coaio_engine  *engine; /* NULL before the first request and after the end */
    lua_State     *main;
    lua_State     *L;       /* who is in poll; NULL: nobody */
    lua_State     *inner;   /* the generator that runs; NULL: none */
    struct task   *current; /* whose code runs */
    struct waiter *free;
    struct chunk  *chunks;
    struct queue   ready, failed;
    const void    *file_meta, *buffer_meta, *wd_meta; /* metatables, for quick comparison */
    lua_CFunction  pcall, xpcall;
    lua_Hook       hook; /* of the main thread when poll was called */
    struct room   *room; /* under max_outstanding */
    struct slots   anchors; /* of waiters */
    struct slots   live;    /* tasks that have not ended */
    int            handler; /* references into the registry: the message handler of tasks */
    int            priorities; /* of next requests, by coroutine */
    int            reporter, driver, runner, cancelled; /* functions of the Lua modules; the value coaio.cancelled */
    int            herald; /* what waits for requests before the io files that were used are closed */
    int            heralded; /* weak: these files */
    int            retry; /* another one: what makes a request once more */
    int            host[HOST_FUNCTIONS]; /* LUA_REFNIL: it has no such function */
    int            homes; /* weak: the tasks that run in coroutines of others, by coroutine */
    int            housed; /* weak: the coroutines where these run, by task */
    int            tracebacks; /* weak: where the errors of failed tasks were, by task */
    int            causes; /* weak: the tasks whose errors those were first, who had joined them, by task */
    uint32_t       ntasks, ndaemons; /* listed ones; daemons among them */
    uint32_t       nspared; /* requests that daemons wait for */
    uint32_t       nflushes, npriorities;
    uint32_t       nraises; /* of coaio.cancelled, since a coroutine went on last */
    uint32_t       building;
    size_t         untold; /* bytes of buffers that the collector has not been told of */
    coaio_req     *last_close; /* the last of those that nobody waits for; NULL: it is over */
    uint64_t       nmade, nclosed; /* files that came, and that went without anybody waiting */
    uint64_t       futile_at; /* their sum when a collection closed none */
    int64_t        futile_until; /* when another one may be worth while */
    uint32_t       nretries; /* requests that are to be tried again */
    uint32_t       ngroups; /* unfinished groups: they wait for others and keep nothing busy */
    uint32_t       forks;  /* those that have been noticed */
    uint32_t       heir;   /* slot among the anchors: the task that forked, in a child */
    uint32_t       epoch; /* counts the forks that the engine has lived through */
    bool           watched; /* somebody watches the engine's descriptor */
    bool           hosted;  /* a host is attached */
    bool           homes_used; /* tasks run in coroutines of others */
    bool           idle;    /* and not held */
    bool           runs;    /* run is at work, */
    bool           inherits; /* in a child that was forked meanwhile */
    bool           inherited; /* the engine is the parent's, until reinit */
    bool           closed;
};

/* The state of a C function of the binding. */
struct state *coaio__state(lua_State *L);

/* The state of this Lua state, made where there is none; leaves it on the stack. */
struct state *coaio__state_push(lua_State *L);

/* A reference into the registry: a new table that keeps nobody alive who is a key in it. */
int coaio__state_weak_table(lua_State *L);

/* Set what is below the top as a key of such a table, the top as its value, pop both. Replace a key by its value. */
void coaio__state_weak_set(lua_State *L, int table);
void coaio__state_weak_get(lua_State *L, int table);

/* The engine, made at the first call. Raises where that fails. */
coaio_engine *coaio__state_engine(lua_State *L, struct state *s);

/* Hand a descriptor to a worker to close it, or close it here where there is no engine. */
void coaio__state_close_fd(struct state *s, int fd);
void coaio__state_forget_close(struct state *s);

/* Nanoseconds of a clock that only goes forward. */
int64_t coaio__state_now(void);

/* A fresh waiter, PHASE_PENDING. Raises when out of memory; _spare never allocates: one must be reserved. */
void           coaio__waiter_reserve(lua_State *L, struct state *s);
bool           coaio__waiter_is_reserved(const struct state *s);
struct waiter *coaio__waiter_new(lua_State *L, struct state *s);
struct waiter *coaio__waiter_spare(struct state *s);

/*
 * Keep the value on top of the stack alive until the waiter gives back what it holds; pops it. Where other waiters were
 * made since, slots must be reserved anew.
 */
void coaio__waiter_anchor(lua_State *L, struct waiter *w, enum anchor which);
void coaio__waiter_push_anchor(lua_State *L, struct waiter *w, enum anchor which);

/* What is waited for, for messages; NULL where nothing is. */
const char *coaio__waiter_name(const struct waiter *w);

/* The request is done with its handles and memory. */
void coaio__waiter_give_back(lua_State *L, struct waiter *w);

/* End of a waiter: drops its request and what the request made and nobody took. */
void coaio__waiter_release(lua_State *L, struct waiter *w);

/* Call `visit` for every waiter in use. */
void coaio__waiter_each(struct state *s, void (*visit)(struct waiter *w, void *data), void *data);

void           coaio__waiter_enqueue(struct queue *queue, struct waiter *w);
struct waiter *coaio__waiter_dequeue(struct queue *queue);

#endif
