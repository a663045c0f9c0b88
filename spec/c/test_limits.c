/* What would grow past RLIMIT_FSIZE is -EFBIG from every executor: no SIGXFSZ, of which this program would die. */
#include <fcntl.h>
#include <sys/resource.h>

#include "test.h"

#ifndef O_DIRECT
#define O_DIRECT 0
#endif

enum { BLOCK = 4096 };

static coaio_engine *engine;
static char         *blocks;

static int64_t write_at(int fd, size_t length, int64_t offset)
{
    return result_of(coaio_write(engine, fd, blocks, length, offset, NULL, NULL));
}

static void test_write(int flags)
{
    int fd = open("file", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | flags, 0600);
    if (fd < 0 && flags & O_DIRECT) /* no O_DIRECT here */
        return;
    CHECK_EQ(write_at(fd, 2 * BLOCK, 0), BLOCK);
    CHECK_EQ(write_at(fd, BLOCK, BLOCK), -EFBIG); /* O_APPEND or not */
    CHECK_EQ(lseek(fd, BLOCK, SEEK_SET), BLOCK);
    CHECK_EQ(write_at(fd, BLOCK, -1), -EFBIG);
    CHECK_EQ(result_of(coaio_ftruncate(engine, fd, 2 * BLOCK, NULL, NULL)), -EFBIG);
    CHECK_EQ(lseek(fd, 0, SEEK_END), BLOCK);
    CHECK_EQ(close(fd), 0);
}

/* What does not write, but makes files longer, and what writes on the way. */
static void test_others(void)
{
    int fd = open("file", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    int long_file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int64_t allocated = result_of(coaio_allocate(engine, fd, 0, 0, 2 * BLOCK, NULL, NULL));
    CHECK(allocated == -EFBIG || allocated == -EOPNOTSUPP);
    CHECK_EQ(result_of(coaio_truncate(engine, NULL, "file", 2 * BLOCK, NULL, NULL)), -EFBIG);
    CHECK_EQ(result_of(coaio_sendfile(engine, fd, long_file, 0, 2 * BLOCK, NULL, NULL)), BLOCK);
    CHECK_EQ(result_of(coaio_sendfile(engine, fd, long_file, 0, 2 * BLOCK, NULL, NULL)), -EFBIG);
    CHECK_EQ(result_of(coaio_copy(engine, NULL, "/proc/self/exe", NULL, "copy", NULL, NULL)), -EFBIG);
    CHECK_EQ(close(long_file), 0);
    CHECK_EQ(close(fd), 0);
}

int main(void)
{
    char          path[200];
    struct rlimit before, limit;
    enter_directory(path, sizeof path);
    engine = engine_new();
    blocks = aligned_alloc(BLOCK, 2 * BLOCK);
    CHECK(blocks != NULL);
    memset(blocks, 'x', 2 * BLOCK);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = BLOCK;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    test_write(0);
    test_write(O_DIRECT);
    test_write(O_APPEND);
    test_write(O_APPEND | O_DIRECT);
    test_others();
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    free(blocks);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
