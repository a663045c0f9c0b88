/*
 * Reads and writes of what may have to wait for somebody else: pipes, sockets, terminals, eventfds and the like. What
 * can be done at once is done, the rest when poll(2) says that it can.
 */
#ifndef COAIO_OPS_AT_ONCE_H
#define COAIO_OPS_AT_ONCE_H

#include "ops/ops.h"

#ifdef __linux__
#define COAIO__AT_ONCE(function, events) .at_once = (function), .waits_for = (events)
#else
#define COAIO__AT_ONCE(function, events) .at_once = NULL
#endif

/* at_once.c */
coaio__at_once coaio__read_at_once, coaio__write_at_once;

#endif
