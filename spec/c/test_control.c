/* What goes straight to the kernel: fcntl, ioctl, fiemap, and requests about memory. */
#include "test.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static coaio_engine *engine;

static int64_t control(int fd, int command, int64_t argument)
{
    return result_of(coaio_fcntl(engine, fd, command, argument, NULL, 0, NULL, NULL));
}

static void test_fcntl_with_integers(void)
{
    int fd = open("file", O_RDWR | O_CREAT | O_APPEND, 0600);
    CHECK(control(fd, F_GETFL, 0) & O_APPEND);
    CHECK_EQ(control(fd, F_SETFD, FD_CLOEXEC), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(control(-1, F_GETFL, 0), -EBADF);
    CHECK_EQ(control(fd, 123456, 0), -EINVAL);
    CHECK_EQ(close(fd), 0);
}

/* A duplicate is close-on-exec, and closed when its request was cancelled. */
static void test_fcntl_makes_descriptors(void)
{
    int before = count_fds();
    int64_t fd = control(0, F_DUPFD, 10);
    CHECK(fd >= 10);
    CHECK_EQ(fcntl((int)fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(close((int)fd), 0);
    coaio_req *req = coaio_fcntl(engine, 0, F_DUPFD, 10, NULL, 0, NULL, NULL);
    CHECK_EQ(coaio_req_wait(req, LIMIT), 1);
    CHECK(coaio_result(req) >= 10);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(coaio_result(finish(req)), -ECANCELED);
    coaio_unref(req);
    CHECK_EQ(count_fds(), before);
}

/* A lock that somebody else has is waited for where that holds up nobody, and the wait can be cancelled. */
static void test_fcntl_waits_for_a_lock(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int ours = open("file", O_RDWR), theirs = open("file", O_RDWR);
    coaio_req *reqs[20];
    CHECK_EQ(fcntl(theirs, F_OFD_SETLK, &lock), 0);
    for (int i = 0; i < 20; i++)
        reqs[i] = coaio_fcntl(engine, ours, F_OFD_SETLKW, 0, &lock, sizeof lock, NULL, NULL);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "file", NULL, NULL)), 0);
    coaio_req *req = finish(coaio_fcntl(engine, ours, F_OFD_GETLK, 0, &lock, sizeof lock, NULL, NULL));
    size_t size;
    const struct flock *answer = coaio_data(req, &size);
    CHECK_EQ(coaio_result(req), 0);
    CHECK_EQ(size, sizeof lock);
    CHECK_EQ(answer->l_type, F_WRLCK);
    CHECK_EQ(answer->l_pid, -1);
    coaio_unref(req);
    for (int i = 1; i < 20; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    for (int i = 1; i < 20; i++)
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
    CHECK_EQ(close(theirs), 0);
    CHECK_EQ(result_of(reqs[0]), 0);
    CHECK_EQ(close(ours), 0);
}

static void test_ioctl(void)
{
    int ends[2], waiting = 0;
    size_t size;
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(write(ends[1], "12345", 5), 5);
    coaio_req *req = finish(coaio_ioctl(engine, ends[0], FIONREAD, 0, &waiting, sizeof waiting, NULL, NULL));
    CHECK_EQ(coaio_result(req), 0);
    CHECK_EQ(*(const int *)coaio_data(req, &size), 5);
    CHECK_EQ(size, sizeof waiting);
    CHECK_EQ(waiting, 0);
    coaio_unref(req);
    CHECK_EQ(ioctl(ends[0], 0, 0), -1); /* ENOTTY; in an emulator perhaps ENOSYS */
    int error = errno;
    CHECK_EQ(result_of(coaio_ioctl(engine, ends[0], 0, 0, NULL, 0, NULL, NULL)), -error);
    CHECK_EQ(result_of(coaio_ioctl(engine, ends[0], INT64_MAX, 0, NULL, 0, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_ioctl(engine, ends[0], FIONREAD, 0, NULL, 4, NULL, NULL)), -EINVAL);
    CHECK_EQ(close(ends[0]) | close(ends[1]), 0);
}

static coaio_req *map_extents(int fd, int64_t offset, uint64_t length, uint32_t count)
{
    return finish(coaio_fiemap(engine, fd, offset, length, 1, count, NULL, NULL)); /* FIEMAP_FLAG_SYNC */
}

/* Data and holes by turns make an extent each, more of them than one call of the kernel's returns. */
static void test_fiemap(void)
{
    enum { EXTENTS = 600, STEP = 131072 };
    int fd = open("extents", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < EXTENTS; i++)
        CHECK_EQ(pwrite(fd, "x", 1, (off_t)i * STEP), 1);
    coaio_req *req = map_extents(fd, 0, 0, UINT32_MAX);
    if (coaio_result(req) == -EOPNOTSUPP || coaio_result(req) == -ENOSYS) {
        coaio_unref(req);
        CHECK_EQ(close(fd), 0);
        return;
    }
    size_t size;
    const coaio_extent *extent = coaio_data(req, &size);
    CHECK_EQ(coaio_result(req), EXTENTS);
    CHECK_EQ(size, EXTENTS * sizeof *extent);
    for (int i = 0; i < EXTENTS; i++) {
        CHECK_EQ(extent[i].logical, (int64_t)i * STEP);
        CHECK_EQ(extent[i].flags & 1, i == EXTENTS - 1); /* FIEMAP_EXTENT_LAST */
    }
    coaio_unref(req);
    req = map_extents(fd, 0, 0, 0);
    CHECK_EQ(coaio_result(req), EXTENTS);
    CHECK(!coaio_data(req, NULL));
    coaio_unref(req);
    req = map_extents(fd, 0, 0, 300);
    CHECK_EQ(coaio_result(req), 300);
    coaio_unref(req);
    req = map_extents(fd, 10 * STEP, 5 * STEP, UINT32_MAX);
    CHECK_EQ(coaio_result(req), 5);
    CHECK_EQ(((const coaio_extent *)coaio_data(req, NULL))->logical, 10 * STEP);
    coaio_unref(req);
    req = finish(coaio_fiemap(engine, fd, 0, 0, 1u << 31, UINT32_MAX, NULL, NULL));
    CHECK_EQ(coaio_result(req), -EBADR);
    coaio_unref(req);
    CHECK_EQ(close(fd), 0);
}

static void test_memory(void)
{
    size_t size = 40 << 20;
    int fd = open("mapped", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(ftruncate(fd, (off_t)size), 0);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char byte = 0;
    CHECK(memory != MAP_FAILED);
    memory[5000] = 'x';
    CHECK_EQ(result_of(coaio_msync(engine, memory + 4999, 10, 0, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_msync(engine, memory, size, MS_ASYNC, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_msync(engine, memory, size, MS_ASYNC | MS_SYNC, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_mtouch(engine, memory + 1, size - 1, 0, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_mtouch(engine, memory, 0, 0, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_mtouch(engine, memory, size, 2, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_mtouch(engine, NULL, size, 0, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_mtouch(engine, memory, size, 1, NULL, NULL)), 0);
    CHECK_EQ(pread(fd, &byte, 1, 5000), 1);
    CHECK_EQ(byte, 'x');
    int64_t locked = result_of(coaio_mlock(engine, memory + 10, 100, NULL, NULL));
    CHECK(locked == 0 || locked == -EPERM || locked == -ENOMEM);
    int64_t refused = result_of(coaio_mlockall(engine, 1u << 30, NULL, NULL));
    CHECK(refused == -EINVAL || refused == 0); /* a sanitizer replaces it by nothing */
    CHECK_EQ(munmap(memory, size), 0);
    CHECK(result_of(coaio_msync(engine, memory, size, MS_SYNC, NULL, NULL)) == -ENOMEM);
    CHECK_EQ(close(fd), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    int before = count_fds();
    engine = engine_new();
    test_fcntl_with_integers();
    test_fcntl_makes_descriptors();
    test_fcntl_waits_for_a_lock();
    test_ioctl();
    test_fiemap();
    test_memory();
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
