/*
 * A descriptor that one thread watches and others make readable: an eventfd on Linux, a pipe
 * elsewhere.
 */
#ifndef COAIO_BASE_WAKEUP_H
#define COAIO_BASE_WAKEUP_H

#include <stdatomic.h>

struct coaio__wakeup {
    int watched; /* the end to watch; with an eventfd, both */
    int written;
    atomic_int raised; /* a byte is on its way or in it: further ones would change nothing */
};

/* 0 or -errno. */
int coaio__wakeup_open(struct coaio__wakeup *wakeup);
void coaio__wakeup_close(struct coaio__wakeup *wakeup);

/* Make it readable. From any thread and from signal handlers. 0 or -errno. */
int coaio__wakeup_raise(struct coaio__wakeup *wakeup);

/* Make it unreadable; to be followed by a look at whatever raisers announce. */
void coaio__wakeup_clear(struct coaio__wakeup *wakeup);

#endif
