/*
 * An allocator that fails: once at the n-th call, and from the n-th call on, for every n until a run needs no more.
 * Each time everything ends as NULL, -ENOMEM or success, and after coaio_engine_free not one block is left, and no byte
 * either: the old size of a block is the one that was asked for.
 */
#include "test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>

static struct {
    atomic_long calls, blocks, bytes;
    long        fail_at;
    int         once;
} heap;

static void *failing_alloc(void *ud, void *block, size_t osize, size_t nsize)
{
    (void)ud;
    if (nsize == 0) {
        atomic_fetch_sub(&heap.bytes, (long)osize);
        if (block)
            atomic_fetch_sub(&heap.blocks, 1);
        free(block);
        return NULL;
    }
    long call = atomic_fetch_add(&heap.calls, 1) + 1;
    if (heap.once ? call == heap.fail_at : call >= heap.fail_at)
        return NULL;
    void *fresh = realloc(block, nsize);
    if (!block && fresh)
        atomic_fetch_add(&heap.blocks, 1);
    if (fresh)
        atomic_fetch_add(&heap.bytes, (long)nsize - (long)osize);
    return fresh;
}

/* The result of a request that may be out of memory. */
static int64_t maybe(coaio_req *req)
{
    int64_t result = req ? result_of(req) : -ENOMEM;
    CHECK(result >= 0 || result == -ENOMEM);
    return result;
}

static void check_file(coaio_engine *engine)
{
    char buffer[10];
    int64_t fd = maybe(coaio_open(engine, NULL, "file", O_RDWR | O_CREAT, 0600, NULL, NULL));
    if (fd < 0)
        return;
    maybe(coaio_write(engine, (int)fd, "0123456789", 10, 0, NULL, NULL));
    maybe(coaio_read(engine, (int)fd, buffer, 10, 0, NULL, NULL));
    maybe(coaio_read(engine, (int)fd, NULL, 10, 0, NULL, NULL));
    maybe(coaio_fstat(engine, (int)fd, NULL, NULL));
    if (maybe(coaio_close(engine, (int)fd, NULL, NULL)) < 0)
        CHECK_EQ(close((int)fd), 0);
}

/* Memory that grows while it reads. */
static void check_growth(coaio_engine *engine)
{
    int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    coaio_next(engine, 0, -1, COAIO_TO_END);
    maybe(coaio_read(engine, fd, NULL, 0, 0, NULL, NULL));
    CHECK_EQ(close(fd), 0);
}

static void check_tree(coaio_engine *engine)
{
    if (maybe(coaio_mkdir(engine, NULL, "tree", 0700, NULL, NULL)) == 0 &&
        maybe(coaio_rmtree(engine, NULL, "tree//", NULL, NULL)) < 0)
        CHECK_EQ(rmdir("tree"), 0);
}

static void count_call(coaio_req *req, void *data)
{
    int64_t result = coaio_result(req);
    CHECK(result >= 0 || result == -ENOMEM);
    ++*(int *)data;
}

static void check_many(coaio_engine *engine)
{
    int submitted = 0, calls = 0;
    for (int i = 0; i < 40; i++) {
        int64_t timeout = INT64_C(1000) * SECOND;
        coaio_next(engine, i % 9 - 4, i % 3 ? timeout : -1, i % 2 ? COAIO_SLOW : 0);
        coaio_req *req = coaio_stat(engine, NULL, "/", count_call, &calls);
        int error = req ? coaio_req_timeout(req, timeout) : -ENOMEM;
        CHECK(error == 0 || error == -ENOMEM);
        submitted += req != NULL;
    }
    poll_until(engine, &calls, submitted);
}

/* A group that is not made leaves nothing, no timeout either. */
static void check_group(coaio_engine *engine)
{
    coaio_next(engine, 0, INT64_C(1000) * SECOND, 0);
    maybe(coaio_group(engine, NULL, NULL));
    CHECK_EQ(coaio_timeout(engine), -1);
}

static void scenario(void)
{
    coaio_engine *engine = NULL;
    coaio_options options = {.size = sizeof options, .alloc = failing_alloc};
    int error = coaio_engine_new(&engine, &options);
    if (error) {
        CHECK_EQ(error, -ENOMEM);
        return;
    }
    check_group(engine); /* first: no worker has begun, whose allocations come at any time */
    check_file(engine);
    check_growth(engine);
    maybe(coaio_stat(engine, NULL, "file", NULL, NULL));
    maybe(coaio_statvfs(engine, NULL, "file", NULL, NULL));
    maybe(coaio_readdir(engine, NULL, "/dev", NULL, NULL));
    maybe(coaio_readlink(engine, NULL, "/proc/self/exe", NULL, NULL));
    maybe(coaio_realpath(engine, NULL, "/proc/self/exe", NULL, NULL));
    maybe(coaio_rename(engine, NULL, "file", NULL, "renamed", NULL, NULL));
    rename("renamed", "file");
    maybe(coaio_nop(engine, NULL, NULL));
    check_tree(engine);
    check_many(engine);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* A heap of so many bytes. */
static long heap_size;

static void *bounded_alloc(void *ud, void *block, size_t osize, size_t nsize)
{
    if (nsize > osize && atomic_load(&heap.bytes) + (long)(nsize - osize) > heap_size)
        return NULL;
    return failing_alloc(ud, block, osize, nsize);
}

/* What an engine keeps for its next use is in nobody's way. Where it keeps none, as for sanitizers, all is there. */
static void test_kept_memory_goes_back(void)
{
    enum { PAGE = 4096, PAGES = 40 };
    coaio_engine *engine = NULL;
    coaio_options options = {.size = sizeof options, .alloc = bounded_alloc};
    int file = open("pages", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    coaio_req *reqs[PAGES];
    heap.fail_at = LONG_MAX;
    heap.once = 0;
    heap_size = LONG_MAX;
    CHECK_EQ(ftruncate(file, (off_t)PAGES * PAGE), 0);
    CHECK_EQ(coaio_engine_new(&engine, &options), 0);
    CHECK_EQ(result_of(coaio_nop(engine, NULL, NULL)), 0);
    long without = atomic_load(&heap.bytes);
    for (int i = 0; i < PAGES; i++)
        reqs[i] = finish(coaio_read(engine, file, NULL, PAGE, (int64_t)i * PAGE, NULL, NULL));
    for (int i = 0; i < PAGES; i++)
        coaio_unref(reqs[i]);
    heap_size = without + (long)PAGES * PAGE / 2;
    CHECK_EQ(result_of(coaio_read(engine, file, NULL, PAGES * PAGE / 4, 0, NULL, NULL)), PAGES * PAGE / 4);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(close(file) | unlink("pages"), 0);
}

/* Returns whether the run came to the failure at all. */
static int run(long fail_at, int once)
{
    int before = count_fds();
    atomic_store(&heap.calls, 0);
    heap.fail_at = fail_at;
    heap.once = once;
    scenario();
    CHECK_EQ(atomic_load(&heap.blocks), 0);
    CHECK_EQ(atomic_load(&heap.bytes), 0);
    CHECK_EQ(count_fds(), before);
    return atomic_load(&heap.calls) >= fail_at;
}

int main(void)
{
    char path[200];
    long n;
    enter_directory(path, sizeof path);
    CHECK_EQ(close(open("file", O_CREAT | O_WRONLY, 0600)), 0);
    for (n = 1; run(n, 1); n++)
        CHECK(n < 5000);
    CHECK(n > 5);
    for (n = 1; run(n, 0); n++)
        CHECK(n < 5000);
    test_kept_memory_goes_back();
    leave_directory(path);
    return 0;
}
