/* Every row of the table, submitted with arguments of every wrong sort: nothing crashes, everything completes. */
#include "test.h"

#include <fcntl.h>
#include <math.h>
#include <sys/file.h>
#include <sys/stat.h>

static coaio_engine *engine;

/* No wrong argument of ours names anything that exists. */
static const coaio_arg strange[] = {
    {.i = -1, .d = -1, .p = "no/such/thing", .n = 0},
    {.i = 0, .d = NAN, .p = "", .n = 0},
    {.i = INT64_MIN, .d = INFINITY, .p = "no\0such", .n = 7},
    {.i = INT64_MAX, .d = 1e300, .p = NULL, .n = UINT64_MAX},
    {.i = 999999, .d = -0.5, .p = NULL, .n = 1},
    {.i = INT32_MIN, .d = 0, .p = NULL, .n = INT64_MAX},
};
enum { STRANGE = sizeof strange / sizeof strange[0] };

static const coaio_op *row(uint32_t code)
{
    const coaio_op *op;
    for (uint32_t i = 0; (op = coaio_ops(i)) != NULL; i++)
        if (op->code == code)
            return op;
    return NULL;
}

/* The path fields mean a coaio_wd in `i`: there only 0 is an honest mistake. */
static coaio_arg argument(uint8_t kind, coaio_arg arg)
{
    if (kind == COAIO_ARG_PATH || kind == COAIO_ARG_PATH2 || (kind == COAIO_ARG_TARGET && arg.p))
        arg.i = 0;
    if (kind == COAIO_ARG_TARGET && !arg.p)
        arg.i = -1;
    if (kind == COAIO_ARG_MEMORY || kind == COAIO_ARG_BYTES)
        arg.p = NULL;
    return arg;
}

static void check_result(const coaio_op *op, coaio_req *req)
{
    int64_t result = coaio_result(finish(req));
    CHECK(result > -4096);
    if (op && op->result == COAIO_RESULT_FD && result >= 0)
        CHECK_EQ(close((int)result), 0);
    if (op && op->result == COAIO_RESULT_NONE)
        CHECK(result <= 0);
    coaio_unref(req);
}

static void test_no_arguments(void)
{
    const coaio_op *op;
    for (uint32_t i = 0; (op = coaio_ops(i)) != NULL; i++)
        check_result(op, coaio_submit(engine, (int)op->code, NULL, 0, NULL, NULL));
}

static void test_same_strange_value_everywhere(void)
{
    const coaio_op *op;
    for (uint32_t i = 0; (op = coaio_ops(i)) != NULL; i++)
        for (int s = 0; s < STRANGE; s++)
            for (uint32_t n = 1; n <= op->nargs; n++) {
                coaio_arg args[COAIO_ARGS_MAX];
                for (uint32_t k = 0; k < op->nargs; k++)
                    args[k] = argument(op->args[k], strange[s]);
                check_result(op, coaio_submit(engine, (int)op->code, args, n, NULL, NULL));
            }
}

static void test_one_strange_value_at_a_time(void)
{
    const coaio_op *op;
    for (uint32_t i = 0; (op = coaio_ops(i)) != NULL; i++)
        for (uint32_t k = 0; k < op->nargs; k++)
            for (int s = 0; s < STRANGE; s++) {
                coaio_arg args[COAIO_ARGS_MAX] = {{0}};
                args[k] = argument(op->args[k], strange[s]);
                check_result(op, coaio_submit(engine, (int)op->code, args, op->nargs, NULL, NULL));
            }
}

static void test_unknown_requests(void)
{
    static const int codes[] = {0, -1, 9999, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        CHECK_EQ(result_of(coaio_submit(engine, codes[i], strange, 1, NULL, NULL)), -EINVAL);
}

static void test_too_many_arguments(void)
{
    coaio_arg args[COAIO_ARGS_MAX + 3] = {{0}};
    const coaio_op *op;
    for (uint32_t i = 0; (op = coaio_ops(i)) != NULL; i++)
        check_result(op, coaio_submit(engine, (int)op->code, args, COAIO_ARGS_MAX + 3, NULL, NULL));
}

static void test_embedded_nul(void)
{
    coaio_arg path = {.p = "file\0tail", .n = 9};
    CHECK_EQ(result_of(coaio_submit(engine, COAIO_OPEN, &path, 1, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_submit(engine, COAIO_OPEN, NULL, 1, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_submit(engine, COAIO_STAT, &path, 1, NULL, NULL)), -EINVAL);
    path.n = 4;
    CHECK_EQ(result_of(coaio_submit(engine, COAIO_STAT, &path, 1, NULL, NULL)), 0);
}

static void test_the_table(void)
{
    for (uint32_t code = COAIO_NOP; code <= COAIO_SYNC_FILE_RANGE; code++) {
        const coaio_op *op = row(code);
        CHECK(op != NULL);
        CHECK(strncmp(op->name, "aio_", 4) == 0);
        CHECK(op->nargs <= COAIO_ARGS_MAX);
        for (uint32_t k = 0; k < op->nargs; k++)
            CHECK(op->args[k] != COAIO_ARG_NONE && op->args[k] <= COAIO_ARG_SECONDS);
    }
    CHECK(coaio_ops(UINT32_MAX) == NULL);
}

static int64_t left_out(int code, uint32_t index)
{
    coaio_arg value = {.i = 12345, .n = 12345};
    int rc = coaio_op_left_out(code, index, &value);
    return rc < 0 ? rc : value.i ? value.i : (int64_t)value.n;
}

static void test_what_may_be_left_out(void)
{
    CHECK_EQ(left_out(COAIO_READ, 0), -EINVAL);
    CHECK_EQ(left_out(COAIO_READ, 1), -1);
    CHECK_EQ(left_out(COAIO_READAHEAD, 1), 0);
    coaio_arg length = {.n = 0};
    CHECK_EQ(coaio_op_left_out(COAIO_READ, 2, &length), 0);
    CHECK(length.n == UINT64_MAX);
    CHECK_EQ(left_out(COAIO_WRITE, 2), 0);
    CHECK_EQ(left_out(COAIO_TRUNCATE, 1), -EINVAL);
    CHECK_EQ(left_out(COAIO_OPEN, 2), 0666);
    CHECK_EQ(left_out(COAIO_MKDIR, 1), 0777);
    CHECK_EQ(left_out(COAIO_CHMOD, 1), -EINVAL);
    CHECK_EQ(left_out(COAIO_CHOWN, 2), -1);
    CHECK_EQ(left_out(COAIO_UTIME, 1), COAIO_TIME_NOW);
    CHECK_EQ(left_out(COAIO_SCANDIR, 1), UINT32_MAX);
    CHECK_EQ(left_out(COAIO_SCANDIR, 2), -EINVAL);
    CHECK_EQ(left_out(0, 0), -EINVAL);
    CHECK_EQ(left_out(9999, 0), -EINVAL);
}

static int waits(coaio_req *req)
{
    int answer = coaio_req_waits_for_lock(req);
    (void)result_of(req);
    return answer;
}

static void test_who_waits_for_a_lock(void)
{
    struct flock lock = {.l_type = F_RDLCK};
    int fd = open("file", O_RDONLY);
    CHECK_EQ(waits(coaio_flock(engine, fd, LOCK_SH, NULL, NULL)), 1);
    CHECK_EQ(waits(coaio_flock(engine, fd, LOCK_SH | LOCK_NB, NULL, NULL)), 0);
    CHECK_EQ(waits(coaio_flock(engine, fd, LOCK_UN, NULL, NULL)), 0);
    CHECK_EQ(waits(coaio_fcntl(engine, fd, F_SETLKW, 0, &lock, sizeof lock, NULL, NULL)), 1);
    CHECK_EQ(waits(coaio_fcntl(engine, fd, F_SETLK, 0, &lock, sizeof lock, NULL, NULL)), 0);
    CHECK_EQ(waits(coaio_nop(engine, NULL, NULL)), 0);
    CHECK_EQ(close(fd), 0);
}

/* Descriptor 0 is what a forgotten argument means. */
static void with_descriptor_0(int fd, void (*test)(void))
{
    CHECK_EQ(dup2(fd, 0), 0);
    test();
}

int main(void)
{
    char path[200];
    int ends[2], file;
    enter_directory(path, sizeof path);
    CHECK((file = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600)) >= 0);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(close(ends[1]), 0);
    engine = engine_new();
    test_the_table();
    test_what_may_be_left_out();
    test_who_waits_for_a_lock();
    test_unknown_requests();
    test_embedded_nul();
    for (int round = 0; round < 2; round++) {
        int fd = round ? file : ends[0];
        with_descriptor_0(fd, test_no_arguments);
        with_descriptor_0(fd, test_too_many_arguments);
        with_descriptor_0(fd, test_one_strange_value_at_a_time);
        with_descriptor_0(fd, test_same_strange_value_everywhere);
    }
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
