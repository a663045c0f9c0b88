/*
 * Interrupting a worker's system call with a signal.
 *
 * Workers block every signal. Around a call that may be interrupted they unblock one: the interrupt signal, whose
 * handler does nothing and is installed without SA_RESTART, so that the call returns EINTR. The handler is installed
 * at the first interrupt and only over SIG_DFL: a program that uses the signal itself keeps it, and its handler will
 * do as well.
 */
#ifndef COAIO_EXEC_INTERRUPT_H
#define COAIO_EXEC_INTERRUPT_H

#include <pthread.h>
#include <stdbool.h>

/* Which signals can be used: 0 (none) and those that exist and can be caught. */
bool coaio__interrupt_valid(int signal_number);

/* On the worker, around the call. */
void coaio__interrupt_allow(int signal_number);
void coaio__interrupt_forbid(int signal_number);

/* On any thread. False: that signal cannot interrupt here (it is ignored, or restarts calls). */
bool coaio__interrupt_send(pthread_t thread, int signal_number);

#endif
