/*
 * The watch: one thread per engine that looks after time where nobody else can.
 *
 *  - Queues: if the workers of a queue turn out to sleep, more of them are needed.
 *  - Stuck workers: if requests wait in a queue and all of its workers are busy for too long, no
 *    thread is left that could notice.
 *  - Interrupts: a signal that arrives just before the system call it was meant for is lost; it is
 *    sent again until the worker answers.
 *  - Deadlines: the engine's descriptor must become readable when a timeout expires while the owner
 *    sleeps in a loop that only watches the descriptor.
 *
 * The first three are looks, which others add; the watch itself is a clock. Its thread is started
 * when first needed, and sleeps while no look and no deadline is due.
 */
#ifndef COAIO_EXEC_WATCH_H
#define COAIO_EXEC_WATCH_H

#include "exec/returns.h"

struct coaio__watch;

enum { COAIO__LOOKS_MAX = 2 };

/* Called on the watch's thread, without any lock, with the time `now` (coaio__now) and what was
   added with it. Returns when the next look is due, or COAIO__NEVER. */
typedef uint64_t coaio__look(void *data, uint64_t now);

/* 0 or -ENOMEM. */
int coaio__watch_new(struct coaio__watch **out, struct coaio__returns *returns);

/* Stop and join the watch's thread, and free the watch. What the looks look at must still exist. */
void coaio__watch_free(struct coaio__watch *watch);

/* Free the watch in a forked child, in which its thread does not exist. */
void coaio__watch_forget(struct coaio__watch *watch);

/* Add a look: COAIO__LOOKS_MAX at most, and before the thread is started. */
void coaio__watch_add(struct coaio__watch *watch, coaio__look *look, void *data);

/* Have all looks taken at `when` (coaio__now) or before. The caller holds no lock that a look
   takes. False: there is no thread to take them. */
bool coaio__watch_look_at(struct coaio__watch *watch, uint64_t when);

/* True if the watch's thread is there; then it stays. May be called under any lock. */
bool coaio__watch_runs(const struct coaio__watch *watch);

/* Wake the owner at `deadline` (coaio__now), or not at all for COAIO__NEVER. Replaces the deadline
   that was set before. False: there is no thread to do it. */
bool coaio__watch_alarm(struct coaio__watch *watch, uint64_t deadline);

/* Hold the watch still around fork(2). */
void coaio__watch_hold(struct coaio__watch *watch);
void coaio__watch_release(struct coaio__watch *watch);

#endif
