/* The everyday requests, by callback and by reap, with both kinds of memory, and what must be refused. */
#include "test.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

static coaio_engine *engine;

/* ---- a file's life, by callback --------------------------------------------------------------------------------- */

static const char text[] = "what the file holds";

static struct {
    int  fd, step;
    char buffer[100];
} life;

static void on_closed(coaio_req *req, void *data)
{
    (void)data;
    CHECK_EQ(coaio_result(req), 0);
    CHECK_EQ(fcntl(life.fd, F_GETFD), -1);
    life.step++;
}

static void on_read(coaio_req *req, void *data)
{
    (void)data;
    CHECK_EQ(coaio_result(req), sizeof text - 1);
    CHECK(memcmp(life.buffer, text, sizeof text - 1) == 0);
    CHECK(coaio_close(engine, life.fd, on_closed, NULL) != NULL);
    life.step++;
}

static void on_written(coaio_req *req, void *data)
{
    (void)data;
    CHECK_EQ(coaio_result(req), sizeof text - 1);
    CHECK(coaio_read(engine, life.fd, life.buffer, sizeof life.buffer, 0, on_read, NULL) != NULL);
    life.step++;
}

static void on_opened(coaio_req *req, void *data)
{
    (void)data;
    life.fd = (int)coaio_result(req);
    CHECK(life.fd >= 0);
    CHECK_EQ(fcntl(life.fd, F_GETFD), FD_CLOEXEC);
    CHECK(coaio_write(engine, life.fd, text, sizeof text - 1, 0, on_written, NULL) != NULL);
    life.step++;
}

static void test_by_callback(void)
{
    CHECK(coaio_open(engine, NULL, "file", O_RDWR | O_CREAT | O_EXCL, 0640, on_opened, NULL) != NULL);
    CHECK_EQ(life.step, 0);
    poll_until(engine, &life.step, 4);
    CHECK_EQ(life.step, 4);
}

/* ---- the same, by reap ------------------------------------------------------------------------------------------ */

static coaio_req *reap_one(void)
{
    coaio_req *req = NULL;
    while (coaio_reap(engine, &req, 1) == 0)
        CHECK_EQ(coaio_wait(engine, LIMIT), 1);
    return req;
}

static void test_by_reap(void)
{
    size_t size = 0;
    int tag, fd;
    CHECK(coaio_open(engine, NULL, "file", O_RDONLY, 0, NULL, &tag) != NULL);
    coaio_req *req = reap_one();
    fd = (int)coaio_result(req);
    CHECK(fd >= 0);
    CHECK(coaio_req_data(req) == &tag);
    CHECK(coaio_read(engine, fd, NULL, 1000000000, 5, NULL, NULL) != NULL);
    req = reap_one();
    const char *data = coaio_data(req, &size);
    CHECK_EQ(coaio_result(req), sizeof text - 1 - 5);
    CHECK_EQ(size, coaio_result(req));
    CHECK_STR(data, text + 5);
    coaio_close(engine, fd, NULL, NULL);
    CHECK_EQ(coaio_result(reap_one()), 0);
}

static void test_many_in_one_reap(void)
{
    coaio_req *reaped[100];
    size_t count = 0;
    for (int i = 0; i < 100; i++)
        CHECK(coaio_stat(engine, NULL, "file", NULL, NULL) != NULL);
    while (count < 100) {
        size_t now = coaio_reap(engine, reaped, 100);
        for (size_t i = 0; i < now; i++)
            CHECK_EQ(coaio_result(reaped[i]), 0);
        count += now;
        if (now == 0)
            CHECK_EQ(coaio_wait(engine, LIMIT), 1);
    }
    CHECK_EQ(count, 100);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static void test_take_outlives_the_request(void)
{
    size_t size = 0;
    int fd = (int)result_of(coaio_open(engine, NULL, "file", O_RDONLY, 0, NULL, NULL));
    coaio_req *req = finish(coaio_read(engine, fd, NULL, 100, 0, NULL, NULL));
    char *data = coaio_take(req, &size);
    coaio_unref(req);
    CHECK_EQ(size, sizeof text - 1);
    CHECK_STR(data, text);
    coaio_free(engine, data);
    CHECK_EQ(result_of(coaio_close(engine, fd, NULL, NULL)), 0);
}

static void test_own_position(void)
{
    char buffer[10];
    int fd = (int)result_of(coaio_open(engine, NULL, "file", O_RDONLY, 0, NULL, NULL));
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, 5, -1, NULL, NULL)), 5);
    CHECK_EQ(result_of(coaio_seek(engine, fd, 0, SEEK_CUR, NULL, NULL)), 5);
    CHECK_EQ(result_of(coaio_read(engine, fd, buffer, 5, 0, NULL, NULL)), 5);
    CHECK_EQ(result_of(coaio_seek(engine, fd, 0, SEEK_END, NULL, NULL)), sizeof text - 1);
    CHECK_EQ(result_of(coaio_read(engine, fd, NULL, 5, -1, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_close(engine, fd, NULL, NULL)), 0);
}

static void test_proc_files_have_no_size(void)
{
    int fd = (int)result_of(coaio_open(engine, NULL, "/proc/self/status", O_RDONLY, 0, NULL, NULL));
    coaio_req *req = finish(coaio_read(engine, fd, NULL, 1000000, 0, NULL, NULL));
    CHECK(coaio_result(req) > 100);
    CHECK(strncmp(coaio_data(req, NULL), "Name:", 5) == 0);
    coaio_unref(req);
    CHECK_EQ(result_of(coaio_close(engine, fd, NULL, NULL)), 0);
}

/* ---- metadata and directories ----------------------------------------------------------------------------------- */

static void test_stat_agrees_with_the_system(void)
{
    struct stat expected;
    CHECK_EQ(stat("file", &expected), 0);
    coaio_req *req = finish(coaio_stat(engine, NULL, "file", NULL, NULL));
    const coaio_statbuf *got = coaio_data(req, NULL);
    CHECK_EQ(coaio_result(req), 0);
    CHECK_EQ(got->size, expected.st_size);
    CHECK_EQ(got->mode, expected.st_mode);
    CHECK_EQ(got->ino, expected.st_ino);
    CHECK_EQ(got->dev, expected.st_dev);
    CHECK_EQ(got->mtime_ns, expected.st_mtim.tv_sec * SECOND + expected.st_mtim.tv_nsec);
    coaio_unref(req);
}

static void test_times_far_away(int64_t seconds)
{
    struct timespec far = {.tv_sec = (time_t)seconds, .tv_nsec = 0}, times[2] = {far, far};
    struct stat     kept;
    int             fd = open("distant", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK_EQ(futimens(fd, times), 0);
    CHECK_EQ(fstat(fd, &kept), 0); /* what the file system has for that */
    for (int i = 0; i < 2; i++) {
        coaio_next(engine, 0, -1, i ? COAIO_NO_INLINE : 0);
        coaio_req *req = finish(coaio_fstat(engine, fd, NULL, NULL));
        const coaio_statbuf *got = coaio_data(req, NULL);
        int64_t              most = INT64_MAX / SECOND, sec = kept.st_mtim.tv_sec;
        CHECK_EQ(got->mtime.sec, sec);
        CHECK_EQ(got->mtime.nsec, 0);
        sec = sec > most ? most : sec < -most ? -most : sec;
        CHECK_EQ(got->mtime_ns, sec * SECOND);
        coaio_unref(req);
    }
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink("distant"), 0);
}

static void check_times(const char *path, int64_t atime, long ansec, int64_t mtime, long mnsec)
{
    struct stat st;
    CHECK_EQ(stat(path, &st), 0);
    CHECK_EQ(st.st_atim.tv_sec, atime);
    CHECK_EQ(st.st_atim.tv_nsec, ansec);
    CHECK_EQ(st.st_mtim.tv_sec, mtime);
    CHECK_EQ(st.st_mtim.tv_nsec, mnsec);
}

/* The year 2400, which is none in nanoseconds of 64 bits. */
static void test_exact_times(void)
{
    const coaio_time far = {.sec = INT64_C(13569465600), .nsec = 123456789}, before = {.sec = -1, .nsec = 999999999};
    const coaio_time omit = {.nsec = COAIO_NSEC_OMIT}, wrong = {.nsec = 1000000000}, none = {.nsec = COAIO_NSEC_NONE};
    const coaio_arg  missing[] = {{.p = "exact"}, {.i = COAIO_TIME_EXACT}};
    int fd = open("exact", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK_EQ(result_of(coaio_utimens(engine, NULL, "exact", &before, &far, NULL, NULL)), 0);
    check_times("exact", -1, 999999999, far.sec, 123456789);
    CHECK_EQ(result_of(coaio_futimens(engine, fd, &far, &omit, NULL, NULL)), 0);
    check_times("exact", far.sec, 123456789, far.sec, 123456789);
    CHECK_EQ(result_of(coaio_futime(engine, fd, -1, COAIO_TIME_OMIT, NULL, NULL)), 0);
    check_times("exact", -1, 999999999, far.sec, 123456789);
    CHECK_EQ(result_of(coaio_futimens(engine, fd, &wrong, NULL, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_futimens(engine, fd, NULL, &none, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_submit(engine, COAIO_UTIME, missing, 2, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_utimens(engine, NULL, "exact", &omit, NULL, NULL, NULL)), 0);
    struct stat st;
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_atim.tv_sec, -1);
    CHECK(st.st_mtim.tv_sec != far.sec);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink("exact"), 0);
}

static void test_readdir(void)
{
    CHECK_EQ(result_of(coaio_mkdir(engine, NULL, "dir", 0755, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_symlink(engine, "nowhere", NULL, "dir/a\nb", NULL, NULL)), 0);
    coaio_req *req = finish(coaio_readdir(engine, NULL, "dir", NULL, NULL));
    const coaio_listing *listing = coaio_data(req, NULL);
    CHECK_EQ(coaio_result(req), 1);
    CHECK_EQ(listing->count, 1);
    CHECK_STR(listing->entry[0].name, "a\nb");
    CHECK_EQ(listing->entry[0].length, 3);
    coaio_unref(req);
    req = finish(coaio_readlink(engine, NULL, "dir/a\nb", NULL, NULL));
    CHECK_EQ(coaio_result(req), 7);
    CHECK_STR(coaio_data(req, NULL), "nowhere");
    coaio_unref(req);
    CHECK_EQ(result_of(coaio_unlink(engine, NULL, "dir/a\nb", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmdir(engine, NULL, "dir", NULL, NULL)), 0);
}

/* ---- refusals --------------------------------------------------------------------------------------------------- */

static void test_failures_are_results(void)
{
    CHECK_EQ(result_of(coaio_open(engine, NULL, "nowhere", O_RDONLY, 0, NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_open(engine, NULL, "file/below", O_RDONLY, 0, NULL, NULL)), -ENOTDIR);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "", NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_fstat(engine, -1, NULL, NULL)), -EBADF);
    CHECK_EQ(result_of(coaio_close(engine, 999999, NULL, NULL)), -EBADF);
    CHECK_EQ(result_of(coaio_rmdir(engine, NULL, "file", NULL, NULL)), -ENOTDIR);
    CHECK_EQ(result_of(coaio_mkdir(engine, NULL, "file", 0755, NULL, NULL)), -EEXIST);
}

/* The program's own, which have nothing to do with the engine's. */
static void test_rings_are_closed(void)
{
#ifdef SYS_io_uring_setup
    char params[512];
    int  fd, before = count_fds();
    memset(params, 0, sizeof params);
    fd = (int)syscall(SYS_io_uring_setup, 4, params);
    if (fd < 0)
        return;
    CHECK_EQ(result_of(coaio_close(engine, fd, NULL, NULL)), 0);
    CHECK_EQ(count_fds(), before);
#endif
}

static void test_arguments_out_of_range(void)
{
    int fd = (int)result_of(coaio_open(engine, NULL, "file", O_RDWR, 0, NULL, NULL));
    CHECK_EQ(result_of(coaio_open(engine, NULL, NULL, O_RDONLY, 0, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_read(engine, fd, NULL, 1, -2, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_write(engine, fd, text, 1, INT64_MIN, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_chmod(engine, NULL, "file", 01000644, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_allocate(engine, fd, 0, -1, 10, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_busy(engine, -1, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_sleep(engine, (double)NAN, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_ftruncate(engine, fd, -1, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_seek(engine, fd, 0, 99, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_close(engine, fd, NULL, NULL)), 0);
}

/* An offset on a pipe is an error, and a broken pipe must not raise SIGPIPE in any thread. */
static void test_pipes(void)
{
    int ends[2];
    char byte = 'x';
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(result_of(coaio_write(engine, ends[1], &byte, 1, -1, NULL, NULL)), 1);
    CHECK_EQ(result_of(coaio_read(engine, ends[0], &byte, 1, 0, NULL, NULL)), -ESPIPE);
    CHECK_EQ(result_of(coaio_read(engine, ends[0], &byte, 1, -1, NULL, NULL)), 1);
    CHECK_EQ(result_of(coaio_close(engine, ends[0], NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_write(engine, ends[1], &byte, 1, -1, NULL, NULL)), -EPIPE);
    CHECK_EQ(result_of(coaio_close(engine, ends[1], NULL, NULL)), 0);
}

static void test_names_and_constants(void)
{
    int64_t value = 0;
    CHECK_EQ(coaio_constant("O_RDWR", &value), 0);
    CHECK_EQ(value, O_RDWR);
    CHECK_EQ(coaio_constant("NO_SUCH_THING", &value), -ENOENT);
    CHECK_STR(coaio_errname(ENOENT), "ENOENT");
    CHECK_STR(coaio_errname(-ENOENT), "ENOENT");
    CHECK(coaio_errname(123456) == NULL);
    CHECK_STR(coaio_strerror(-ENOENT), strerror(ENOENT));
    const char *name;
    for (uint32_t i = 0; (name = coaio_constants(i, &value)) != NULL; i++) {
        int64_t again = 0;
        CHECK_EQ(coaio_constant(name, &again), 0);
        CHECK_EQ(again, value);
    }
}

int main(void)
{
    char path[200];
    int before = count_fds();
    enter_directory(path, sizeof path);
    engine = engine_new();
    test_by_callback();
    test_by_reap();
    test_many_in_one_reap();
    test_take_outlives_the_request();
    test_own_position();
    test_proc_files_have_no_size();
    test_stat_agrees_with_the_system();
    test_times_far_away(INT64_C(12345678901));
    test_times_far_away(INT64_C(-12345678901));
    test_times_far_away(INT64_C(9000000000));
    test_exact_times();
    test_readdir();
    test_failures_are_results();
    test_rings_are_closed();
    test_arguments_out_of_range();
    test_pipes();
    test_names_and_constants();
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    CHECK_EQ(count_fds(), before);
    return 0;
}
