/* COAIO_TO_END: reads and sendfiles that go on to the end of a file, whatever size it claims and whoever does them. */
#include <fcntl.h>
#include <stdbool.h>

#include "test.h"

#ifndef O_DIRECT
#define O_DIRECT 0
#endif

enum { SIZE = 200000, CHUNK = 4096 };

static coaio_engine *engine;
static char          content[SIZE];

static int64_t read_whole(int fd, int64_t offset, uint32_t flags, const char *expected, size_t size)
{
    coaio_next(engine, 0, -1, COAIO_TO_END | flags);
    coaio_req  *req = finish(coaio_read(engine, fd, NULL, 1, offset, NULL, NULL));
    size_t      got;
    const char *bytes = coaio_data(req, &got);
    int64_t     result = coaio_result(req);
    CHECK_EQ(got, size);
    CHECK(bytes && memcmp(bytes, expected, size) == 0 && bytes[size] == '\0');
    coaio_unref(req);
    return result;
}

static void test_file(int flags)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0 && flags) /* no O_DIRECT here */
        return;
    CHECK_EQ(read_whole(fd, 0, 0, content, SIZE), SIZE);
    CHECK_EQ(read_whole(fd, CHUNK, COAIO_NO_INLINE, content + CHUNK, SIZE - CHUNK), SIZE - CHUNK);
    CHECK_EQ(read_whole(fd, 0, COAIO_SLOW, content, SIZE), SIZE);
    CHECK_EQ(read_whole(fd, -1, COAIO_NO_INLINE, content, SIZE), SIZE);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), SIZE);
    CHECK_EQ(read_whole(fd, -1, 0, "", 0), 0);
    CHECK_EQ(close(fd), 0);
}

/* What fits. */
static void test_lent_memory(void)
{
    static char buffer[SIZE + 100];
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, SIZE / 2, 0, NULL, NULL)), SIZE / 2);
    CHECK(memcmp(buffer, content, SIZE / 2) == 0);
    coaio_next(engine, 0, -1, COAIO_TO_END | COAIO_NO_INLINE);
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, sizeof buffer, 0, NULL, NULL)), SIZE);
    CHECK(memcmp(buffer, content, SIZE) == 0);
    CHECK_EQ(close(fd), 0);
}

/* Gives a page or less at a time, and claims to be empty. */
static void test_unknown_size(void)
{
    static char expected[1 << 20], buffer[1 << 20];
    FILE *witness = fopen("/proc/kallsyms", "r");
    size_t size = witness ? fread(expected, 1, sizeof expected, witness) : 0;
    if (witness)
        fclose(witness);
    if (size < sizeof expected)
        return;
    int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, sizeof buffer, 0, NULL, NULL)), sizeof buffer);
    CHECK(memcmp(buffer, expected, size) == 0);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    coaio_req *req = finish(coaio_read(engine, fd, NULL, 0, -1, NULL, NULL));
    CHECK(coaio_result(req) >= (int64_t)size && memcmp(coaio_data(req, NULL), expected, size) == 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), coaio_result(req));
    coaio_unref(req);
    CHECK_EQ(close(fd), 0);
}

/* No more than `length`, and of one file no more than it had. */
static void test_sendfile(void)
{
    int fd = open("file", O_RDWR | O_CLOEXEC), out = open("copy", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    CHECK_EQ(result_of(coaio_sendfile(engine, out, fd, 1000, 5000, NULL, NULL)), 5000);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    CHECK_EQ(result_of(coaio_sendfile(engine, out, fd, 6000, SIZE_MAX, NULL, NULL)), SIZE - 6000);
    CHECK_EQ(read_whole(out, 0, 0, content + 1000, SIZE - 1000), SIZE - 1000);
    CHECK_EQ(lseek(fd, 0, SEEK_END), SIZE);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    CHECK_EQ(result_of(coaio_sendfile(engine, fd, fd, 0, SIZE_MAX, NULL, NULL)), SIZE);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 2 * SIZE);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(close(out), 0);
}

/* Where nothing has an end one read is enough. */
static void test_pipe(void)
{
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], "some", 4), 4);
    CHECK_EQ(read_whole(fds[0], -1, 0, "some", 4), 4);
    CHECK_EQ(write(fds[1], "more", 4), 4);
    CHECK_EQ(read_whole(fds[0], -1, COAIO_NO_INLINE, "more", 4), 4);
    CHECK_EQ(close(fds[0]), 0);
    CHECK_EQ(close(fds[1]), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    engine = engine_new();
    for (int i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31 / 7);
    int fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK_EQ(write(fd, content, SIZE), SIZE);
    CHECK_EQ(close(fd), 0);
    test_file(0);
    test_file(O_DIRECT);
    test_lent_memory();
    test_unknown_size();
    test_pipe();
    test_sendfile();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
