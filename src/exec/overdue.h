/*
 * What the watch does about workers that take long, and how it is asked to. See overdue.c.
 */
#ifndef COAIO_EXEC_OVERDUE_H
#define COAIO_EXEC_OVERDUE_H

#include "exec/crew.h"

/* Lock held. Interrupt what the worker runs. True: the watch has to be asked to repeat that. */
bool coaio__overdue_interrupt(struct coaio__worker *worker);

/* Lock held. Take away from all workers what they have not begun with. True: the engine has to be
   woken. */
bool coaio__overdue_relieve(struct coaio__pool *pool);

/* Lock not held. Have the watch look at `when` at the latest. If there is no thread for it, nobody
   would notice that workers sleep: from then on all may run that may, none takes a batch, and none
   keeps what it took before this was known. */
void coaio__overdue_ask(struct coaio__pool *pool, uint64_t when);

/* Lock not held, on the watch's thread: take a look at the time `now`. `pool` is a pool. Returns
   when the next look is due. */
uint64_t coaio__overdue_look(void *pool, uint64_t now);

#endif
