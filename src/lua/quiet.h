/*
 * Writing on the program's own thread as workers do it: what the system would kill the program for
 * is an error and no signal. EPIPE without SIGPIPE, EFBIG without SIGXFSZ.
 */
#ifndef COAIO_LUA_QUIET_H
#define COAIO_LUA_QUIET_H

#include <signal.h>

struct quiet {
    sigset_t before; /* what was blocked */
    /* Signals that were not pending: those that come now are answers to what is written. */
    sigset_t ours;
};

struct quiet coaio__quiet_begin(void);
void coaio__quiet_end(const struct quiet *quiet);

#endif
