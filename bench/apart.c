/*
 * How far two processors are from each other: nanoseconds for a cache line to the other one and back, while nothing
 * else runs. Threads that work together pay that for whatever they hand over. See "Noise" in README.md.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 200000 };

static atomic_int turn;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void pass(int from, int to)
{
    for (int i = 0; i < TURNS; i++) {
        while (atomic_load(&turn) != from)
            ;
        atomic_store(&turn, to);
    }
}

static void *answer(void *unused)
{
    pass(1, 0);
    return unused;
}

int main(void)
{
    pthread_t thread;
    double    start;
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || pthread_create(&thread, NULL, answer, NULL))
        return 1;
    start = now();
    pass(0, 1);
    pthread_join(thread, NULL);
    printf("%.0f\n", (now() - start) / TURNS);
    return 0;
}
