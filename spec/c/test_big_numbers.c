/*
 * Numbers that C callers may give and no machine, or only a large one, can use: refused before anything is cut off.
 * Where a long has 32 bits there are more of them.
 */
#include "test.h"

#include <fcntl.h>
#include <limits.h>

static coaio_engine *engine;

static int64_t submit(int op, const coaio_arg *args, uint32_t n)
{
    coaio_req *req = coaio_submit(engine, op, args, n, NULL, NULL);
    return req ? result_of(req) : -ENOMEM;
}

static const uint64_t too_long[] = {UINT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 4096};

static void test_ranges_of_memory(void)
{
    static char memory[8192];
    for (size_t i = 0; i < sizeof too_long / sizeof *too_long; i++) {
        const coaio_arg range[] = {{.p = memory + 1, .n = too_long[i]}, {.i = 0}};
        CHECK_EQ(submit(COAIO_MSYNC, range, 2), -EINVAL);
        CHECK_EQ(submit(COAIO_MTOUCH, range, 2), -EINVAL);
        CHECK_EQ(submit(COAIO_MLOCK, range, 1), -EINVAL);
    }
}

static void test_bytes_to_copy(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < sizeof too_long / sizeof *too_long; i++) {
        const coaio_arg control[] = {{.i = fd}, {.i = F_GETFL}, {.p = "", .n = too_long[i]}};
        CHECK_EQ(submit(COAIO_FCNTL, control, 3), -ENOMEM);
    }
    CHECK_EQ(submit(COAIO_STAT, &(coaio_arg){.p = "/", .n = UINT64_MAX}, 1), -EINVAL);
    CHECK_EQ(close(fd), 0);
}

static void test_descriptors(void)
{
    int           fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int64_t wrong[] = {INT64_C(1) << 32, (INT64_C(1) << 32) + 3, INT64_MAX, INT64_MIN, INT_MIN - INT64_C(1)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const coaio_arg control[] = {{.i = fd}, {.i = F_DUPFD}, {.i = wrong[i]}};
        CHECK_EQ(submit(COAIO_FCNTL, control, 3), -EINVAL);
        CHECK_EQ(submit(COAIO_FSTAT, &(coaio_arg){.i = wrong[i]}, 1), -EBADF);
    }
    CHECK_EQ(submit(COAIO_CLOSE, &(coaio_arg){.i = (INT64_C(1) << 32) + fd}, 1), -EBADF);
    CHECK_EQ(close(fd), 0);
}

/* What is as long as a request can say, of what is short. */
static void test_at_most(void)
{
    int             fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const coaio_arg slurp[] = {{.p = "file"}, {.i = 0}, {.n = UINT64_MAX - 1}};
    const coaio_arg read[] = {{.i = fd}, {.i = 0}, {.n = (UINT64_C(1) << 32) + 1}};
    const coaio_arg ahead[] = {{.i = fd}, {.i = 0}, {.n = UINT64_C(1) << 32}};
    CHECK_EQ(write(fd, "0123456789", 10), 10);
    CHECK_EQ(submit(COAIO_SLURP, slurp, 3), 10);
    CHECK_EQ(submit(COAIO_READ, read, 3), 10);
    CHECK_EQ(submit(COAIO_READAHEAD, ahead, 3), 0);
    CHECK_EQ(close(fd), 0);
}

/* Of a wd, signed or not; and what is none. */
static void test_addresses(void)
{
    coaio_req *req = finish(coaio_wd_open(engine, NULL, ".", 0, NULL, NULL));
    coaio_wd  *wd = coaio_wd_take(req);
    CHECK(wd != NULL);
    coaio_unref(req);
    CHECK_EQ(submit(COAIO_STAT, &(coaio_arg){.p = "file", .i = (int64_t)(intptr_t)wd}, 1), 0);
    CHECK_EQ(submit(COAIO_STAT, &(coaio_arg){.p = "file", .i = (int64_t)(uintptr_t)wd}, 1), 0);
    if (sizeof(void *) == 4) {
        int64_t wrong = (int64_t)(uintptr_t)wd + (INT64_C(1) << 32);
        CHECK_EQ(submit(COAIO_STAT, &(coaio_arg){.p = "file", .i = wrong}, 1), -EINVAL);
    }
    coaio_wd_free(engine, wd);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    engine = engine_new();
    test_ranges_of_memory();
    test_bytes_to_copy();
    test_descriptors();
    test_at_most();
    test_addresses();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
