/* The descriptor, and coaio_wakeup from other threads and from a signal handler: nothing is lost, however many come at
   once. */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

static coaio_engine *engine;
static atomic_int running;

static void *wake_once(void *data)
{
    CHECK_EQ(coaio_wakeup(engine), 0);
    return data;
}

static void test_ends_a_wait(void)
{
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, wake_once, NULL), 0);
        CHECK_EQ(coaio_wait(engine, LIMIT), 1);
        CHECK_EQ(coaio_poll(engine), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
    }
}

static void test_before_the_wait(void)
{
    CHECK_EQ(coaio_wakeup(engine), 0);
    CHECK_EQ(coaio_wakeup(engine), 0);
    CHECK(readable(coaio_fileno(engine), 0));
    CHECK_EQ(coaio_wait(engine, LIMIT), 1);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK(!readable(coaio_fileno(engine), 0));
    CHECK_EQ(coaio_wait(engine, 0), 0);
}

static void *wake_often(void *data)
{
    for (int i = 0; i < 2000; i++)
        CHECK_EQ(coaio_wakeup(engine), 0);
    atomic_fetch_sub(&running, 1);
    return data;
}

static void count_call(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 0);
    ++*(int *)data;
}

/* Requests go on completing while four threads ring the bell. */
static void test_from_many_threads(void)
{
    pthread_t threads[4];
    int calls = 0, submitted = 0;
    atomic_store(&running, 4);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, wake_often, NULL), 0);
    while (atomic_load(&running) > 0 && submitted < 5000) {
        CHECK(coaio_stat(engine, NULL, "/", count_call, &calls) != NULL);
        poll_until(engine, &calls, ++submitted);
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(calls, submitted);
    CHECK_EQ(coaio_poll(engine), 0);
}

static void on_alarm(int number)
{
    (void)number;
    coaio_wakeup(engine);
}

static void test_from_a_signal_handler(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {.it_value = {.tv_usec = 20000}};
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    int ready = coaio_wait(engine, LIMIT);
    CHECK(ready == 1 || ready == -EINTR);
    CHECK_EQ(coaio_wait(engine, LIMIT), 1);
    CHECK_EQ(coaio_poll(engine), 0);
}

static void wait_for_the_descriptor(int number)
{
    (void)number;
    CHECK(readable(coaio_fileno(engine), 60000));
}

/* A signal ends the wait, and while its handler runs a deadline passes: whoever watches the descriptor must be told. */
static void test_a_deadline_during_a_signal(void)
{
    struct sigaction action = {.sa_handler = wait_for_the_descriptor};
    struct itimerval timer = {.it_value = {.tv_usec = 20000}};
    int fd = coaio_fileno(engine);
    coaio_req *req = coaio_sleep(engine, 0.1, NULL, NULL);
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    int ready = coaio_wait(engine, LIMIT);
    CHECK(ready == 1 || ready == -EINTR);
    CHECK(readable(fd, 60000));
    CHECK_EQ(result_of(req), 0);
}

/* What waited for a limit to be raised is something to do. */
static void test_limits_raised(void)
{
    int fd = coaio_fileno(engine), calls = 0;
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 0), 0);
    for (int i = 0; i < 10; i++)
        CHECK(coaio_stat(engine, NULL, "/", count_call, &calls) != NULL);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK(!readable(fd, 0));
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 8), 0);
    while (calls < 10) {
        CHECK(readable(fd, 60000));
        CHECK(coaio_poll(engine) >= 0);
    }
}

int main(void)
{
    engine = engine_new();
    test_ends_a_wait();
    test_before_the_wait();
    test_from_many_threads();
    test_from_a_signal_handler();
    test_a_deadline_during_a_signal();
    test_limits_raised();
    CHECK_EQ(coaio_engine_free(engine), 0);
    return 0;
}
