/*
 * Reads, writes and sendfiles of what may have to wait for somebody else: pipes, sockets,
 * terminals, eventfds and the like. What can be done at once is done, the rest when poll(2) says
 * that it can.
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

/* Bytes moved at the descriptor's own position, without waiting, or -errno. -EOPNOTSUPP: the file
   cannot be asked. */
int64_t coaio__move_at_once(int fd, bool writes, void *bytes, size_t length);

/* Whether the system call would wait now, and go on when poll(2) says so. */
bool coaio__waits_plainly(int fd, bool writes);

/* at_once_sendfile.c */
coaio__at_once coaio__sendfile_at_once;

#endif
