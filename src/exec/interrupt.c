/*
 * The interrupt signal. See interrupt.h.
 */
#include "exec/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
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

static bool is_free(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

/* SIGCHLD that is ignored has children reaped. */
static bool is_ignored(const struct sigaction *action, int signal_number)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN
           && signal_number != SIGCHLD;
}

static bool install(int signal_number)
{
    struct sigaction ours = {.sa_handler = do_nothing};
    sigemptyset(&ours.sa_mask);
    return sigaction(signal_number, &ours, NULL) == 0;
}

/* Whether a handler is in place that lets calls be interrupted. */
static bool prepare(int signal_number)
{
    struct sigaction now;
    if (sigaction(signal_number, NULL, &now) < 0)
        return false;
    if (is_free(&now) || is_ignored(&now, signal_number))
        return install(signal_number);
    return !(now.sa_flags & SA_RESTART) && (now.sa_flags & SA_SIGINFO || now.sa_handler != SIG_IGN);
}

static bool is_ours(int signal_number)
{
    struct sigaction now;
    return sigaction(signal_number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO)
           && now.sa_handler == do_nothing;
}

/* One that the program does not use. It may come to use it: then another. */
static int spare(void)
{
#ifdef SIGRTMAX
    static atomic_int chosen;
    struct sigaction now;
    int before = atomic_load(&chosen);
    if (before && is_ours(before))
        return before;
    for (int number = SIGRTMAX; number >= SIGRTMIN; number--)
        if (sigaction(number, NULL, &now) == 0 && is_free(&now) && install(number)) {
            atomic_store(&chosen, number);
            return number;
        }
#endif
    return 0;
}

int coaio__interrupt_choose(int signal_number)
{
    return !signal_number || prepare(signal_number) ? signal_number : spare();
}

bool coaio__interrupt_send(pthread_t thread, int signal_number)
{
    return prepare(signal_number) && pthread_kill(thread, signal_number) == 0;
}
