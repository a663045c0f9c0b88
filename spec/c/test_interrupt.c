/* The signal that interrupts a worker: whatever the process has inherited, and whatever the program does with it. The
   witness is the outcome of an open of a FIFO, which is known only when the worker has let go of it. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

static coaio_engine *engine;
static volatile sig_atomic_t handled;

static void count_handled(int number)
{
    (void)number;
    handled++;
}

static void handle(int number, void handler(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    CHECK_EQ(sigaction(number, &action, NULL), 0);
}

static int is_handler(int number, void handler(int))
{
    struct sigaction action;
    CHECK_EQ(sigaction(number, NULL, &action), 0);
    return action.sa_handler == handler;
}

/* It waits for a writer. */
static coaio_req *begin_waiting(const char *fifo)
{
    coaio_req *req = coaio_open(engine, NULL, fifo, O_RDONLY | O_CLOEXEC, 0, NULL, NULL);
    CHECK_EQ(coaio_req_wait(req, SECOND / 1000), 0); /* a worker looks, and leaves it to another */
    while (coaio_get(engine, COAIO_NREADY) > 0)
        CHECK_EQ(coaio_req_wait(req, SECOND / 1000), 0);
    return req;
}

/* Its worker let go of it. */
static void check_ended(coaio_req *req, int result)
{
    int64_t outcome;
    CHECK_EQ(coaio_result(finish(req)), result);
    while ((outcome = coaio_outcome(req)) == -EINPROGRESS)
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    CHECK_EQ(outcome, -ECANCELED);
    coaio_unref(req);
}

/* Cancel, timeout, and the end of the engine. */
static void check_interrupts(void)
{
    int        threads = count_threads();
    coaio_req *req = begin_waiting("fifo");
    CHECK_EQ(coaio_cancel(req), 0);
    check_ended(req, -ECANCELED);
    req = begin_waiting("fifo");
    CHECK_EQ(coaio_req_timeout(req, SECOND / 100), 0);
    check_ended(req, -ETIMEDOUT);
    begin_waiting("fifo");
    CHECK_EQ(coaio_set(engine, COAIO_DRAIN_TIMEOUT, LIMIT), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    while (count_threads() > threads)
        CHECK_EQ(usleep(100), 0);
}

/* As a shell has it started: trap '' URG. */
static void test_ignored(void)
{
    handle(SIGURG, SIG_IGN, 0);
    engine = engine_new();
    check_interrupts();
    handle(SIGURG, SIG_DFL, 0);
}

static void test_blocked(void)
{
    sigset_t all, before;
    sigfillset(&all);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
    engine = engine_new();
    check_interrupts();
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

/* Its own handler is not run, nor replaced. */
static void test_handler_that_restarts(void)
{
    handled = 0;
    handle(SIGURG, count_handled, SA_RESTART);
    engine = engine_new();
    check_interrupts();
    CHECK_EQ(handled, 0);
    CHECK(is_handler(SIGURG, count_handled));
}

/* Nor are those of the real-time signals, also of the one that was chosen before. */
static void test_many_handlers_that_restart(void)
{
    handled = 0;
    for (int number = SIGRTMIN + 1; number <= SIGRTMAX; number++)
        handle(number, count_handled, SA_RESTART);
    engine = engine_new();
    check_interrupts();
    CHECK_EQ(handled, 0);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        handle(number, SIG_DFL, 0);
    handle(SIGURG, SIG_DFL, 0);
}

/* It does as well. */
static void test_handler_that_interrupts(void)
{
    handled = 0;
    handle(SIGURG, count_handled, 0);
    engine = engine_new();
    check_interrupts();
    CHECK(handled > 0);
    CHECK(is_handler(SIGURG, count_handled));
    handle(SIGURG, SIG_DFL, 0);
}

/* A signal that is ignored for a purpose stays so: children are reaped. */
static void test_another_signal(int number, void before(int), int replaced)
{
    handle(number, before, 0);
    engine = engine_new();
    CHECK_EQ(coaio_set(engine, COAIO_SIGNAL, number), 0);
    check_interrupts();
    CHECK_EQ(is_handler(number, before), !replaced);
    handle(number, SIG_DFL, 0);
}

/* The program takes it while a worker waits: what waits later is interrupted by another. */
static void test_taken_meanwhile(void)
{
    engine = engine_new();
    coaio_req *req = begin_waiting("fifo");
    handle(SIGURG, count_handled, SA_RESTART);
    CHECK_EQ(coaio_cancel(req), 0);
    int writer = open("fifo", O_RDWR | O_CLOEXEC);
    CHECK_EQ(result_of(req), -ECANCELED);
    coaio_req *next = begin_waiting("other");
    CHECK_EQ(coaio_cancel(next), 0);
    check_ended(next, -ECANCELED);
    CHECK_EQ(close(writer), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    handle(SIGURG, SIG_DFL, 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600) | mkfifo("other", 0600), 0);
    engine = engine_new();
    CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0); /* a sanitizer may start a thread of its own then */
    CHECK_EQ(coaio_engine_free(engine), 0);
    test_ignored();
    test_blocked();
    test_handler_that_restarts();
    test_many_handlers_that_restart();
    test_handler_that_interrupts();
    test_another_signal(SIGUSR2, SIG_IGN, 1);
    test_another_signal(SIGUSR2, SIG_DFL, 1);
    test_another_signal(SIGCHLD, SIG_IGN, 0);
    test_taken_meanwhile();
    leave_directory(path);
    return 0;
}
