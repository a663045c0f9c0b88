/*
 * What valgrind counts for C, see bench/instructions.lua:
 *     PROGRAM WORK CONCURRENCY COUNT TARGET
 * submits COUNT requests, so many at a time, and polls until they are delivered. It measures nothing itself.
 */
#include "bench.h"
#include "coaio.h"

#include <fcntl.h>
#include <string.h>

static coaio_engine *engine;
static const char   *target;
static int           fd;
static long          delivered;
static char          buf[BENCH_BLOCK];

static void check(int64_t result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, coaio_strerror((int)result));
    exit(1);
}

static void on_done(coaio_req *req, void *data)
{
    check(coaio_result(req), data);
    delivered++;
}

static void submit_nop(void)
{
    coaio_nop(engine, on_done, "nop");
}

static void submit_read(void)
{
    coaio_next(engine, 0, -1, COAIO_REGULAR);
    coaio_read(engine, fd, buf, sizeof buf, 0, on_done, "read");
}

static void submit_stat(void)
{
    coaio_stat(engine, NULL, target, on_done, "stat");
}

static void turn(void (*submit)(void), long n)
{
    long until = delivered + n;
    for (long i = 0; i < n; i++)
        submit();
    while (delivered < until) {
        check(coaio_poll(engine), "coaio_poll");
        if (delivered < until)
            check(coaio_wait(engine, -1), "coaio_wait");
    }
}

int main(int argc, char **argv)
{
    struct bench_args a = bench_parse(argc, argv);
    long              count = (long)a.amount;
    void (*submit)(void) = NULL;
    if (strcmp(a.work, "nop") == 0)
        submit = submit_nop;
    else if (strcmp(a.work, "read") == 0)
        submit = submit_read;
    else if (strcmp(a.work, "stat") == 0)
        submit = submit_stat;
    else
        return BENCH_SKIP;
    target = a.target;
    fd = open(target, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        bench_die(target);
    check(coaio_engine_new(&engine, NULL), "coaio_engine_new");
    for (long left = count; left > 0; left -= a.concurrency)
        turn(submit, left < a.concurrency ? left : a.concurrency);
    printf("%ld\n", delivered);
    fflush(stdout);
    _exit(0);
}
