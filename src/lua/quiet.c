/*
 * Signals that the system sends to whoever writes, held back and taken away again.
 */
#include "lua/quiet.h"

#include <errno.h>
#include <time.h>

struct quiet coaio__quiet_begin(void)
{
    static const int signals[] = {SIGPIPE, SIGXFSZ};
    sigset_t set, pending;
    struct quiet quiet;
    size_t i;

    sigemptyset(&set);
    sigemptyset(&quiet.ours);
    sigpending(&pending);
    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaddset(&set, signals[i]);
        if (!sigismember(&pending, signals[i]))
            sigaddset(&quiet.ours, signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &set, &quiet.before);
    return quiet;
}

/* Also where something was written before, so that the result does not tell. */
void coaio__quiet_end(const struct quiet *quiet)
{
    int taken;
    do
        taken = sigtimedwait(&quiet->ours, NULL, &(struct timespec){0});
    while (taken > 0 || errno == EINTR);
    pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
}
