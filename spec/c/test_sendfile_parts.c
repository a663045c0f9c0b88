/* Sendfiles in parts, as their ends have bytes and room: no byte is lost, whoever goes or gives up.
 */
#include "ends.h"

#ifdef __linux__

/* The output is full at first, and is emptied in pieces of all sizes. */
static void test_in_parts(const struct kind *from, const struct kind *to)
{
    int in[2], out[2];
    int64_t length = from->stream ? LITTLE : BIG / 2, have = 0;
    from->make(in);
    to->make(out);
    if (from->stream)
        CHECK_EQ(write(in[1], bytes, LITTLE), LITTLE);
    int64_t filled = fill(out[1]);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    coaio_req *req = begin_sendfile(out[1], in[0], (size_t)length);
    until_waiting(1);
    empty(out[0], filled);
    for (int64_t n, most = 1; have < length; have += n, most = most % 50000 * 3 + 1) {
        n = result_of(coaio_read(engine, out[0], room, (size_t)most, -1, NULL, NULL));
        CHECK(n > 0);
        CHECK(memcmp(room, bytes + have, (size_t)n) == 0);
    }
    CHECK_EQ(result_of(req), length);
    if (!from->stream)
        CHECK_EQ(lseek(in[0], 0, SEEK_CUR), length);
    drop(in);
    drop(out);
}

/* The input has nothing at first. */
static void test_input_later(const struct kind *from, const struct kind *to)
{
    int in[2], out[2];
    from->make(in);
    to->make(out);
    coaio_req *req = begin_sendfile(out[1], in[0], BIG);
    until_waiting(1);
    CHECK_EQ(write(in[1], bytes, LITTLE), LITTLE);
    int64_t n = result_of(req);
    CHECK(n > 0 && n <= LITTLE);
    expect(out[0], bytes, n);
    req = begin_sendfile(out[1], in[0], BIG);
    if (n == LITTLE)
        until_waiting(1);
    CHECK_EQ(close(in[1]), 0);
    in[1] = dup(STDERR_FILENO);
    CHECK_EQ(result_of(req), LITTLE - n);
    drop(in);
    drop(out);
}

/* Output is a file: the wait keeps no worker, and one that may wait for the disk writes. */
static void test_to_file(const struct kind *from)
{
    int in[2], to = open("to", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    from->make(in);
    coaio_req *req = begin_sendfile(to, in[0], BIG);
    until_waiting(1);
    CHECK_EQ(write(in[1], bytes, LITTLE), LITTLE);
    int64_t n = result_of(req);
    CHECK(n > 0 && n <= LITTLE);
    CHECK_EQ(pread(to, room, BIG, 0), n);
    CHECK(memcmp(room, bytes, (size_t)n) == 0);
    CHECK_EQ(lseek(to, 0, SEEK_CUR), n);
    CHECK_EQ(close(to), 0);
    drop(in);
}

/* Sendfiles outnumber the workers of the slow lane, before the first one that lets them go on. */
static void test_no_deadlock(const struct kind *from, const struct kind *to)
{
    enum { SOME = 20 };
    int in[SOME][2], out[SOME][2];
    int64_t filled[SOME];
    coaio_req *reqs[SOME];
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 2), 0);
    for (int i = 0; i < SOME; i++) {
        from->make(in[i]);
        to->make(out[i]);
        filled[i] = fill(out[i][1]);
        if (from->stream && i % 2)
            CHECK_EQ(write(in[i][1], bytes, 100), 100);
        reqs[i] = begin_sendfile(out[i][1], in[i][0], 100);
    }
    until_waiting(SOME);
    for (int i = 0; i < SOME; i++) {
        if (from->stream && i % 2 == 0)
            CHECK_EQ(result_of(begin_write(in[i][1], 100)), 100);
        empty(out[i][0], filled[i]);
        CHECK_EQ(result_of(reqs[i]), 100);
        expect(out[i][0], bytes, 100);
        drop(in[i]);
        drop(out[i]);
    }
    CHECK_EQ(coaio_set(engine, COAIO_MAX_SLOW, 256), 0);
}

/* A sendfile that waits for input takes nothing. */
static void test_cancel_input(const struct kind *from, const struct kind *to)
{
    int in[2], out[2];
    from->make(in);
    to->make(out);
    coaio_req *req = begin_sendfile(out[1], in[0], BIG);
    until_waiting(1);
    CHECK_EQ(coaio_cancel(req), 0);
    finish(req);
    CHECK_EQ(coaio_result(req), -ECANCELED);
    CHECK_EQ(coaio_outcome(req), -ECANCELED);
    coaio_unref(req);
    CHECK_EQ(write(in[1], bytes, LITTLE), LITTLE);
    CHECK_EQ(read_all(in[0], room), LITTLE);
    CHECK_EQ(read_all(out[0], room), 0);
    drop(in);
    drop(out);
}

/* Returns when the request is done, or has waited in the poller for some rounds. */
static void wait_until_stuck(coaio_req *req)
{
    coaio_stuck_info list[1];
    for (int tries = 0; coaio_result(req) == -EINPROGRESS; tries++) {
        int64_t stuck = coaio_stuck(engine, list, sizeof *list, 1);
        if (stuck == 1 && list[0].where == COAIO_ON_POLLER && tries > 20)
            return;
        CHECK(coaio_wait(engine, SECOND / 1000) >= 0);
    }
}

/* Cancels a request for `length` bytes if it is not done. Returns the bytes that it has copied. */
static int64_t cancel(coaio_req *req, int64_t length)
{
    int64_t done = coaio_result(req);
    if (done == -EINPROGRESS) {
        CHECK_EQ(coaio_cancel(req), 0);
        finish(req);
        CHECK_EQ(coaio_result(req), -ECANCELED);
        done = coaio_outcome(req);
    } else {
        CHECK_EQ(done, length);
        finish(req);
    }
    coaio_unref(req);
    return done;
}

/* Bytes that are still on their way come, too. */
static int64_t read_until(int fd, char *to, int64_t length)
{
    int64_t came = 0;
    do {
        int64_t n = read_all(fd, to + came);
        came += n;
        if (n == 0)
            usleep(1000);
    } while (came < length);
    return came;
}

/* The output gets a part, and no more is taken than that: the rest is where it was. */
static void test_cancel_output(const struct kind *from, const struct kind *to)
{
    static char all[BIG];
    int in[2], out[2];
    int64_t length = BIG / 2;
    from->make(in);
    to->make(out);
    if (from->fifo && fcntl(in[1], F_SETPIPE_SZ, BIG) < BIG) {
        drop(in);
        drop(out);
        return; /* a limit for ordinary users */
    }
    if (from->stream) {
        CHECK_EQ(fcntl(in[1], F_SETFL, O_NONBLOCK), 0);
        length = write(in[1], bytes, BIG / 2);
        CHECK(length > 0);
    }
    coaio_next(engine, 0, -1, COAIO_TO_END);
    coaio_req *req = begin_sendfile(out[1], in[0], (size_t)length);
    wait_until_stuck(req);
    int64_t done = cancel(req, length);
    CHECK(done > 0);
    int64_t came = read_until(out[0], all, done);
    CHECK_EQ(came, done);
    if (from->stream && came < length)
        came += read_until(in[0], all + came, length - came);
    if (!from->stream)
        CHECK_EQ(lseek(in[0], 0, SEEK_CUR), done);
    CHECK(memcmp(all, bytes, (size_t)came) == 0);
    drop(in);
    drop(out);
}

/* A part has gone when the reader goes: that part counts, and nothing is taken for nobody. */
static void test_reader_goes(const struct kind *from, const struct kind *to)
{
    int in[2], out[2];
    int64_t length = BIG / 2;
    from->make(in);
    to->make(out);
    (void)fill(out[1]);
    if (from->stream)
        CHECK_EQ(write(in[1], bytes, LITTLE), LITTLE);
    coaio_req *req = begin_sendfile(out[1], in[0], (size_t)length);
    until_waiting(1);
    CHECK_EQ(close(out[0]), 0);
    out[0] = dup(STDERR_FILENO);
    int64_t result = result_of(req);
    CHECK_EQ(result == -EPIPE || result == -ECONNRESET, 1);
    if (from->stream)
        CHECK_EQ(read_all(in[0], room), LITTLE);
    else
        CHECK_EQ(lseek(in[0], 0, SEEK_CUR), 0);
    drop(in);
    drop(out);
}

/* Writes and sendfiles to one output go out whole, and in their order. */
static void test_order(const struct kind *to)
{
    static const char letters[] = "abcd";
    int in[2], out[2];
    coaio_req *reqs[4];
    make_pipe(in);
    to->make(out);
    CHECK_EQ(write(in[1], "bd", 2), 2);
    int64_t filled = fill(out[1]);
    for (int i = 0; i < 4; i++) {
        if (i % 2)
            reqs[i] = begin_sendfile(out[1], in[0], 1);
        else
            reqs[i] = coaio_write(engine, out[1], letters + i, 1, -1, NULL, NULL);
        until_waiting(i + 1);
    }
    coaio_next(engine, 4, -1, 0);
    coaio_req *first = coaio_write(engine, out[1], "!", 1, -1, NULL, NULL);
    until_waiting(5);
    empty(out[0], filled);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(result_of(reqs[i]), 1);
    CHECK_EQ(result_of(first), 1);
    expect(out[0], "!abcd", 5);
    drop(in);
    drop(out);
}

/* Reads and sendfiles of one input, by priority. */
static void test_priorities(void)
{
    int in[2], out[2];
    make_pipe(in);
    make_stream(out);
    coaio_req *low = begin_sendfile(out[1], in[0], 1);
    until_waiting(1);
    coaio_next(engine, 1, -1, 0);
    coaio_req *middle = begin_read(in[0], 1);
    until_waiting(2);
    coaio_next(engine, 2, -1, 0);
    coaio_req *high = begin_sendfile(out[1], in[0], 1);
    until_waiting(3);
    CHECK_EQ(write(in[1], "123", 3), 3);
    CHECK_EQ(result_of(low), 1);
    CHECK_EQ(result_of(high), 1);
    finish(middle);
    CHECK_EQ(*(const char *)coaio_data(middle, NULL), '2');
    coaio_unref(middle);
    CHECK_EQ(read(out[0], room, 10), 2);
    CHECK(memcmp(room, "13", 2) == 0);
    drop(in);
    drop(out);
}

/* One socket may be both ends. */
static void test_echo(void)
{
    int fd[2];
    make_stream(fd);
    coaio_req *req = begin_sendfile(fd[0], fd[0], 100);
    until_waiting(1);
    CHECK_EQ(write(fd[1], "echo", 4), 4);
    CHECK_EQ(result_of(req), 4);
    CHECK_EQ(read(fd[1], room, 100), 4);
    drop(fd);
}

/* The end of a file is where it was when the copy began, also for who waits meanwhile. */
static void test_file_grows(void)
{
    int out[2], in = open("grows", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    make_stream(out);
    CHECK_EQ(write(in, bytes, BIG), BIG);
    coaio_next(engine, 0, -1, COAIO_TO_END);
    coaio_req *req = coaio_sendfile(engine, out[1], in, 1, SIZE_MAX, NULL, NULL);
    until_waiting(1);
    CHECK_EQ(write(in, bytes, 1000), 1000);
    for (int64_t n, have = 1; have < BIG; have += n) {
        n = result_of(coaio_read(engine, out[0], room, BIG, -1, NULL, NULL));
        CHECK(n > 0);
        CHECK(memcmp(room, bytes + have, (size_t)n) == 0);
    }
    CHECK_EQ(result_of(req), BIG - 1);
    CHECK_EQ(read_all(out[0], room), 0);
    CHECK_EQ(close(in), 0);
    drop(out);
}

static void test_pair(const struct kind *from, const struct kind *to)
{
    test_in_parts(from, to);
    test_no_deadlock(from, to);
    test_reader_goes(from, to);
    test_cancel_output(from, to);
    if (!from->stream)
        return;
    test_input_later(from, to);
    test_cancel_input(from, to);
}

int main(void)
{
    char directory[200];
    start(directory, sizeof directory);
    make_content();
    for (int i = 0; i < SOURCES; i++)
        for (int j = 0; j < KINDS; j++)
            if (kinds[j].stream)
                test_pair(&sources[i], &kinds[j]);
    for (int i = 1; i < SOURCES; i++)
        test_to_file(&sources[i]);
    for (int j = 0; j < KINDS; j++)
        if (kinds[j].stream)
            test_order(&kinds[j]);
    test_priorities();
    test_echo();
    test_file_grows();
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
