/*
 * The watch: one thread per engine that looks after time where nobody else can.
 *
 *  - Queues: when those who work on one turn out to sleep, more of them are needed.
 *  - Stuck workers: when requests wait in a queue whose workers are all busy for too long, there is no thread left
 *    that could notice.
 *  - Interrupts: a signal that arrives just before the system call it was meant for is lost; it is sent again until
 *    the worker answers.
 *  - Deadlines: the engine's descriptor must become readable when a timeout expires while its owner sleeps in a loop
 *    that only watches the descriptor.
 *
 * Started when first needed; without any of these it sleeps.
 */
#ifndef COAIO_EXEC_WATCH_H
#define COAIO_EXEC_WATCH_H

#include "exec/returns.h"

struct coaio__pool;
struct coaio__watch;

/* 0 or -ENOMEM. */
int coaio__watch_new(struct coaio__watch **out, struct coaio__returns *returns);

/* Stop and join its thread, and free it. The pools must still exist. */
void coaio__watch_free(struct coaio__watch *watch);

/* In a forked child, where its thread does not exist. */
void coaio__watch_forget(struct coaio__watch *watch);

/* Add a pool to look after (two at most). */
void coaio__watch_pool(struct coaio__watch *watch, struct coaio__pool *pool);

/* Look at the pools at `when` (coaio__now) or before. Never called under a pool's lock. False: there is no thread to do
   it. */
bool coaio__watch_look_at(struct coaio__watch *watch, uint64_t when);

/* Whether its thread is there; it stays then. Under any lock. */
bool coaio__watch_runs(const struct coaio__watch *watch);

/* Wake the engine at `deadline` (coaio__now), COAIO__NEVER for not at all. Replaces the deadline before. False: there
   is no thread to do it. */
bool coaio__watch_alarm(struct coaio__watch *watch, uint64_t deadline);

/* Around fork(2). */
void coaio__watch_hold(struct coaio__watch *watch);
void coaio__watch_release(struct coaio__watch *watch);

#endif
