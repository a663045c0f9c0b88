/* What a request refuses it does not open: who waits at the other end of a FIFO goes on waiting, and gets what he waits
   for; below working directories too, and without a /proc. What need not be opened keeps the locks of this process. */
#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static coaio_engine *engine;

static coaio_wd *wd_of(uint32_t flags)
{
    coaio_req *req = finish(coaio_wd_open(engine, NULL, ".", flags, NULL, NULL));
    coaio_wd  *wd = coaio_result(req) == 0 ? coaio_wd_take(req) : NULL;
    coaio_unref(req);
    return wd;
}

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) < 0 ? -errno : st.st_size;
}

/* Asleep, in the only call that it makes. */
static void wait_until_asleep(pid_t child)
{
    char path[40], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    while (state != 'S') {
        FILE *file = fopen(path, "r");
        CHECK(file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
        CHECK(state != 'Z');
        fclose(file);
    }
}

/* A writer that waits for a reader: its exit status is 0 if somebody was there to take what it wrote. */
static pid_t start_writer(void)
{
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGPIPE, SIG_IGN);
        int fd = open("fifo", O_WRONLY);
        _exit(fd >= 0 && write(fd, "precious", 8) == 8 ? 0 : 1);
    }
    wait_until_asleep(child);
    return child;
}

/* A reader that waits for a writer: 0 if it got a byte. */
static pid_t start_reader(void)
{
    pid_t child = fork();
    if (child == 0) {
        char byte;
        int fd = open("fifo", O_RDONLY);
        _exit(fd >= 0 && read(fd, &byte, 1) == 1 ? 0 : 1);
    }
    wait_until_asleep(child);
    return child;
}

static void check_status(pid_t child)
{
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

static void check_reads(coaio_wd *wd)
{
    char text[20];
    pid_t writer = start_writer();
    CHECK_EQ(result_of(coaio_copy(engine, wd, "fifo", NULL, "never", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_pathsync(engine, wd, "fifo", NULL, NULL)), -EINVAL);
    CHECK_EQ(size_of("never"), -ENOENT);
    CHECK_EQ(waitpid(writer, NULL, WNOHANG), 0);
    int fd = open("fifo", O_RDONLY);
    CHECK_EQ(read(fd, text, sizeof text), 8);
    CHECK_EQ(close(fd), 0);
    check_status(writer);
}

static void check_writes(coaio_wd *wd)
{
    pid_t reader = start_reader();
    CHECK_EQ(result_of(coaio_copy(engine, NULL, "file", wd, "fifo", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "fifo", 0, NULL, NULL)), -EINVAL);
    CHECK_EQ(waitpid(reader, NULL, WNOHANG), 0);
    int fd = open("fifo", O_WRONLY);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(close(fd), 0);
    check_status(reader);
}

/* What is asked for is done, of course. */
static void check_works(coaio_wd *wd)
{
    make_file("file", "0123456789");
    make_file("there", "more than that");
    CHECK_EQ(result_of(coaio_copy(engine, wd, "file", wd, "there", NULL, NULL)), 0);
    CHECK_EQ(size_of("there"), 10);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "there", 3, NULL, NULL)), 0);
    CHECK_EQ(size_of("there"), 3);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "link", 2, NULL, NULL)), 0);
    CHECK_EQ(size_of("there"), 2);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, ".", 3, NULL, NULL)), -EISDIR);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "none", 3, NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "there", -1, NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_pathsync(engine, wd, "file", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_pathsync(engine, wd, ".", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_copy(engine, wd, ".", wd, "never", NULL, NULL)), -EISDIR);
    CHECK_EQ(result_of(coaio_copy(engine, wd, "file", wd, ".", NULL, NULL)), -EISDIR);
}

static void check_below(coaio_wd *wd)
{
    check_works(wd);
    check_reads(wd);
    check_writes(wd);
}

static void check_all(coaio_wd *plain, coaio_wd *confined)
{
    check_below(NULL);
    check_below(plain);
    if (confined)
        check_below(confined);
}

/* Devices are refused as well. */
static void test_devices(void)
{
    CHECK_EQ(result_of(coaio_copy(engine, NULL, "/dev/null", NULL, "never", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_copy(engine, NULL, "file", NULL, "/dev/null", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_copy(engine, NULL, "file", NULL, "/dev/tty", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_pathsync(engine, NULL, "/dev/null", NULL, NULL)), -EINVAL);
}

/* Seen from another process, since one's own locks are in nobody's way. */
static int is_locked(const char *path)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR);
        _exit(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void check_locks(coaio_wd *wd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open("locked", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(fcntl(fd, F_SETLK, &lock), 0);
    CHECK(is_locked("locked"));
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "locked", 5, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_statvfs(engine, wd, "locked", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_stat(engine, wd, "locked", NULL, NULL)), 0);
    CHECK(is_locked("locked"));
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink("locked"), 0);
}

/* In a process of its own, which does not see it any more. Workers begin after that. */
static void test_without_proc(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
            _exit(77);
        engine = engine_new();
        coaio_wd *plain = wd_of(0), *confined = wd_of(COAIO_WD_BENEATH);
        CHECK_EQ(umount2("/proc", MNT_DETACH), 0);
        check_works(NULL);
        check_works(plain);
        if (confined)
            check_works(confined);
        CHECK_EQ(result_of(coaio_copy(engine, plain, "fifo", NULL, "never", NULL, NULL)), -EINVAL);
        CHECK_EQ(result_of(coaio_copy(engine, plain, "file", NULL, "fifo", NULL, NULL)), -EINVAL);
        CHECK_EQ(result_of(coaio_truncate(engine, plain, "fifo", 0, NULL, NULL)), -EINVAL);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    CHECK_EQ(symlink("there", "link"), 0);
    make_file("file", "0123456789");
    test_without_proc();
    int before = count_fds();
    engine = engine_new();
    coaio_wd *plain = wd_of(0), *confined = wd_of(COAIO_WD_BENEATH);
    check_all(plain, confined);
    test_devices();
    check_locks(NULL);
    check_locks(plain);
    if (confined)
        check_locks(confined);
    coaio_wd_free(engine, plain);
    coaio_wd_free(engine, confined);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
