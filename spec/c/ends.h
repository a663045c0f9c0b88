/* The ends that sendfiles copy from and to. */
#ifndef ENDS_H
#define ENDS_H

#include "pairs.h"

enum { LITTLE = 1000 };

static inline void make_file(int fd[2])
{
    fd[0] = open("file", O_RDONLY | O_CLOEXEC);
    fd[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(fd[0] >= 0);
}

static const struct kind sources[] __attribute__((unused)) = {{"file", make_file, false, false},
                                                              {"pipe", make_pipe, true, true},
                                                              {"fifo", make_fifo, true, true},
                                                              {"stream", make_stream, true, false},
                                                              {"tcp", make_tcp, true, false}};

enum { SOURCES = sizeof sources / sizeof *sources };

static inline coaio_req *begin_sendfile(int out, int in, size_t length)
{
    coaio_req *req = coaio_sendfile(engine, out, in, -1, length, NULL, NULL);
    CHECK(req != NULL);
    return req;
}

static inline int fill(int fd)
{
    int64_t total = 0;
    int flags = fcntl(fd, F_GETFL);
    CHECK_EQ(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
    for (ssize_t n; (n = write(fd, room, 4096)) > 0;)
        total += n;
    for (ssize_t n; (n = write(fd, room, 1)) > 0;)
        total += n;
    CHECK_EQ(fcntl(fd, F_SETFL, flags), 0);
    return (int)total;
}

static inline void empty(int fd, int64_t total)
{
    for (ssize_t n; total > 0; total -= n)
        CHECK((n = read(fd, room, total < BIG ? (size_t)total : BIG)) > 0);
}

static inline void expect(int fd, const char *expected, int64_t total)
{
    for (ssize_t n, have = 0; have < total; have += n) {
        CHECK((n = read(fd, room, (size_t)(total - have))) > 0);
        CHECK(memcmp(room, expected + have, (size_t)n) == 0);
    }
}

static inline int64_t read_all(int fd, char *to)
{
    int64_t have = 0;
    CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
    for (ssize_t n; have < BIG && (n = read(fd, to + have, (size_t)(BIG - have))) > 0;)
        have += n;
    return have;
}

static inline void make_content(void)
{
    int file = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK_EQ(write(file, bytes, BIG), BIG);
    CHECK_EQ(close(file), 0);
}

#endif
