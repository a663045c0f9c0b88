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

/* A file beside the target, of 8 MiB. */
static double write_file(const struct bench_args *a)
{
    enum { BLOCKS = 2048 };
    static char buf[BENCH_BLOCK];
    char        path[4096];
    uint32_t    seed = 1;
    long        count = 0;
    snprintf(path, sizeof path, "%s.written", a->target);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    memset(buf, 'x', sizeof buf);
    for (int i = 0; i < BLOCKS; i++)
        if (pwrite(fd, buf, BENCH_BLOCK, (off_t)i * BENCH_BLOCK) != BENCH_BLOCK)
            bench_die(path);
    double start = bench_now();
    do {
        for (int i = 0; i < 64; i++, count++)
            if (pwrite(fd, buf, BENCH_BLOCK, bench_offset(&seed, BLOCKS)) != BENCH_BLOCK)
                bench_die("pwrite");
    } while (bench_now() - start < a->amount);
    return (double)count / (bench_now() - start);
}

/* One of as many files as others rename at a time, in a directory beside the target. */
static double rename_file(const struct bench_args *a)
{
    char from[4096], to[4096 + sizeof ".renamed"];
    long count = 0;
    snprintf(from, sizeof from, "rm -rf %s.renamed && mkdir %s.renamed", a->target, a->target);
    if (system(from) != 0)
        bench_die(from);
    for (int i = 1; i <= a->concurrency; i++) {
        snprintf(from, sizeof from, "%s.renamed/%d", a->target, i);
        if (close(open(from, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) != 0)
            bench_die(from);
    }
    snprintf(to, sizeof to, "%s.renamed", from);
    double start = bench_now();
    do {
        for (int i = 0; i < 32; i++, count += 2)
            if (rename(from, to) != 0 || rename(to, from) != 0)
                bench_die(from);
    } while (bench_now() - start < a->amount);
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
    else if (strcmp(a.work, "write") == 0)
        result = write_file(&a);
    else if (strcmp(a.work, "rename") == 0)
        result = rename_file(&a);
    else if (strcmp(a.work, "stat") == 0)
        result = stat_file(&a);
    else if (strcmp(a.work, "files") == 0)
        result = read_files(&a);
    else
        return BENCH_SKIP;
    printf("%.3f\n", result);
    return 0;
}
