/*
 * Requests at a descriptor's own position, several of one descriptor at a time: each byte is read by one of them, and
 * none is written over, from the cache, past it (O_DIRECT), where the cache has only a part, and where another process
 * reads there as well.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "test.h"

enum { BLOCK = 4096, BLOCKS = 64, SIZE = BLOCK * BLOCKS, RECORD = 16 };

static coaio_engine *engine;

/* Block i is full of the number i. */
static void write_file(void)
{
    static uint32_t block[BLOCK / sizeof(uint32_t)];
    int             fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        for (size_t at = 0; at < sizeof block / sizeof *block; at++)
            block[at] = i;
        CHECK_EQ(write(fd, block, BLOCK), BLOCK);
    }
    CHECK_EQ(fsync(fd), 0);
    CHECK_EQ(close(fd), 0);
}

static void drop_cache(int fd)
{
#ifdef POSIX_FADV_DONTNEED
    CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
#else
    (void)fd;
#endif
}

static int64_t position_of(int fd)
{
    return lseek(fd, 0, SEEK_CUR);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static struct {
    int done, seen[BLOCKS];
} reads;

static void on_read(coaio_req *req, void *data)
{
    uint32_t *block = data;
    CHECK_EQ(coaio_result(req), BLOCK);
    CHECK(block[0] < BLOCKS && block[BLOCK / sizeof *block - 1] == block[0]);
    reads.seen[block[0]]++;
    reads.done++;
}

static void test_each_block_is_read_once(int flags, uint32_t hint)
{
    int   fd = open("file", O_RDONLY | O_CLOEXEC | flags);
    char *memory = aligned_alloc(BLOCK, SIZE);
    if (fd < 0 && errno == EINVAL) { /* no O_DIRECT here */
        free(memory);
        return;
    }
    CHECK(fd >= 0 && memory != NULL);
    memset(&reads, 0, sizeof reads);
    for (int i = 0; i < BLOCKS; i++) {
        coaio_next(engine, 0, -1, hint);
        CHECK(coaio_read(engine, fd, memory + (size_t)i * BLOCK, BLOCK, -1, on_read, memory + (size_t)i * BLOCK));
    }
    poll_until(engine, &reads.done, BLOCKS);
    for (int i = 0; i < BLOCKS; i++)
        CHECK_EQ(reads.seen[i], 1);
    CHECK_EQ(position_of(fd), SIZE);
    CHECK_EQ(close(fd), 0);
    free(memory);
}

static void test_many_cached(void)
{
    coaio_engine *busy = engine;
    engine = engine_new();
    have_many_under_way(engine);
    test_each_block_is_read_once(0, COAIO_REGULAR);
    test_each_block_is_read_once(0, 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    engine = busy;
}

static void test_past_the_cache(int flags)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    drop_cache(fd);
    test_each_block_is_read_once(flags, 0);
    drop_cache(fd);
    test_each_block_is_read_once(flags, COAIO_NO_INLINE);
    CHECK_EQ(close(fd), 0);
}

#if defined(RWF_NOWAIT) && defined(POSIX_FADV_RANDOM)

/* That the cache has no more than what begins within the first block is no end of the file. */
static void test_within_blocks(int fd)
{
    coaio_req      *req = coaio_read(engine, fd, NULL, 2 * BLOCK, RECORD, NULL, NULL);
    const uint32_t *words = coaio_data(finish(req), NULL);
    CHECK_EQ(coaio_result(req), 2 * BLOCK);
    CHECK(words[0] == 0 && words[(2 * BLOCK - RECORD) / sizeof *words] == 2);
    coaio_unref(req);
}

/* A read of all, of which the cache has the first block: what follows it belongs to it, not to the next one. */
static void test_partly_cached(void)
{
    static uint32_t block[BLOCK / sizeof(uint32_t)];
    int             fd = open("file", O_RDONLY | O_CLOEXEC);
    struct iovec    part = {block, BLOCK};
    drop_cache(fd);
    CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
    CHECK_EQ(pread(fd, block, BLOCK, 0), BLOCK);
    if (preadv2(fd, &part, 1, BLOCK, RWF_NOWAIT) > 0) { /* in memory file systems all is there */
        CHECK_EQ(close(fd), 0);
        return;
    }
    test_within_blocks(fd);
    coaio_req      *all = coaio_read(engine, fd, NULL, SIZE / 8, -1, NULL, NULL);
    coaio_req      *next = coaio_read(engine, fd, NULL, 2 * BLOCK, -1, NULL, NULL);
    const uint32_t *words = coaio_data(finish(all), NULL), *after = coaio_data(finish(next), NULL);
    size_t          count = SIZE / 8 / sizeof *words;
    CHECK_EQ(coaio_result(all) + coaio_result(next), SIZE / 8 + 2 * BLOCK);
    for (size_t i = 1; i < count; i++)
        CHECK_EQ(words[i], words[0] + i * sizeof *words / BLOCK);
    CHECK_EQ(after[BLOCK / sizeof *after], after[0] + 1);
    CHECK_EQ(position_of(fd), SIZE / 8 + 2 * BLOCK);
    coaio_unref(all);
    coaio_unref(next);
    CHECK_EQ(close(fd), 0);
}

#else

static void test_partly_cached(void)
{
}

#endif

/* What of the file has been read, and how often; shared with the child. */
struct seen {
    _Atomic int times[BLOCKS], torn;
};

static void count(struct seen *seen, const uint32_t *pair, int64_t n)
{
    const size_t last = 2 * BLOCK / sizeof *pair - 1;
    bool         whole = n == 2 * BLOCK && pair[0] < BLOCKS - 1 && pair[last] == pair[0] + 1;
    atomic_fetch_add(whole ? &seen->times[pair[0]] : &seen->torn, 1);
}

static void read_in_child(int fd, struct seen *seen)
{
    static uint32_t pair[2 * BLOCK / sizeof(uint32_t)];
    ssize_t         n;
    while ((n = read(fd, pair, sizeof pair)) > 0)
        count(seen, pair, n);
    _exit(n < 0);
}

static void read_here(int fd, struct seen *seen)
{
    static uint32_t pair[2 * BLOCK / sizeof(uint32_t)];
    int64_t         n;
    while ((n = result_of(coaio_read(engine, fd, pair, sizeof pair, -1, NULL, NULL))) > 0)
        count(seen, pair, n);
    CHECK_EQ(n, 0);
}

/* Pairs of blocks, of each of which the cache has the first half. */
static void test_shared_with_a_process(void)
{
    static uint32_t block[BLOCK / sizeof(uint32_t)];
    int             fd = open("file", O_RDONLY | O_CLOEXEC), status;
    struct seen    *seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(seen != MAP_FAILED);
    for (int round = 0; round < 100; round++) {
        memset(seen, 0, sizeof *seen);
        drop_cache(fd);
#ifdef POSIX_FADV_RANDOM
        CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
#endif
        for (int i = 0; i < BLOCKS; i += 2)
            CHECK_EQ(pread(fd, block, BLOCK, (off_t)i * BLOCK), BLOCK);
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        pid_t child = fork();
        if (child == 0)
            read_in_child(fd, seen);
        read_here(fd, seen);
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
        CHECK_EQ(seen->torn, 0);
        for (int i = 0; i < BLOCKS; i++)
            CHECK_EQ(seen->times[i], i % 2 == 0);
        CHECK_EQ(position_of(fd), SIZE);
    }
    CHECK_EQ(munmap(seen, sizeof *seen), 0);
    CHECK_EQ(close(fd), 0);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void on_written(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), RECORD);
    ++*(int *)data;
}

static void test_each_record_is_written(void)
{
    enum { RECORDS = 500 };
    static char records[RECORDS][RECORD + 1], found[RECORDS * RECORD];
    int         fd = open("log", O_CREAT | O_RDWR | O_CLOEXEC, 0600), done = 0, seen = 0;
    for (int i = 0; i < RECORDS; i++) {
        snprintf(records[i], sizeof records[i], "record %07d\n", i);
        CHECK(strlen(records[i]) == RECORD - 1);
        records[i][RECORD - 1] = '\n';
        CHECK(coaio_write(engine, fd, records[i], RECORD, -1, on_written, &done) != NULL);
    }
    poll_until(engine, &done, RECORDS);
    CHECK_EQ(position_of(fd), RECORDS * RECORD);
    CHECK_EQ(pread(fd, found, sizeof found, 0), sizeof found);
    for (int i = 0; i < RECORDS; i++)
        for (int at = 0; at < RECORDS; at++)
            seen += memcmp(found + at * RECORD, records[i], RECORD) == 0;
    CHECK_EQ(seen, RECORDS);
    CHECK_EQ(close(fd), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    engine = engine_new();
    write_file();
    test_each_block_is_read_once(0, 0);
    test_each_block_is_read_once(0, COAIO_REGULAR);
    test_many_cached();
    test_past_the_cache(0);
    test_past_the_cache(O_DIRECT);
    test_partly_cached();
    test_shared_with_a_process();
    test_each_record_is_written();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
