/*
 * Where many cached reads are under way, workers on other processors do a part of them: with the same results, also for
 * reads that end where the file does, that fail, and that are cancelled while a worker has them. What is brief and
 * never inline they do in any case, unless they are at something long.
 */
#include <fcntl.h>
#include <uv.h>

#include "test.h"

enum { BLOCK = 4096, BLOCKS = 64, TAIL = 100, READS = 1000 };

struct reads {
    coaio_engine *engine;
    int           fd, done, by_workers;
};

static void write_file(const char *path)
{
    static uint32_t block[BLOCK / sizeof(uint32_t)];
    int             fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    for (uint32_t i = 0; i <= BLOCKS; i++) {
        for (size_t at = 0; at < sizeof block / sizeof *block; at++)
            block[at] = i;
        CHECK_EQ(write(fd, block, i < BLOCKS ? BLOCK : TAIL), i < BLOCKS ? BLOCK : TAIL);
    }
    CHECK_EQ(close(fd), 0);
}

static void on_read(coaio_req *req, void *data)
{
    struct reads   *reads = data;
    const uint32_t *memory = coaio_data(req, NULL);
    int64_t         size = coaio_result(req);

    if (reads->done == 0) /* let workers begin: the owner takes nothing back meanwhile */
        CHECK_EQ(usleep(1000), 0);
    CHECK(size == BLOCK || size == TAIL || size == 0);
    for (int64_t i = 1; i < size / (int64_t)sizeof *memory; i++)
        CHECK_EQ(memory[i], memory[0]);
    CHECK(size != TAIL || memory[0] == BLOCKS);
    reads->by_workers += strcmp(coaio_req_backend(req), "threads") == 0;
    reads->done++;
}

static void submit_reads(struct reads *reads, coaio_cb cb)
{
    for (int i = 0; i < READS; i++) {
        coaio_next(reads->engine, 0, -1, COAIO_REGULAR);
        CHECK(coaio_read(reads->engine, reads->fd, NULL, BLOCK, (int64_t)i % (BLOCKS + 2) * BLOCK, cb, reads) != NULL);
    }
}

/* How many workers did. */
static int test_results(coaio_engine *engine, int fd)
{
    struct reads reads = {.engine = engine, .fd = fd};

    submit_reads(&reads, on_read);
    poll_until(engine, &reads.done, READS);
    return reads.by_workers;
}

static void on_error(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), -EBADF);
    ((struct reads *)data)->done++;
}

static void test_errors(coaio_engine *engine)
{
    struct reads reads = {.engine = engine, .fd = -1};

    submit_reads(&reads, on_error);
    poll_until(engine, &reads.done, READS);
}

/* Only what has steps says on which path it failed. */
static void on_no_stat(coaio_req *req, void *data)
{
    CHECK(coaio_result(req) == -ENOENT || coaio_result(req) == -EBADF);
    CHECK(coaio_error_path(req) == NULL);
    ((struct reads *)data)->done++;
}

static void test_failed_stats(coaio_engine *engine)
{
    struct reads stats = {.engine = engine};

    for (int i = 0; i < READS; i += 2) {
        CHECK(coaio_stat(engine, NULL, "missing", on_no_stat, &stats) != NULL);
        CHECK(coaio_fstat(engine, -1, on_no_stat, &stats) != NULL);
    }
    poll_until(engine, &stats.done, READS);
}

static void on_end(coaio_req *req, void *data)
{
    CHECK(coaio_result(req) >= 0 || coaio_result(req) == -ECANCELED);
    ((struct reads *)data)->done++;
}

/* Each is delivered once, whoever has it when it is cancelled. */
static void test_cancel(coaio_engine *engine, int fd)
{
    coaio_req   *group = coaio_group(engine, NULL, NULL);
    struct reads reads = {.engine = engine, .fd = fd};

    for (int i = 0; i < READS; i++) {
        coaio_next(engine, 0, -1, COAIO_REGULAR);
        CHECK_EQ(coaio_group_add(group, coaio_read(engine, fd, NULL, BLOCK, 0, on_end, &reads)), 0);
    }
    for (int rounds = 0; rounds < 2; rounds++)
        CHECK(coaio_poll(engine) >= 0);
    CHECK_EQ(coaio_cancel(group), 0);
    poll_until(engine, &reads.done, READS);
    CHECK_EQ(result_of(group), -ECANCELED);
}

static void on_late(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), -ECANCELED);
    ++*(int *)data;
}

/* Where all workers are at something long, and more of that waits, nothing waits for them that need not. */
static void test_no_worker_left(coaio_engine *engine, int fd)
{
    enum { LONG = 20 };
    coaio_req   *group = coaio_group(engine, NULL, NULL);
    struct reads reads = {.engine = engine, .fd = fd};
    int          late = 0;

    for (int i = 0; i < LONG; i++)
        CHECK_EQ(coaio_group_add(group, coaio_busy(engine, 1e6, on_late, &late)), 0);
    submit_reads(&reads, on_read);
    poll_until(engine, &reads.done, READS);
    CHECK_EQ(late, 0);
    CHECK_EQ(coaio_cancel(group), 0);
    poll_until(engine, &late, LONG);
    CHECK_EQ(result_of(group), -ECANCELED);
}

/* ---- what is brief, and never inline ---------------------------------------------------------------------------- */

/* Whether a worker of ours wrote; the ring does where workers just found that they sleep. */
static int write_one(coaio_engine *engine, int fd, int64_t offset)
{
    coaio_next(engine, 0, -1, COAIO_REGULAR);
    coaio_req *req = finish(coaio_write(engine, fd, "0123456789", 10, offset, NULL, NULL));
    int        by_worker = strcmp(coaio_req_backend(req), "threads") == 0;
    CHECK_EQ(coaio_result(req), 10);
    coaio_unref(req);
    return by_worker;
}

static void test_brief(coaio_engine *engine)
{
    int fd = open("written", O_RDWR | O_CREAT | O_CLOEXEC, 0600), by_workers = 0;
    for (int i = 0; i < 200 || !by_workers; i++) {
        by_workers += write_one(engine, fd, i);
        CHECK(i < 100000);
    }
    CHECK_EQ(result_of(coaio_seek(engine, fd, 0, SEEK_END, NULL, NULL)), lseek(fd, 0, SEEK_END));
    CHECK_EQ(close(fd), 0);
}

static void on_brief(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), -ENOENT);
    ++*(int *)data;
}

/* Where all workers are at something long the ring does what is brief. */
static void test_behind_long_ones(coaio_engine *engine)
{
    enum { LONG = 20, BRIEF = 500 };
    coaio_req *group = coaio_group(engine, NULL, NULL);
    int        late = 0, done = 0;
    if (strcmp(coaio_backend(engine), "uring") != 0) /* there is nowhere else */
        return;
    for (int i = 0; i < LONG; i++)
        CHECK_EQ(coaio_group_add(group, coaio_busy(engine, 1e6, on_late, &late)), 0);
    CHECK(coaio_poll(engine) >= 0);
    for (int i = 0; i < BRIEF; i++)
        CHECK(coaio_unlink(engine, NULL, "missing", on_brief, &done) != NULL);
    poll_until(engine, &done, BRIEF);
    CHECK_EQ(late, 0);
    CHECK_EQ(coaio_cancel(group), 0);
    poll_until(engine, &late, LONG);
    CHECK_EQ(result_of(group), -ECANCELED);
}

int main(void)
{
    char          path[200];
    coaio_engine *engine = engine_new();
    int           fd;

    enter_directory(path, sizeof path);
    write_file("file");
    fd = open("file", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    int cached = reads_inline(engine, fd), shares = cached && uv_available_parallelism() > 1;
    for (int tries = 0; shares && test_results(engine, fd) == 0; tries++)
        CHECK(tries < 1000);
    for (int i = 0; i < 20; i++) {
        (void)test_results(engine, fd);
        test_errors(engine);
        test_failed_stats(engine);
        test_cancel(engine, fd);
    }
    if (uv_available_parallelism() > 1)
        test_brief(engine);
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, LIMIT * 60), 0);
    if (cached)
        test_no_worker_left(engine, fd);
    test_behind_long_ones(engine);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
