/* A sendfile that waits for somebody else keeps no thread, and has the results of one that waits on
   a worker: of each pair of ends both are made (COAIO_SLOW: on a worker). */
#include "ends.h"

#ifdef __linux__

static void nothing(int in[2], int out[2])
{
    (void)in, (void)out;
}

static void some(int in[2], int out[2])
{
    (void)out;
    CHECK(write(in[1], bytes, LITTLE) == LITTLE);
}

static void end(int in[2], int out[2])
{
    (void)out;
    CHECK_EQ(dup2(STDERR_FILENO, in[1]), in[1]);
}

static void some_and_end(int in[2], int out[2])
{
    some(in, out);
    end(in, out);
}

static void no_reader(int in[2], int out[2])
{
    some(in, out);
    CHECK_EQ(dup2(STDERR_FILENO, out[0]), out[0]);
}

static void shut(int in[2], int out[2])
{
    some(in, out);
    (void)fill(out[1]);
    CHECK_EQ(shutdown(out[1], SHUT_WR), 0);
}

static void does_not_wait_in(int in[2], int out[2])
{
    (void)out;
    CHECK_EQ(fcntl(in[0], F_SETFL, fcntl(in[0], F_GETFL) | O_NONBLOCK), 0);
}

static void does_not_wait_out(int in[2], int out[2])
{
    (void)in;
    (void)fill(out[1]);
    CHECK_EQ(fcntl(out[1], F_SETFL, fcntl(out[1], F_GETFL) | O_NONBLOCK), 0);
}

static void wrong_ways(int in[2], int out[2])
{
    some(in, out);
    int swap = out[1];
    out[1] = out[0];
    out[0] = swap;
}

static void listens(int in[2], int out[2])
{
    some(in, out);
    CHECK_EQ(close(out[1]), 0);
    out[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(listen(out[1], 1), 0);
}

static void make_device(int fd[2])
{
    fd[0] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    fd[1] = open("/dev/full", O_WRONLY | O_CLOEXEC);
}

static const struct same {
    void (*from)(int fd[2]);
    void (*to)(int fd[2]);
    void (*prepare)(int in[2], int out[2]);
    int64_t offset;
    size_t length;
    uint32_t flags;
} same[] = {
    {make_file, make_pipe, nothing, 0, LITTLE, 0},
    {make_file, make_fifo, nothing, 5, LITTLE, 0},
    {make_file, make_stream, nothing, -1, LITTLE, 0},
    {make_file, make_tcp, nothing, BIG - 10, LITTLE, 0},
    {make_file, make_pipe, nothing, BIG + 10, 10, 0},
    {make_file, make_stream, nothing, BIG - 10, 10, COAIO_TO_END},
    {make_file, make_pipe, nothing, 0, BIG, 0},
    {make_file, make_fifo, nothing, 0, BIG, 0},
    {make_file, make_packets, nothing, 0, 100, 0},
    {make_file, make_terminal, nothing, 0, 10, 0},
    {make_pipe, make_pipe, some, -1, BIG, 0},
    {make_fifo, make_fifo, some, -1, BIG, 0},
    {make_pipe, make_stream, some, -1, BIG, 0},
    {make_fifo, make_tcp, some, -1, BIG, 0},
    {make_stream, make_pipe, some, -1, BIG, 0},
    {make_tcp, make_fifo, some, -1, BIG, 0},
    {make_stream, make_stream, some, -1, 10, 0},
    {make_tcp, make_tcp, some, -1, BIG, 0},
    {make_packets, make_pipe, some, -1, BIG, 0},
    {make_packets, make_packets, some, -1, BIG, 0},
    {make_terminal, make_pipe, some, -1, 10, 0},
    {make_pipe, make_terminal, some, -1, 10, 0},
    {make_pipe, make_stream, end, -1, 10, 0},
    {make_stream, make_pipe, end, -1, 10, 0},
    {make_tcp, make_tcp, end, -1, 10, 0},
    {make_fifo, make_fifo, end, -1, 10, 0},
    {make_pipe, make_stream, some_and_end, -1, BIG, COAIO_TO_END},
    {make_file, make_pipe, no_reader, 0, BIG, 0},
    {make_file, make_stream, no_reader, 0, BIG, 0},
    {make_file, make_stream, no_reader, 0, BIG, COAIO_TO_END},
    {make_file, make_fifo, no_reader, 0, 10, 0},
    {make_pipe, make_pipe, no_reader, -1, BIG, 0},
    {make_pipe, make_stream, no_reader, -1, BIG, 0},
    {make_stream, make_fifo, no_reader, -1, BIG, 0},
    {make_fifo, make_packets, no_reader, -1, 10, 0},
    {make_pipe, make_stream, shut, -1, BIG, 0},
    {make_file, make_stream, shut, 0, BIG, 0},
    {make_pipe, make_tcp, shut, -1, BIG, 0},
    {make_file, make_tcp, shut, 0, BIG, 0},
    {make_pipe, make_stream, does_not_wait_in, -1, 10, 0},
    {make_tcp, make_stream, does_not_wait_in, -1, 10, 0},
    {make_file, make_stream, does_not_wait_out, -1, 10, 0},
    {make_file, make_pipe, does_not_wait_out, 0, BIG, 0},
    {make_pipe, make_pipe, wrong_ways, -1, 10, 0},
    {make_file, make_fifo, wrong_ways, 0, 10, 0},
    {make_pipe, make_pipe, some, 5, 10, 0},
    {make_stream, make_pipe, some, 5, 10, 0},
    {make_pipe, make_stream, listens, -1, 10, 0},
    {make_file, make_stream, listens, 0, 10, 0},
    {make_device, make_device, nothing, -1, 10, 0},
    {make_device, make_pipe, nothing, -1, 10, 0},
    {make_pipe, make_device, some, -1, 10, 0},
    {make_file, make_device, nothing, 0, 10, 0},
};

static void test_same(int number)
{
    const struct same *this = &same[number];
    int64_t result[2], position[2];
    char what[60];
    for (int i = 0; i < 2; i++) {
        int in[2], out[2];
        this->from(in);
        this->to(out);
        this->prepare(in, out);
        coaio_next(engine, 0, -1, this->flags | (i == 0 ? COAIO_SLOW : 0));
        result[i] = result_of(
            coaio_sendfile(engine, out[1], in[0], this->offset, this->length, NULL, NULL));
        position[i] = lseek(in[0], 0, SEEK_CUR);
        drop(in);
        drop(out);
    }
    snprintf(what, sizeof what, "case %d: the result of a worker and without one", number);
    test_eq(result[0], result[1], what, __FILE__, __LINE__);
    snprintf(what, sizeof what, "case %d: the positions", number);
    test_eq(position[0], position[1], what, __FILE__, __LINE__);
}

/* Ten thousand to full sockets, before any worker was started. */
static void test_many(void)
{
    enum { SOCKETS = 100, EACH = 100, MANY = SOCKETS * EACH };
    static coaio_req *reqs[MANY];
    int in[2], out[SOCKETS][2];
    int64_t filled[SOCKETS];
    make_file(in);
    for (int i = 0; i < SOCKETS; i++) {
        make_stream(out[i]);
        filled[i] = fill(out[i][1]);
        for (int j = 0; j < EACH; j++) {
            coaio_req *req = coaio_sendfile(engine, out[i][1], in[0], j, 1, NULL, NULL);
            CHECK(req != NULL);
            reqs[i * EACH + j] = req;
        }
    }
    until_waiting(MANY);
    CHECK_EQ(coaio_get(engine, COAIO_NTHREADS), 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREADY), 0);
    for (int i = 0; i < SOCKETS; i++)
        empty(out[i][0], filled[i]);
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(result_of(reqs[i]), 1);
    for (int i = 0; i < SOCKETS; i++)
        drop(out[i]);
    drop(in);
}

int main(void)
{
    char directory[200];
    start(directory, sizeof directory);
    make_content();
    test_many();
    for (int i = 0; i < (int)(sizeof same / sizeof *same); i++)
        test_same(i);
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
