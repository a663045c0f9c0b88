/* Reads and writes of what may have to wait have the results that the system calls have: each is made by both, of
   descriptors made the same way. */
#include "pairs.h"

#ifdef __linux__

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

static void prepare_nothing(int fd[2])
{
    (void)fd;
}

static void prepare_bytes(int fd[2])
{
    CHECK_EQ(write(fd[1], "0123456789", 10), 10);
}

static void prepare_end(int fd[2])
{
    CHECK_EQ(close(fd[1]), 0);
    fd[1] = dup(STDERR_FILENO);
}

static void prepare_no_reader(int fd[2])
{
    CHECK_EQ(close(fd[0]), 0);
    fd[0] = fd[1];
    fd[1] = dup(STDERR_FILENO);
}

static void prepare_no_waiting(int fd[2])
{
    CHECK_EQ(fcntl(fd[0], F_SETFL, fcntl(fd[0], F_GETFL) | O_NONBLOCK), 0);
}

static void prepare_limit(int fd[2])
{
    struct timeval limit = {.tv_usec = 10000};
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
}

static void prepare_min(int fd[2])
{
    struct termios settings;
    CHECK_EQ(tcgetattr(fd[0], &settings), 0);
    settings.c_cc[VMIN] = 0;
    CHECK_EQ(tcsetattr(fd[0], TCSANOW, &settings), 0);
}

static void make_eventfd(int fd[2])
{
    fd[0] = eventfd(7, EFD_CLOEXEC);
    fd[1] = dup(fd[0]);
}

static void make_pidfd(int fd[2])
{
    fd[0] = (int)syscall(SYS_pidfd_open, getpid(), 0);
    fd[1] = dup(STDERR_FILENO);
}

static void make_file(int fd[2])
{
    fd[0] = open("/dev/full", O_RDWR | O_CLOEXEC);
    fd[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* On fd[0] of each: what the call says at once. */
static const struct at_once {
    void (*make)(int fd[2]);
    void (*prepare)(int fd[2]);
    bool    writes;
    int64_t length, offset;
} cases[] = {
    {make_pipe, prepare_bytes, false, 100, -1},     {make_fifo, prepare_bytes, false, 100, -1},
    {make_stream, prepare_bytes, false, 100, -1},   {make_packets, prepare_bytes, false, 4, -1},
    {make_tcp, prepare_bytes, false, 4, -1},        {make_terminal, prepare_bytes, false, 4, -1},
    {make_pipe, prepare_end, false, 100, -1},       {make_fifo, prepare_end, false, 100, -1},
    {make_stream, prepare_end, false, 100, -1},     {make_packets, prepare_end, false, 100, -1},
    {make_tcp, prepare_end, false, 100, -1},        {make_terminal, prepare_end, false, 100, -1},
    {make_pipe, prepare_no_reader, true, 10, -1},   {make_fifo, prepare_no_reader, true, 10, -1},
    {make_stream, prepare_no_reader, true, 10, -1}, {make_packets, prepare_no_reader, true, 10, -1},
    {make_terminal, prepare_no_reader, true, 10, -1},
    {make_pipe, prepare_no_waiting, false, 10, -1}, {make_fifo, prepare_no_waiting, false, 10, -1},
    {make_tcp, prepare_no_waiting, false, 10, -1},  {make_terminal, prepare_no_waiting, false, 10, -1},
    {make_stream, prepare_limit, false, 10, -1},    {make_terminal, prepare_min, false, 10, -1},
    {make_pipe, prepare_nothing, false, 0, -1},     {make_stream, prepare_nothing, false, 0, -1},
    {make_pipe, prepare_bytes, false, 10, 5},       {make_fifo, prepare_bytes, false, 10, 5},
    {make_stream, prepare_bytes, false, 10, 5},     {make_terminal, prepare_bytes, false, 10, 5},
    {make_pipe, prepare_nothing, true, 10, -1},     {make_fifo, prepare_nothing, true, 10, -1}, /* their other ends */
    {make_eventfd, prepare_nothing, false, 8, -1},  {make_eventfd, prepare_nothing, false, 4, -1},
    {make_eventfd, prepare_nothing, true, 8, -1},   {make_eventfd, prepare_nothing, true, 4, -1},
    {make_pidfd, prepare_nothing, false, 100, -1},  {make_pidfd, prepare_nothing, false, 100000, -1},
    {make_file, prepare_nothing, false, 100, -1},   {make_file, prepare_nothing, true, 100, -1},
    {make_packets, prepare_nothing, true, BIG, -1}, /* too long for one */
};

static int64_t plainly(const struct at_once *this, int fd)
{
    ssize_t n;
    if (this->writes)
        n = write(fd, bytes, (size_t)this->length);
    else if (this->offset >= 0)
        n = pread(fd, room, (size_t)this->length, this->offset);
    else
        n = read(fd, room, (size_t)this->length);
    return n < 0 ? -errno : n;
}

static int64_t by_coaio(const struct at_once *this, int fd)
{
    size_t length = (size_t)this->length;
    coaio_next(engine, 0, -1, COAIO_NO_INLINE);
    if (this->writes)
        return result_of(coaio_write(engine, fd, bytes, length, this->offset, NULL, NULL));
    return result_of(coaio_read(engine, fd, room, length, this->offset, NULL, NULL));
}

static void test_at_once(int number)
{
    const struct at_once *this = &cases[number];
    int64_t               result[2];
    char                  what[60];
    for (int i = 0; i < 2; i++) {
        int fd[2];
        this->make(fd);
        this->prepare(fd);
        int flags = fcntl(fd[0], F_GETFL);
        signal(SIGPIPE, i == 0 ? SIG_IGN : SIG_DFL); /* coaio raises none */
        result[i] = i == 0 ? plainly(this, fd[0]) : by_coaio(this, fd[0]);
        CHECK_EQ(fcntl(fd[0], F_GETFL), flags);
        drop(fd);
    }
    snprintf(what, sizeof what, "case %d: the system's result and ours", number);
    test_eq(result[0], result[1], what, __FILE__, __LINE__);
}

/* What the other end does while the call waits on fd[0]. */
static const struct later {
    void (*make)(int fd[2]);
    void (*act)(int fd[2]);
    int64_t length;
} later[] = {
    {make_pipe, prepare_bytes, 100},   {make_fifo, prepare_bytes, 100},   {make_stream, prepare_bytes, 100},
    {make_packets, prepare_bytes, 4},  {make_tcp, prepare_bytes, 100},    {make_terminal, prepare_bytes, 100},
    {make_pipe, prepare_end, 100},     {make_fifo, prepare_end, 100},     {make_stream, prepare_end, 100},
    {make_packets, prepare_end, 100},  {make_tcp, prepare_end, 100},
    {make_pipe, prepare_bytes, 1<<18}, {make_stream, prepare_bytes, 1<<18},
};

static void *read_plainly(void *data)
{
    struct later_call {
        int     fd;
        int64_t length, result;
    } *call = data;
    ssize_t n = read(call->fd, room, (size_t)call->length);
    call->result = n < 0 ? -errno : n;
    return NULL;
}

static int64_t wait_plainly(const struct later *this, int fd[2])
{
    struct {
        int     fd;
        int64_t length, result;
    } call = {.fd = fd[0], .length = this->length};
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, read_plainly, &call), 0);
    this->act(fd);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    return call.result;
}

static int64_t wait_by_coaio(const struct later *this, int fd[2])
{
    coaio_req *req = begin_read(fd[0], (size_t)this->length);
    until_waiting(1);
    this->act(fd);
    finish(req);
    CHECK_STR(coaio_req_backend(req), "threads");
    int64_t result = coaio_result(req);
    coaio_unref(req);
    return result;
}

static void test_later(int number)
{
    const struct later *this = &later[number];
    int64_t             result[2];
    char                what[60];
    for (int i = 0; i < 2; i++) {
        int fd[2];
        this->make(fd);
        result[i] = i == 0 ? wait_plainly(this, fd) : wait_by_coaio(this, fd);
        drop(fd);
    }
    snprintf(what, sizeof what, "wait %d: the system's result and ours", number);
    test_eq(result[0], result[1], what, __FILE__, __LINE__);
}

static void test_timer_and_watch(void)
{
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    int               timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), watch = inotify_init1(IN_CLOEXEC);
    int               event = eventfd(0, EFD_CLOEXEC);
    coaio_req *reqs[] = {begin_read(timer, 8), begin_read(watch, 1000), begin_read(event, 8)};
    until_waiting(3);
    CHECK(inotify_add_watch(watch, ".", IN_CREATE) >= 0);
    CHECK_EQ(timerfd_settime(timer, 0, &soon, NULL), 0);
    CHECK_EQ(close(open("noticed", O_CREAT | O_WRONLY, 0600)), 0);
    CHECK_EQ(eventfd_write(event, 5), 0);
    CHECK_EQ(result_of(reqs[0]), 8);
    CHECK_EQ(result_of(reqs[1]), sizeof(struct inotify_event) + 16);
    CHECK_EQ(result_of(reqs[2]), 8);
    CHECK_EQ(close(timer) | close(watch) | close(event), 0);
}

/* In the background of its terminal a read fails at once, as it does for who is told of SIGTTIN and ignores it. */
static void test_background(void)
{
    int fd[2], status;
    make_terminal(fd);
    pid_t leader = fork();
    if (leader == 0) {
        if (setsid() < 0 || ioctl(fd[0], TIOCSCTTY, 0) < 0)
            _exit(2);
        pid_t child = fork();
        if (child == 0) {
            signal(SIGTTIN, SIG_IGN);
            int64_t plain = setpgid(0, 0) < 0 ? 0 : read(fd[0], room, 10) < 0 ? -errno : 0;
            if (coaio_reinit(engine) < 0)
                _exit(3);
            _exit(result_of(begin_read(fd[0], 10)) == plain && plain == -EIO ? 0 : 4);
        }
        _exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 5);
    }
    CHECK_EQ(waitpid(leader, &status, 0), leader);
    CHECK_EQ(status, 0);
    drop(fd);
}

int main(void)
{
    char directory[200];
    start(directory, sizeof directory);
    for (int i = 0; i < (int)(sizeof cases / sizeof cases[0]); i++)
        test_at_once(i);
    for (int i = 0; i < (int)(sizeof later / sizeof later[0]); i++)
        test_later(i);
    test_timer_and_watch();
    test_background();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(directory);
    return 0;
}

#else

int main(void)
{
    test_skip("Linux only: there is no epoll");
}

#endif
