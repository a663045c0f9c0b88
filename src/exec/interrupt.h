/*
 * Interrupting a worker's system call with a signal.
 *
 * Workers block every signal. Around a call that may be interrupted they unblock one, whose handler
 * does nothing and is installed without SA_RESTART, so that the call returns EINTR. That handler
 * takes the place of SIG_DFL and SIG_IGN, which a program may have inherited. A handler of the
 * program's stays, and will do as well, unless it has calls restarted: then the highest real-time
 * signal that nobody uses takes the signal's place.
 */
#ifndef COAIO_EXEC_INTERRUPT_H
#define COAIO_EXEC_INTERRUPT_H

#include <pthread.h>
#include <stdbool.h>

/* Which signals can be used: 0 (none) and those that exist and can be caught. */
bool coaio__interrupt_valid(int signal_number);

/* Which signal can interrupt here, with its handler in place: that one if possible. 0: none. */
int coaio__interrupt_choose(int signal_number);

/* On the worker, around the call. */
void coaio__interrupt_allow(int signal_number);
void coaio__interrupt_forbid(int signal_number);

/* On any thread. False: that signal cannot interrupt here any more. */
bool coaio__interrupt_send(pthread_t thread, int signal_number);

#endif
