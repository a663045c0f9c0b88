/*
 * How far two processors are from each other: nanoseconds for a cache line to the other one and back, while nothing
 * else runs. Threads that work together pay that for whatever they hand over. See "Noise" in README.md.
 */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TURNS = 200000 };

static atomic_int turn;

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
    start = bench_now();
    pass(0, 1);
    pthread_join(thread, NULL);
    printf("%.0f\n", (bench_now() - start) * 1e9 / TURNS);
    return 0;
}
