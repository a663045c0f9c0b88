/* Pairs of descriptors that a read or write may have to wait for, and requests that do. fd[0] is read from, fd[1] is
   written to. */
#ifndef PAIRS_H
#define PAIRS_H

#include "test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

enum { BIG = 1 << 20 };

static coaio_engine *engine;
static char          bytes[BIG];            /* to write */
static char          room[BIG] __attribute__((unused)); /* to read to */

static inline void make_pipe(int fd[2])
{
    CHECK_EQ(pipe2(fd, O_CLOEXEC), 0);
}

static inline void make_fifo(int fd[2])
{
    static int count;
    char       name[32];
    snprintf(name, sizeof name, "fifo%d", count++);
    CHECK_EQ(mkfifo(name, 0600), 0);
    int both = open(name, O_RDWR | O_CLOEXEC);
    fd[0] = open(name, O_RDONLY | O_CLOEXEC);
    fd[1] = open(name, O_WRONLY | O_CLOEXEC);
    CHECK(both >= 0 && fd[0] >= 0 && fd[1] >= 0);
    CHECK_EQ(close(both) | unlink(name), 0);
}

static inline void make_stream(int fd[2])
{
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
}

static inline void make_packets(int fd[2])
{
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

static inline void make_tcp(int fd[2])
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t          size = sizeof name;
    int                listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), little = 1;
    CHECK_EQ(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
    CHECK_EQ(bind(listener, (struct sockaddr *)&name, size) | listen(listener, 1), 0);
    CHECK_EQ(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    fd[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
    CHECK_EQ(connect(fd[1], (struct sockaddr *)&name, size), 0);
    fd[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    CHECK(fd[0] >= 0);
    CHECK_EQ(close(listener), 0);
}

/* The terminal, raw, is read, and written to from its other side. */
static inline void make_terminal(int fd[2])
{
    struct termios settings;
    int            on = 0, number;
    fd[1] = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK_EQ(ioctl(fd[1], TIOCSPTLCK, &on) | ioctl(fd[1], TIOCGPTN, &number), 0);
    fd[0] = ioctl(fd[1], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(fd[0] >= 0);
    CHECK_EQ(tcgetattr(fd[0], &settings), 0);
    cfmakeraw(&settings);
    CHECK_EQ(tcsetattr(fd[0], TCSANOW, &settings), 0);
}

struct kind {
    const char *name;
    void (*make)(int fd[2]);
    bool stream, fifo;
};

static const struct kind kinds[] = {
    {"pipe", make_pipe, true, true},         {"fifo", make_fifo, true, true}, {"stream", make_stream, true, false},
    {"packets", make_packets, false, false}, {"tcp", make_tcp, true, false},
    {"terminal", make_terminal, false, false}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static inline void drop(const int fd[2])
{
    CHECK_EQ(close(fd[0]) | close(fd[1]), 0);
}

static inline coaio_req *begin_read(int fd, size_t length)
{
    coaio_req *req = coaio_read(engine, fd, NULL, length, -1, NULL, NULL);
    CHECK(req != NULL);
    return req;
}

static inline coaio_req *begin_write(int fd, size_t length)
{
    coaio_req *req = coaio_write(engine, fd, bytes, length, -1, NULL, NULL);
    CHECK(req != NULL);
    return req;
}

/* It executes, and waits. There are `count` of them. */
static inline void until_waiting(int count)
{
    static coaio_stuck_info list[4];
    for (int tries = 0;; tries++) {
        int64_t n = coaio_stuck(engine, list, sizeof list[0], 4);
        if (n == count && (count > 4 || list[0].where == COAIO_ON_POLLER))
            return;
        CHECK(tries < 60000);
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    }
}

static inline long wakeups(void)
{
    struct rusage usage;
    CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_nvcsw;
}

static inline void start(char *directory, size_t size)
{
    for (int i = 8; i < BIG; i++) /* eight zeros in front: an eventfd takes them */
        bytes[i] = (char)(i * 7 + i / 251);
    enter_directory(directory, size);
    engine = engine_new();
    CHECK_EQ(coaio_set(engine, COAIO_STUCK_AFTER, 1), 0);
}

#endif
