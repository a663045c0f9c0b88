/*
 * What the C benchmarks share: a clock, the random sequence that every contender walks, and the command line
 *     PROGRAM WORK CONCURRENCY AMOUNT TARGET
 * where AMOUNT is seconds or a number of things, by work, and the answer is one number on standard output.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BENCH_BLOCK = 4096, BENCH_SKIP = 3, BENCH_FILES_PER_DIR = 1000 };

struct bench_args {
    const char *work;
    long        concurrency;
    double      amount;
    const char *target;
};

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The generator is the same, with the same seed, in bench/common.lua, bench/coro_aio.pl and bench/node_fs.mjs. */
static inline int64_t bench_offset(uint32_t *seed, int64_t blocks)
{
    *seed = (uint32_t)(((uint64_t)*seed * 1103515245U + 12345U) & 0x7fffffffU);
    return (int64_t)(*seed >> 7) % blocks * BENCH_BLOCK;
}

static inline void bench_die(const char *what)
{
    perror(what);
    exit(1);
}

static inline int64_t bench_blocks(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || st.st_size < BENCH_BLOCK)
        bench_die(path);
    return st.st_size / BENCH_BLOCK;
}

/* The path of small file number `index` below the directory `target`. */
static inline void bench_file(char *path, size_t size, const char *target, long index)
{
    snprintf(path, size, "%s/%03ld/%03ld", target, index / BENCH_FILES_PER_DIR, index % BENCH_FILES_PER_DIR);
}

/* Resident memory of this process in bytes, from /proc (0 where there is none). */
static inline double bench_resident(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long  total = 0, resident = 0;
    if (f == NULL)
        return 0;
    if (fscanf(f, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static inline struct bench_args bench_parse(int argc, char **argv)
{
    struct bench_args a;
    if (argc < 5) {
        fprintf(stderr, "usage: %s WORK CONCURRENCY AMOUNT TARGET\n", argv[0]);
        exit(2);
    }
    a.work = argv[1];
    a.concurrency = atol(argv[2]);
    a.amount = atof(argv[3]);
    a.target = argv[4];
    return a;
}

#endif
