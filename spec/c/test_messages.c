/*
 * What has no positions gives one message a read, as read(2) does: datagrams, packets of a pipe, counts of an eventfd.
 * And to read nothing fails where reading fails.
 */
#include <fcntl.h>
#include <sys/socket.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include "test.h"

static coaio_engine *engine;

/* Two messages are there, `first` bytes and some more; each way of reading gets the first. */
static void test_first_of_two(int from, int to, uint32_t flags)
{
    char memory[100];
    CHECK_EQ(write(to, "first", 5), 5);
    CHECK_EQ(write(to, "other one", 9), 9);
    coaio_next(engine, 0, -1, flags);
    CHECK_EQ(result_of(coaio_read(engine, from, memory, sizeof memory, -1, NULL, NULL)), 5);
    CHECK(memcmp(memory, "first", 5) == 0);
    CHECK_EQ(read(from, memory, sizeof memory), 9);
}

static void test_pair(int from, int to)
{
    test_first_of_two(from, to, 0);
    test_first_of_two(from, to, COAIO_NO_INLINE);
    test_first_of_two(from, to, COAIO_BUFFERED);
    CHECK_EQ(close(from), 0);
    CHECK_EQ(close(to), 0);
}

static void test_sockets(int type)
{
    int pair[2];
    if (socketpair(AF_UNIX, type, 0, pair) == 0) /* SOCK_SEQPACKET is not everywhere */
        test_pair(pair[0], pair[1]);
}

static void test_packets(void)
{
#ifdef O_DIRECT
    int pair[2];
    if (pipe2(pair, O_DIRECT | O_CLOEXEC) == 0)
        test_pair(pair[0], pair[1]);
#endif
}

/* Of a semaphore each read takes one, however much there is room for. */
static void test_semaphore(void)
{
#ifdef __linux__
    uint64_t count[3];
    int      fd = eventfd(3, EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK_EQ(result_of(coaio_read(engine, fd, count, sizeof count, -1, NULL, NULL)), sizeof count[0]);
    CHECK_EQ(count[0], 1);
    CHECK_EQ(read(fd, count, sizeof count), sizeof count[0]);
    CHECK_EQ(read(fd, count, sizeof count), sizeof count[0]);
    CHECK_EQ(read(fd, count, sizeof count), -1);
    CHECK_EQ(close(fd), 0);
#endif
}

static void test_nothing(int fd)
{
    static const uint32_t flags[] = {0, COAIO_NO_INLINE, COAIO_BUFFERED, COAIO_SLOW};
    char                  memory[1];
    int64_t               own = read(fd, memory, 0) < 0 ? -errno : 0, at = pread(fd, memory, 0, 0) < 0 ? -errno : 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        coaio_next(engine, 0, -1, flags[i]);
        CHECK_EQ(result_of(coaio_read(engine, fd, memory, 0, -1, NULL, NULL)), own);
        coaio_next(engine, 0, -1, flags[i]);
        CHECK_EQ(result_of(coaio_read(engine, fd, memory, 0, 0, NULL, NULL)), at);
    }
    CHECK_EQ(close(fd), 0);
}

int main(void)
{
    engine = engine_new();
    test_sockets(SOCK_DGRAM);
    test_sockets(SOCK_SEQPACKET);
    test_packets();
    test_semaphore();
    test_nothing(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    test_nothing(open("/dev/null", O_WRONLY | O_CLOEXEC));
#ifdef __linux__
    test_nothing(eventfd(1, EFD_CLOEXEC));
#endif
    CHECK_EQ(coaio_engine_free(engine), 0);
    return 0;
}
