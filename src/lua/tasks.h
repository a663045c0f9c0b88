/*
 * Which tasks there are.
 *
 * A task is a userdata whose user value is its coroutine, then its outcome. There may be 100,000 of
 * them, so what few have, a traceback after an error, another coroutine where it runs, stands in
 * tables by task. It stays registered until it has ended.
 */
#ifndef COAIO_LUA_TASKS_H
#define COAIO_LUA_TASKS_H

#include "lua/waiter.h"

enum task_status { TASK_QUEUED, TASK_STARTED, TASK_DONE, TASK_FAILED, TASK_CANCELLED };

struct task {
    struct state *state;
    lua_State *co;          /* NULL, as home: it has ended */
    lua_State *home;        /* where it runs: co, or a coroutine of the host */
    struct waiter *waiting; /* what it waits for now; NULL: it runs, or yielded by itself */
    union {
        struct waiter *joiners;
        /* When it has ended: joiners that were woken and are to take its outcome. */
        uintptr_t takers;
    };
    uint32_t slot; /* among the live ones; 0: none */
    int8_t priority;
    uint8_t status;  /* enum task_status */
    bool listed : 1; /* it lives, and is no task of a request that is not finished */
    bool cancelled : 1;
    bool told : 1;    /* of that, by the error */
    bool daemon : 1;  /* run does not wait for it, and cancels it at the end */
    bool watched : 1; /* somebody is going to take its outcome, */
    bool taken : 1;   /* or has, or its error was reported */
    bool failing : 1; /* its function raised */
    bool lost : 1;    /* given up: its coroutine may still be resumed by strangers */
    /* A stranger resumed its coroutine, which is one of strangers now. */
    bool adopted : 1;
    uint8_t results : 2; /* how they are kept: see outcome.c */
};

/*
 * A registered task (it is on top of the stack) stays alive until it has ended or is forgotten,
 * which allocates nothing. Only listed ones are seen by run.
 */
void coaio__task_register(lua_State *L, struct task *task);
void coaio__task_enlist(struct task *task);
void coaio__task_unlist(struct task *task);
void coaio__task_forget(lua_State *L, struct task *task);
void coaio__task_push(lua_State *L, struct task *task);

/* The task that runs in L: in a coroutine of coaio's, or of a host's. NULL: none does. */
struct task *coaio__task_at_home(lua_State *L, struct state *s);
static inline struct task *coaio__task_current(lua_State *L, struct state *s)
{
    return s->homes_used ? coaio__task_at_home(L, s) : s->current;
}

/* Call `visit` for every listed task, which is on top of the stack. */
typedef void coaio__task_visitor(lua_State *L, struct task *task, void *data);
void coaio__task_each(lua_State *L, struct state *s, coaio__task_visitor *visit, void *data);

/* Give up a task that nothing will ever wake. */
void coaio__task_lose(lua_State *L, struct task *task);

#endif
