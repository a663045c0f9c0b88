/*
 * Without /proc, as in many a chroot: what takes a path in a working directory, confined or not, does its work, or says
 * that the kernel is too old for it, and never that a file is missing which is there. Older kernels, and a missing
 * /proc where only root could make that true, are played by functions in the place of the C library's.
 */
#include "real.h"
#include "test.h"

#ifdef __linux__
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { IO_URING_SETUP = 425, FCHMODAT2 = 452, DESCRIPTORS = 100 };

static coaio_engine *engine;
static coaio_wd *plain, *confined;
static int old_kernel, hidden_proc;

static void find_next(void *function, size_t size, const char *name)
{
    void *symbol = real_function(name);
    memcpy(function, &symbol, size);
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

/* Linux before 6.6. */
__attribute__((visibility("default"))) long syscall(long number, ...)
{
    long (*next)(long, ...), arg[6];
    va_list list;
    find_next(&next, sizeof next, "syscall");
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arg[i] = va_arg(list, long);
    va_end(list);
    if (old_kernel && number == FCHMODAT2)
        return refuse(ENOSYS);
    return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

/* Linux before 5.8. */
__attribute__((visibility("default"))) int utimensat(int fd, const char *path, const struct timespec times[2],
                                                     int flags)
{
    int (*next)(int, const char *, const struct timespec *, int);
    find_next(&next, sizeof next, "utimensat");
    return old_kernel && flags ? refuse(EINVAL) : next(fd, path, times, flags);
}

/* Linux before 6.10, without CAP_DAC_READ_SEARCH. */
__attribute__((visibility("default"))) int linkat(int from, const char *path, int to, const char *new_path, int flags)
{
    int (*next)(int, const char *, int, const char *, int);
    find_next(&next, sizeof next, "linkat");
    return old_kernel && flags & AT_EMPTY_PATH ? refuse(ENOENT) : next(from, path, to, new_path, flags);
}

__attribute__((visibility("default"))) ssize_t readlinkat(int fd, const char *path, char *to, size_t size)
{
    ssize_t (*next)(int, const char *, char *, size_t);
    find_next(&next, sizeof next, "readlinkat");
    return hidden_proc && strncmp(path, "/proc/", 6) == 0 ? refuse(ENOENT) : next(fd, path, to, size);
}

__attribute__((visibility("default"))) ssize_t readlink(const char *path, char *to, size_t size)
{
    return readlinkat(AT_FDCWD, path, to, size);
}

/* ---- a tree ------------------------------------------------------------------------------------------------------ */

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "inside", 6), 6);
    CHECK_EQ(close(fd), 0);
}

static void make_tree(void)
{
    CHECK_EQ(mkdir("root", 0755) | mkdir("root/in", 0755), 0);
    CHECK_EQ(mkdir("root/in/dir", 0755) | mkdir("root/in/dir/a", 0755), 0);
    make_file("root/in/file");
    make_file("root/in/dir/other");
    CHECK_EQ(symlink("file", "root/in/link") | symlink("dir/../link", "root/in/chain"), 0);
    CHECK_EQ(symlink("a", "root/in/dir/up") | symlink("dir/up", "root/in/todir"), 0);
    CHECK_EQ(symlink("round", "root/in/round"), 0);
}

static coaio_wd *open_wd(const char *path, uint32_t flags)
{
    coaio_req *req = finish(coaio_wd_open(engine, NULL, path, flags, NULL, NULL));
    coaio_wd *taken = coaio_wd_take(req);
    if (!taken)
        test_skip("openat2 does not work here");
    coaio_unref(req);
    return taken;
}

static void begin(const char *path)
{
    engine = engine_new();
    plain = open_wd(path, 0);
    confined = open_wd(path, COAIO_WD_BENEATH);
}

static void end(void)
{
    coaio_wd_free(engine, plain);
    coaio_wd_free(engine, confined);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* ---- what is done ------------------------------------------------------------------------------------------------ */

static struct stat look(const char *path)
{
    struct stat st;
    CHECK_EQ(lstat(path, &st), 0);
    return st;
}

/* 0 where this kernel can do it without /proc. */
static int64_t way_of_chmod(void)
{
    return syscall(FCHMODAT2, -1, "", 0, AT_EMPTY_PATH) < 0 && errno == EBADF ? 0 : -ENOTSUP;
}

static int64_t way_of_utime(void)
{
    return utimensat(-1, "", NULL, AT_EMPTY_PATH) < 0 && errno == EBADF ? 0 : -ENOTSUP;
}

static int64_t way_of_flink(void)
{
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    int refused = linkat(fd, "", AT_FDCWD, "/", AT_EMPTY_PATH) < 0 && errno == ENOENT;
    CHECK_EQ(close(fd), 0);
    return refused ? -ENOTSUP : 0;
}

/* `file` is the path that "chain" leads to. */
static void check_attributes(coaio_wd *wd, const char *file, int64_t utime_result, int64_t chmod_result)
{
    int64_t group = geteuid() == 0 ? 5 : -1;
    CHECK_EQ(chmod(file, 0600), 0);
    CHECK(group < 0 || chown(file, 0, 0) == 0);
    CHECK_EQ(result_of(coaio_utime(engine, wd, "chain", INT64_C(1) * SECOND, INT64_C(5) * SECOND, NULL, NULL)),
             utime_result);
    CHECK(utime_result < 0 || (look(file).st_mtime == 5 && look(file).st_atime == 1));
    CHECK_EQ(result_of(coaio_chmod(engine, wd, "chain", 0640, NULL, NULL)), chmod_result);
    CHECK_EQ(look(file).st_mode, S_IFREG | (chmod_result < 0 ? 0600 : 0640));
    CHECK_EQ(result_of(coaio_chown(engine, wd, "chain", -1, group, NULL, NULL)), 0);
    CHECK(group < 0 || look(file).st_gid == group);
    CHECK_EQ(result_of(coaio_chown(engine, wd, "round", -1, -1, NULL, NULL)), -ELOOP);
    CHECK_EQ(result_of(coaio_chmod(engine, wd, "none", 0640, NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_utime(engine, wd, "none", 0, 0, NULL, NULL)), -ENOENT);
}

static void check_names(coaio_wd *wd, const char *file, const char *hard)
{
    CHECK_EQ(result_of(coaio_link(engine, wd, "file", wd, "dir/hard", NULL, NULL)), 0);
    CHECK_EQ(look(hard).st_ino, look(file).st_ino);
    CHECK_EQ(unlink(hard), 0);
    CHECK_EQ(result_of(coaio_link(engine, wd, "chain", wd, "dir/hard", NULL, NULL)), 0);
    CHECK(S_ISLNK(look(hard).st_mode));
    CHECK_EQ(unlink(hard), 0);
    CHECK_EQ(result_of(coaio_link(engine, wd, "none", wd, "dir/hard", NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_link(engine, wd, "dir", wd, "dir/hard", NULL, NULL)), -EPERM);
    CHECK_EQ(result_of(coaio_link(engine, wd, "todir/", wd, "dir/hard", NULL, NULL)), -EPERM);
    CHECK_EQ(result_of(coaio_link(engine, wd, "file/", wd, "dir/hard", NULL, NULL)), -ENOTDIR);
}

/* Not every file system has files without a name. */
static void check_open_file(coaio_wd *wd, const char *directory, const char *hard, int64_t way)
{
    int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    CHECK_EQ(result_of(coaio_flink(engine, fd, wd, "dir/hard", NULL, NULL)), way);
    if (way == 0) {
        CHECK_EQ(look(hard).st_nlink, 1);
        CHECK_EQ(result_of(coaio_flink(engine, fd, wd, "dir/hard", NULL, NULL)), -EEXIST);
        CHECK_EQ(result_of(coaio_flink(engine, fd, wd, "none/hard", NULL, NULL)), -ENOENT);
        CHECK_EQ(unlink(hard), 0);
    }
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(result_of(coaio_flink(engine, -1, wd, "dir/hard", NULL, NULL)), -EBADF);
}

static void check_others(coaio_wd *wd)
{
    CHECK_EQ(result_of(coaio_stat(engine, wd, "chain", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_lstat(engine, wd, "round", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_statvfs(engine, wd, "chain", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "chain", 6, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_readlink(engine, wd, "chain", NULL, NULL)), 11);
    CHECK_EQ(result_of(coaio_readlink(engine, wd, "file", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_load(engine, wd, "chain", NULL, NULL)), 6);
    CHECK_EQ(result_of(coaio_copy(engine, wd, "chain", wd, "dir/copy", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_move(engine, wd, "dir/copy", wd, "moved", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_pathsync(engine, wd, "moved", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmtree(engine, wd, "moved", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_scandir(engine, wd, ".", 0, NULL, NULL)), 6);
}

/* realpath(3) is the witness: it asks nothing of /proc. */
static void check_real_path(coaio_wd *wd, const char *path)
{
    char joined[300], *expected;
    snprintf(joined, sizeof joined, "in/%s", path);
    expected = realpath(joined, NULL);
    int error = errno;
    coaio_req *req = finish(coaio_realpath(engine, wd, path, NULL, NULL));
    if (expected)
        CHECK_STR(coaio_data(req, NULL), expected);
    else
        CHECK_EQ(coaio_result(req), -error);
    coaio_unref(req);
    free(expected);
}

static void check_real_paths(void)
{
    static const char *const paths[] = {".", "file", "link", "chain", "dir/up", "todir", "todir/", "todir/..", "none",
                                        "dir/../file", "todir/../other", "round", "file/", "dir/none"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        check_real_path(plain, paths[i]);
        check_real_path(confined, paths[i]);
    }
    check_real_path(plain, "..");
    check_real_path(plain, "../..");
    CHECK_EQ(result_of(coaio_realpath(engine, confined, "..", NULL, NULL)), -EXDEV);
    CHECK_EQ(mkdir("in/gone", 0755), 0);
    coaio_wd *gone = open_wd("in/gone", 0);
    CHECK_EQ(rmdir("in/gone"), 0);
    CHECK_EQ(result_of(coaio_realpath(engine, gone, ".", NULL, NULL)), -ENOENT);
    CHECK_EQ(mkdir("in/gone (deleted)", 0755), 0);
    CHECK_EQ(result_of(coaio_realpath(engine, gone, ".", NULL, NULL)), -ENOENT);
    check_real_path(plain, "gone (deleted)");
    CHECK_EQ(rmdir("in/gone (deleted)"), 0);
    coaio_wd_free(engine, gone);
}

/* ---- with /proc -------------------------------------------------------------------------------------------------- */

static void test_real_path(void)
{
    CHECK_EQ(chdir("root"), 0);
    begin("in");
    check_real_paths();
    hidden_proc = 1;
    check_real_paths();
    hidden_proc = 0;
    end();
    CHECK_EQ(chdir(".."), 0);
}

static void test_old_kernel(void)
{
    old_kernel = 1;
    begin("root/in");
    int64_t expected = access("/proc/self/fd", F_OK) == 0 ? 0 : -ENOTSUP;
    check_attributes(plain, "root/in/file", 0, 0);
    check_attributes(confined, "root/in/file", expected, expected);
    check_names(confined, "root/in/file", "root/in/dir/hard");
    check_open_file(confined, "root/in", "root/in/dir/hard", expected);
    end();
    old_kernel = 0;
}

/* A ring closes no other, so it must be known for one. The only worker is busy: closes go to the ring, if there is one,
   and from there to who replaces that worker. */
static void test_close_of_a_ring(void)
{
    char parameters[120] = {0};
    int  ring = (int)syscall(IO_URING_SETUP, 1, parameters);
    if (ring < 0)
        return; /* not everybody may have one */
    engine = engine_new();
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1) | coaio_set(engine, COAIO_STUCK_AFTER, SECOND / 1000), 0);
    coaio_req *busy = coaio_busy(engine, 1000, NULL, NULL);
    CHECK_EQ(coaio_req_wait(busy, 0), 0);
    hidden_proc = 1;
    CHECK_EQ(result_of(coaio_close(engine, ring, NULL, NULL)), 0);
    CHECK(fcntl(ring, F_GETFD) < 0);
    CHECK_EQ(result_of(coaio_close(engine, ring, NULL, NULL)), -EBADF);
    hidden_proc = 0;
    CHECK_EQ(coaio_cancel(busy), 0);
    CHECK_EQ(result_of(busy), -ECANCELED);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* ---- without ----------------------------------------------------------------------------------------------------- */

static int count_by_trying(void)
{
    int count = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void check_all_in_root(void)
{
    int before;
    begin("in");
    before = count_by_trying();
    check_attributes(plain, "/in/file", 0, 0);
    check_attributes(confined, "/in/file", way_of_utime(), way_of_chmod());
    old_kernel = 1;
    check_attributes(plain, "/in/file", 0, 0);
    check_attributes(confined, "/in/file", -ENOTSUP, -ENOTSUP);
    check_open_file(plain, "/in", "/in/dir/hard", -ENOTSUP);
    old_kernel = 0;
    check_names(plain, "/in/file", "/in/dir/hard");
    check_open_file(plain, "/in", "/in/dir/hard", way_of_flink());
    check_open_file(confined, "/in", "/in/dir/hard", way_of_flink());
    check_names(confined, "/in/file", "/in/dir/hard");
    check_others(plain);
    check_others(confined);
    check_real_paths();
    CHECK_EQ(count_by_trying(), before);
    end();
}

/* What is outside of the root has no path. */
static void check_outside(coaio_wd *outside)
{
    CHECK_EQ(result_of(coaio_realpath(engine, outside, ".", NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_stat(engine, outside, "root", NULL, NULL)), 0);
}

static void test_chroot(void)
{
    int   status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0) /* an ordinary user may in a namespace */
            _exit(77);
        engine = engine_new();
        coaio_wd *outside = open_wd(".", 0);
        CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1), 0);
        if (chroot("root") < 0)
            _exit(77);
        check_outside(outside);
        coaio_wd_free(engine, outside);
        CHECK_EQ(coaio_engine_free(engine), 0);
        CHECK_EQ(chdir("/"), 0);
        CHECK_EQ(access("/proc", F_OK), -1);
        check_all_in_root();
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        test_skip("chroot is not allowed here; the rest has passed");
    CHECK_EQ(WEXITSTATUS(status), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    make_tree();
    test_real_path();
    test_old_kernel();
    test_close_of_a_ring();
    test_chroot();
    engine = engine_new();
    CHECK_EQ(result_of(coaio_rmtree(engine, NULL, "root", NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}

#else

int main(void)
{
    test_skip("Linux alone has wds, and stands in for itself here");
}

#endif
