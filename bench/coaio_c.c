/*
 * The C core without Lua: `concurrency` chains of requests, each callback submitting the next one.
 */
#include "bench.h"
#include "coaio.h"

#include <fcntl.h>
#include <string.h>

struct chain {
    struct bench *bench;
    void         *buf;
    int64_t       fd;
};

struct bench {
    coaio_engine     *engine;
    struct bench_args args;
    void (*next)(struct chain *c);
    int      fd;
    uint32_t hint; /* what the program knows about fd and the engine need not ask */
    int64_t  blocks;
    uint32_t seed;
    long     live;  /* chains that have not ended */
    long     count; /* requests (files: files) begun */
    double   start;
    int      over;
};

static void check(int64_t result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, coaio_strerror((int)result));
    exit(1);
}

static coaio_engine *new_engine(void)
{
    coaio_engine *engine;
    check(coaio_engine_new(&engine, NULL), "coaio_engine_new");
    return engine;
}

static void *aligned(size_t size)
{
    void *p;
    if (posix_memalign(&p, BENCH_BLOCK, size) != 0)
        bench_die("posix_memalign");
    memset(p, 0, size);
    return p;
}

static void drive(struct bench *b)
{
    while (b->live > 0) {
        check(coaio_poll(b->engine), "coaio_poll");
        if (b->live > 0)
            check(coaio_wait(b->engine, -1), "coaio_wait");
    }
}

/* ---- chains that last for some seconds -------------------------------------------------------------------------- */

static int more(struct bench *b)
{
    if ((b->count & 63) == 0)
        b->over = bench_now() - b->start >= b->args.amount;
    if (b->over) {
        b->live--;
        return 0;
    }
    b->count++;
    return 1;
}

static void on_done(coaio_req *req, void *data)
{
    struct chain *c = data;
    check(coaio_result(req), c->bench->args.work);
    if (more(c->bench))
        c->bench->next(c);
}

static void next_read(struct chain *c)
{
    struct bench *b = c->bench;
    coaio_next(b->engine, 0, -1, b->hint);
    coaio_read(b->engine, b->fd, c->buf, BENCH_BLOCK, bench_offset(&b->seed, b->blocks), on_done, c);
}

static void next_stat(struct chain *c)
{
    coaio_stat(c->bench->engine, NULL, c->bench->args.target, on_done, c);
}

static void next_nop(struct chain *c)
{
    coaio_nop(c->bench->engine, on_done, c);
}

static double per_second(struct bench *b)
{
    struct chain *chains = calloc((size_t)b->live, sizeof *chains);
    long          n = b->live;
    if (chains == NULL)
        bench_die("calloc");
    b->start = bench_now();
    for (long i = 0; i < n; i++) {
        chains[i] = (struct chain){.bench = b, .buf = aligned(BENCH_BLOCK)};
        if (more(b))
            b->next(&chains[i]);
    }
    drive(b);
    return (double)b->count / (bench_now() - b->start);
}

static double reads(struct bench *b, int flags)
{
    b->fd = open(b->args.target, O_RDONLY | O_CLOEXEC | flags);
    if (b->fd < 0)
        bench_die(b->args.target);
    b->hint = (flags & O_DIRECT) != 0 ? 0 : COAIO_REGULAR;
    b->blocks = bench_blocks(b->args.target);
    b->next = next_read;
    return per_second(b);
}

/* ---- open, read, close of many files ---------------------------------------------------------------------------- */

static void next_file(struct chain *c);

static void on_closed(coaio_req *req, void *data)
{
    check(coaio_result(req), "close");
    next_file(data);
}

static void on_contents(coaio_req *req, void *data)
{
    struct chain *c = data;
    check(coaio_result(req) > 0 ? 0 : -1, "read");
    coaio_close(c->bench->engine, (int)c->fd, on_closed, c);
}

static void on_opened(coaio_req *req, void *data)
{
    struct chain *c = data;
    c->fd = coaio_result(req);
    check(c->fd, "open");
    coaio_next(c->bench->engine, 0, -1, COAIO_REGULAR);
    coaio_read(c->bench->engine, (int)c->fd, c->buf, BENCH_BLOCK, 0, on_contents, c);
}

static void next_file(struct chain *c)
{
    struct bench *b = c->bench;
    char          path[4096];
    if (b->count >= (long)b->args.amount) {
        b->live--;
        return;
    }
    bench_file(path, sizeof path, b->args.target, b->count++);
    coaio_open(b->engine, NULL, path, O_RDONLY, 0, on_opened, c);
}

static double files(struct bench *b)
{
    long          n = b->live;
    struct chain *chains = calloc((size_t)n, sizeof *chains);
    if (chains == NULL)
        bench_die("calloc");
    b->start = bench_now();
    for (long i = 0; i < n; i++) {
        chains[i] = (struct chain){.bench = b, .buf = aligned(BENCH_BLOCK)};
        next_file(&chains[i]);
    }
    drive(b);
    return b->args.amount / (bench_now() - b->start);
}

/* ---- many at once ----------------------------------------------------------------------------------------------- */

static void on_counted(coaio_req *req, void *data)
{
    struct bench *b = data;
    check(coaio_result(req), b->args.work);
    b->live--;
}

/* Nanoseconds per request when `concurrency` of them are submitted, and then all waited for. */
static double outstanding(struct bench *b)
{
    long  n = b->args.concurrency;
    void *buf = aligned(BENCH_BLOCK);
    b->fd = open(b->args.target, O_RDONLY | O_CLOEXEC);
    b->blocks = bench_blocks(b->args.target);
    b->start = bench_now();
    do {
        for (b->live = 0; b->live < n; b->live++, b->count++) {
            coaio_next(b->engine, 0, -1, COAIO_REGULAR);
            coaio_read(b->engine, b->fd, buf, BENCH_BLOCK, bench_offset(&b->seed, b->blocks), on_counted, b);
        }
        drive(b);
    } while (bench_now() - b->start < b->args.amount);
    return (bench_now() - b->start) * 1e9 / (double)b->count;
}

/* Bytes per read that is queued and not executing. */
static double queued(struct bench *b)
{
    long   n = b->args.concurrency;
    void  *buf = aligned(BENCH_BLOCK);
    double before;
    check(coaio_set(b->engine, COAIO_MAX_PARALLEL, 0), "coaio_set");
    b->fd = open(b->args.target, O_RDONLY | O_CLOEXEC);
    before = bench_resident();
    for (long i = 0; i < n; i++) {
        if (coaio_read(b->engine, b->fd, buf, BENCH_BLOCK, i * BENCH_BLOCK, on_counted, b) == NULL)
            bench_die("coaio_read");
    }
    check(coaio_poll(b->engine), "coaio_poll");
    return (bench_resident() - before) / (double)n;
}

static void on_overtaken(coaio_req *req, void *data)
{
    struct bench *b = data;
    on_counted(req, data);
    b->start = (bench_now() - b->start) * 1e3;
}

/* Milliseconds that an urgent stat takes when it is submitted after `concurrency` unimportant reads. */
static double priority(struct bench *b)
{
    long  n = b->args.concurrency;
    void *buf = aligned(BENCH_BLOCK);
    b->fd = open(b->args.target, O_RDONLY | O_CLOEXEC);
    b->blocks = bench_blocks(b->args.target);
    for (b->live = 0; b->live < n; b->live++) {
        coaio_next(b->engine, -4, -1, COAIO_NO_INLINE | COAIO_REGULAR);
        coaio_read(b->engine, b->fd, buf, BENCH_BLOCK, bench_offset(&b->seed, b->blocks), on_counted, b);
    }
    b->live++;
    b->start = bench_now();
    coaio_next(b->engine, 4, -1, COAIO_NO_INLINE);
    coaio_stat(b->engine, NULL, b->args.target, on_overtaken, b);
    drive(b);
    return b->start;
}

static double run(struct bench *b, const char *work)
{
    if (strcmp(work, "read") == 0)
        return reads(b, 0);
    if (strcmp(work, "direct") == 0)
        return reads(b, O_DIRECT);
    if (strcmp(work, "files") == 0)
        return files(b);
    if (strcmp(work, "outstanding") == 0)
        return outstanding(b);
    if (strcmp(work, "priority") == 0)
        return priority(b);
    if (strcmp(work, "queued") == 0)
        return queued(b);
    if (strcmp(work, "stat") == 0)
        b->next = next_stat;
    else if (strcmp(work, "nop") == 0)
        b->next = next_nop;
    else
        exit(BENCH_SKIP);
    return per_second(b);
}

int main(int argc, char **argv)
{
    struct bench b = {.args = bench_parse(argc, argv), .fd = -1, .seed = 1};
    b.live = b.args.concurrency;
    b.engine = new_engine();
    printf("%.3f\n", run(&b, b.args.work));
    fflush(stdout);
    _exit(0);
}
