/*
 * What there is per suspended call: the waiter.
 *
 * Waiters live in chunks that are never freed before the state. Whoever takes one finds as many
 * slots free as it can have anchors, so that to keep something alive for a request allocates
 * nothing and cannot fail.
 *
 * Counts and anchors protect what a request uses, whatever happens to the coroutine that asked:
 * coroutine.close and the collector drop its stack while a worker or the kernel still works on the
 * file or the memory.
 */
#ifndef COAIO_LUA_WAITER_H
#define COAIO_LUA_WAITER_H

#include "lua/state.h"

struct file;
struct block;

/* The thing that is waited for, if it is no request. */
struct wait {
    const char *name; /* for messages */

    /* Builds the results, inside the coroutine that waited. Their number, or -1: raise the top
       value. */
    int (*finish)(lua_State *L, struct waiter *w);

    /* A waiter was released, after what it waited for had come; NULL: nobody wants to know. */
    void (*left)(lua_State *L, struct state *s, struct task *subject);
};

enum phase {
    PHASE_FREE,
    PHASE_PENDING,  /* its request, task or file is not finished */
    PHASE_READY,    /* in the ready queue */
    PHASE_DONE,     /* finished; who waits for it has not taken the results */
    PHASE_BUILDING, /* the results are being built; stays so when that runs out of memory */
    PHASE_FAILED    /* holds the error of a coroutine until the end of the turn */
};

/* The thing that the end of the wait wakes. */
enum wakes {
    /* A C function on the stack, which runs the loop, or waits alone, until the waiter is done. */
    WAKES_CALLER,
    WAKES_COROUTINE, /* co */
    WAKES_HOST,      /* the host, which suspended co, and resumes it */
    WAKES_TASK,      /* a task that has not started */
    WAKES_CALLBACK,  /* the task of a request in callback style: it starts with the results */
    WAKES_REPORTER,  /* the turn reports the error that the waiter holds */
    WAKES_NOBODY,
    WAKES
};

enum anchor { ANCHOR_THREAD, ANCHOR_HANDLE, ANCHOR_HANDLE2, ANCHOR_DATA, ANCHORS };

/* Every call that waits has one: what only requests need, and what only other waits need, share
   their place. */
struct waiter {
    struct waiter *next; /* in the free list, a queue, or a list of those that wait for the same */
    struct state *state;
    lua_State *co;      /* the coroutine that waits; NULL: none does */
    struct task *task;  /* co is its coroutine */
    const coaio_op *op; /* NULL where no request is waited for */
    coaio_req *req;     /* NULL: none, or not submitted yet */
    union {
        struct file *closing; /* for a close that is not submitted yet */
        struct block *block;  /* for any other request: memory of a buffer */
    };
    union {
        struct { /* for a request */
            struct file *file, *file2;
            int64_t value; /* the result where there is no request */
            size_t at;     /* where in the buffer a read goes */
        };
        struct {                     /* for anything else */
            const struct wait *wait; /* NULL: a task to be started, or an error */
            struct task *subject;    /* the task that is joined */
            /* The pointer to this waiter in a list of those that wait; NULL: in none. */
            struct waiter **link;
        };
    };
    uint32_t anchor[ANCHORS]; /* slots; 0: none */
    uint32_t generation;
    uint8_t phase;     /* enum phase */
    uint8_t wakes;     /* enum wakes */
    bool anchored : 1; /* it has slots, or had some */
    bool owned : 1;    /* the request was delivered or claimed: it is ours to release */
    bool makes_fd : 1; /* a result of the request is a new descriptor */
    bool taken : 1;    /* which somebody owns */
    bool lost : 1;     /* its request stayed in the parent of a fork */
    bool resizes : 1;  /* a read that sets the length of its buffer */
    bool relayed : 1;  /* co waits in place of a generator */
    bool buffered : 1; /* an open without O_DIRECT */
    /* Its request changes something: it is worth doing although nobody waits for it. */
    bool acts : 1;
    bool calls : 1;  /* its request has a callback */
    bool again : 1;  /* a second try, after descriptors had run out */
    bool spared : 1; /* its request is a daemon's, and counted as such */
    bool locks : 1;  /* waits for a lock, or may */
    /* A close, say: it is not cancelled, what it gives back would be lost. */
    bool gives_back : 1;
};

/* A fresh waiter, PHASE_PENDING. Raises when out of memory; _spare never allocates: one must be
   reserved. */
void coaio__waiter_reserve(lua_State *L, struct state *s);
bool coaio__waiter_is_reserved(const struct state *s);
struct waiter *coaio__waiter_new(lua_State *L, struct state *s);
struct waiter *coaio__waiter_spare(struct state *s);

/*
 * Keep the value on top of the stack alive until the waiter gives back what it holds; pops it.
 * Where other waiters were made since, slots must be reserved anew.
 */
void coaio__waiter_anchor(lua_State *L, struct waiter *w, enum anchor which);
void coaio__waiter_push_anchor(lua_State *L, struct waiter *w, enum anchor which);

/* Drop the anchors from `from` on. */
void coaio__waiter_drop_anchors(lua_State *L, struct waiter *w, enum anchor from);

/* The name of what is waited for, for messages; NULL: nothing is. */
const char *coaio__waiter_name(const struct waiter *w);

/* Call `visit` for every waiter in use. */
void coaio__waiter_each(struct state *s, void (*visit)(struct waiter *w, void *data), void *data);

void coaio__waiter_enqueue(struct queue *queue, struct waiter *w);
struct waiter *coaio__waiter_dequeue(struct queue *queue);

/* Put `w` into a list of waiters that wait for the same, in front; take it out. */
void coaio__waiter_link(struct waiter **list, struct waiter *w);
void coaio__waiter_unlink(struct waiter *w);

/* `w`, which waits for no request, leaves the list that it is in, if any: what it waited for does
   not come. */
void coaio__waiter_forget(struct waiter *w);

/* The event that `w` waits for has happened, and it was no request: `w` goes on in this turn or the
   next. */
void coaio__waiter_wake(struct waiter *w);

/* A daemon begins to wait for the request of `w`; the request is delivered. Run does not wait for
   such requests. */
void coaio__waiter_mark_spared(struct waiter *w);
void coaio__waiter_unmark_spared(struct waiter *w);

#endif
