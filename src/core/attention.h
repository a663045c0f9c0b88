/*
 * The owner's attention, and sleep. All by the owner's thread, but coaio_wakeup.
 */
#ifndef COAIO_CORE_ATTENTION_H
#define COAIO_CORE_ATTENTION_H

#include "core/core.h"

/* Raise the descriptor if somebody watches it and the owner is not about to look. */
void coaio__call_owner(coaio_engine *engine);

/* From here on executors need not raise the descriptor: the owner is at work. */
void coaio__start_looking(coaio_engine *engine);

/* Before control leaves coaio: make the descriptor tell the truth. */
void coaio__settle(coaio_engine *engine);

/* Have the watch raise the descriptor at the nearest deadline, while the owner is away. */
void coaio__set_alarm(coaio_engine *engine);

/* Sleep until executors return something, a deadline or `until`; coaio_wakeup ends it `for_call`.
   >= 0 or -EINTR. */
int coaio__block(coaio_engine *engine, uint64_t until, bool for_call);

#endif
