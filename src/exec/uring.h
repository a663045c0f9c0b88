/*
 * The io_uring executor: requests whose row has an opcode, as far as this kernel knows it.
 *
 * A bounded number is in flight, so that priorities keep their meaning; the rest waits here in
 * order of priority. All that became ready since the last turn is submitted with one
 * io_uring_enter. Entries are known to the kernel by slot and generation, never by address, so that
 * a late cancel cannot hit a stranger.
 */
#ifndef COAIO_EXEC_URING_H
#define COAIO_EXEC_URING_H

#include "exec/executor.h"
#include "exec/returns.h"

struct coaio__uring; /* starts with a struct coaio__executor */

/* 0, -ENOMEM, -ENOTSUP (built without), or the kernel's refusal. Takes a reference of `returns`,
   whose descriptor becomes readable when the ring has completions. */
int coaio__uring_new(struct coaio__uring **out, uint32_t depth, struct coaio__returns *returns);

/* Let go of everything in flight, with the memory that the kernel may still fill. */
void coaio__uring_abandon(struct coaio__uring *uring);

/* Whether the kernel takes requests from it: a sandbox that is entered later may refuse that. */
bool coaio__uring_is_on(const struct coaio__uring *uring);

/* Whether the ring can wait for its completions and for the engine's descriptor at once. */
bool coaio__uring_waits(const struct coaio__uring *uring);

/* Do so, until `until` (coaio__now). 1 something came, 0 it was in vain, -EINTR. Not while
   notifying. */
int coaio__uring_wait(struct coaio__uring *uring, uint64_t until);

/* From now on the ring raises the engine's descriptor, and must not wait for it any more: each of
   its completions would cause the next. */
void coaio__uring_unlisten(struct coaio__uring *uring);

/* Whether completions raise the engine's descriptor: wanted while its owner sleeps, a waste while
   it polls. True: there are completions already. */
bool coaio__uring_notify(struct coaio__uring *uring, bool on);

#endif
