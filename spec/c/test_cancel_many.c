/* Ten thousand opens of a FIFO that nobody else opens, cancelled: while they execute, in waves; and all at once, most
   of them queued. They leave the process with the descriptors, threads and memory it had. */
#include "test.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum { MANY = 10000, WAVE = 200, SPARES = 2048 /* blocks that an engine may keep for later */ };

static coaio_engine *engine;
static atomic_long blocks;
static int delivered;

static void *counting_alloc(void *ud, void *block, size_t osize, size_t nsize)
{
    (void)ud, (void)osize;
    if (nsize == 0) {
        atomic_fetch_sub(&blocks, block != NULL);
        free(block);
        return NULL;
    }
    void *fresh = realloc(block, nsize);
    atomic_fetch_add(&blocks, !block && fresh);
    return fresh;
}

static void note(coaio_req *req, void *data)
{
    (void)data;
    CHECK_EQ(coaio_result(req), -ECANCELED);
    delivered++;
}

static void open_and_cancel(int count, int started)
{
    static coaio_req *reqs[MANY];
    delivered = 0;
    for (int i = 0; i < count; i++)
        CHECK((reqs[i] = coaio_open(engine, NULL, "fifo", O_RDONLY, 0, note, NULL)) != NULL);
    do
        CHECK_EQ(coaio_poll(engine), 0);
    while (started && coaio_get(engine, COAIO_NREADY) > 0);
    for (int i = 0; i < count; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    poll_until(engine, &delivered, count);
    CHECK_EQ(delivered, count);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
}

/* Poll until all workers have left. */
static void settle(void)
{
    for (int tries = 0; coaio_get(engine, COAIO_NTHREADS) > 0; tries++) {
        CHECK(tries < 60000);
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
        CHECK_EQ(coaio_poll(engine), 0);
    }
    CHECK(coaio_wait(engine, 0) >= 0);
    CHECK_EQ(coaio_poll(engine), 0);
}

static void check_threads(int before)
{
    for (int tries = 0; count_threads() > before; tries++) {
        CHECK(tries < 60000);
        CHECK_EQ(usleep(1000), 0);
    }
    CHECK_EQ(count_threads(), before);
}

int main(void)
{
    char path[200];
    coaio_options options = {.size = sizeof options, .alloc = counting_alloc};
    int threads = count_threads() + 1; /* the watch, once it is started, stays */
#ifdef __SANITIZE_THREAD__
    threads++; /* so does one of libtsan's */
#endif
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    CHECK_EQ(coaio_engine_new(&engine, &options), 0);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_IDLE, 0), 0);
    CHECK_EQ(coaio_set(engine, COAIO_IDLE_TIMEOUT, SECOND / 1000), 0);
    open_and_cancel(WAVE, 1);
    settle();
    int fds = count_fds();
    check_threads(threads);
    for (int opened = 0; opened < MANY; opened += WAVE)
        open_and_cancel(WAVE, 1);
    open_and_cancel(MANY, 0);
    settle();
    CHECK_EQ(count_fds(), fds);
    check_threads(threads);
    CHECK(atomic_load(&blocks) <= SPARES);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(atomic_load(&blocks), 0);
    leave_directory(path);
    return 0;
}
