/*
 * The floor: the same work by plain blocking system calls in one thread of a C program.
 */
#include "bench.h"

#include <fcntl.h>
#include <string.h>

static double read_file(const struct bench_args *a, int flags)
{
    int      fd = open(a->target, O_RDONLY | O_CLOEXEC | flags);
    int64_t  blocks = bench_blocks(a->target);
    uint32_t seed = 1;
    long     count = 0;
    void    *buf = NULL;
    double   start = bench_now();
    if (fd < 0 || posix_memalign(&buf, BENCH_BLOCK, BENCH_BLOCK) != 0)
        bench_die(a->target);
    do {
        for (int i = 0; i < 64; i++, count++) {
            if (pread(fd, buf, BENCH_BLOCK, bench_offset(&seed, blocks)) != BENCH_BLOCK)
                bench_die("pread");
        }
    } while (bench_now() - start < a->amount);
    free(buf);
    close(fd);
    return (double)count / (bench_now() - start);
}

static double stat_file(const struct bench_args *a)
{
    double start = bench_now();
    long   count = 0;
    do {
        for (int i = 0; i < 64; i++, count++) {
            struct stat st;
            if (stat(a->target, &st) != 0)
                bench_die(a->target);
        }
    } while (bench_now() - start < a->amount);
    return (double)count / (bench_now() - start);
}

static double read_files(const struct bench_args *a)
{
    char   path[4096], buf[BENCH_BLOCK];
    long   count = (long)a->amount;
    double start = bench_now();
    for (long i = 0; i < count; i++) {
        bench_file(path, sizeof path, a->target, i);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || pread(fd, buf, sizeof buf, 0) <= 0 || close(fd) != 0)
            bench_die(path);
    }
    return (double)count / (bench_now() - start);
}

int main(int argc, char **argv)
{
    struct bench_args a = bench_parse(argc, argv);
    double            result;
    if (strcmp(a.work, "read") == 0)
        result = read_file(&a, 0);
    else if (strcmp(a.work, "direct") == 0)
        result = read_file(&a, O_DIRECT);
    else if (strcmp(a.work, "stat") == 0)
        result = stat_file(&a);
    else if (strcmp(a.work, "files") == 0)
        result = read_files(&a);
    else
        return BENCH_SKIP;
    printf("%.3f\n", result);
    return 0;
}
