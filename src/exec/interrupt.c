/*
 * The interrupt signal. See interrupt.h.
 */
#include "exec/interrupt.h"

#include <signal.h>
#include <stddef.h>

static void do_nothing(int signal_number)
{
    (void)signal_number;
}

bool coaio__interrupt_valid(int signal_number)
{
    struct sigaction now;
    if (signal_number == 0)
        return true;
    return signal_number > 0 && signal_number != SIGKILL && signal_number != SIGSTOP
           && sigaction(signal_number, NULL, &now) == 0;
}

static void change_mask(int how, int signal_number)
{
    sigset_t set;
    if (!signal_number)
        return;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    pthread_sigmask(how, &set, NULL);
}

void coaio__interrupt_allow(int signal_number)
{
    change_mask(SIG_UNBLOCK, signal_number);
}

void coaio__interrupt_forbid(int signal_number)
{
    change_mask(SIG_BLOCK, signal_number);
}

/* Whether a handler is in place that lets calls be interrupted. */
static bool install(int signal_number)
{
    struct sigaction now, ours = {.sa_handler = do_nothing};
    if (sigaction(signal_number, NULL, &now) < 0)
        return false;
    if (now.sa_flags & SA_SIGINFO || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN))
        return !(now.sa_flags & SA_RESTART);
    if (now.sa_handler == SIG_IGN)
        return false;
    sigemptyset(&ours.sa_mask);
    return sigaction(signal_number, &ours, NULL) == 0;
}

bool coaio__interrupt_send(pthread_t thread, int signal_number)
{
    return install(signal_number) && pthread_kill(thread, signal_number) == 0;
}
