/* Whole files: slurp, load, copy, move, pathsync, on files that are not what they seem. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static coaio_engine *engine;

static void make_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(fchmod(fd, mode), 0);
    CHECK_EQ(close(fd), 0);
}

static void check_text(const char *path, const char *text)
{
    char bytes[100] = "";
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    CHECK(read(fd, bytes, sizeof bytes - 1) >= 0);
    CHECK_STR(bytes, text);
    CHECK_EQ(close(fd), 0);
}

static void check_error(coaio_req *req, int error, const char *path)
{
    CHECK_EQ(coaio_result(finish(req)), error);
    if (path)
        CHECK_STR(coaio_error_path(req), path);
    else
        CHECK(!coaio_error_path(req));
    CHECK(!coaio_data(req, NULL));
    coaio_unref(req);
}

static void check_slurp(int64_t offset, uint64_t length, const char *text)
{
    size_t size;
    coaio_req *req = finish(coaio_slurp(engine, NULL, "digits", offset, length, NULL, NULL));
    CHECK_EQ(coaio_result(req), strlen(text));
    CHECK_STR(coaio_data(req, &size), text);
    CHECK_EQ(size, strlen(text));
    coaio_unref(req);
}

static void test_slurp(void)
{
    make_file("digits", "0123456789", 0600);
    check_slurp(0, 0, "0123456789");
    check_slurp(0, UINT64_MAX, "0123456789");
    check_slurp(5, 3, "567");
    check_slurp(5, 100, "56789");
    check_slurp(-4, 0, "6789");
    check_slurp(-10, 2, "01");
    check_slurp(20, 0, "");
    check_slurp(20, 4, "");
    check_error(coaio_slurp(engine, NULL, "digits", -11, 0, NULL, NULL), -EINVAL, "digits");
    check_error(coaio_load(engine, NULL, "none", NULL, NULL), -ENOENT, "none");
    check_error(coaio_load(engine, NULL, ".", NULL, NULL), -EISDIR, ".");
    check_error(coaio_load(engine, NULL, NULL, NULL, NULL), -EINVAL, NULL);
}

/* Larger than any step, and a file of /proc, which claims to be empty. */
static void test_load_reads_to_the_end(void)
{
    size_t size = 9 << 20;
    char *bytes = malloc(size);
    int fd = open("large", O_WRONLY | O_CREAT, 0600);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 / 3);
    CHECK_EQ(write(fd, bytes, size), size);
    CHECK_EQ(close(fd), 0);
    coaio_req *req = finish(coaio_load(engine, NULL, "large", NULL, NULL));
    CHECK_EQ(coaio_result(req), size);
    CHECK_EQ(memcmp(coaio_data(req, NULL), bytes, size), 0);
    coaio_unref(req);
    req = finish(coaio_load(engine, NULL, "/proc/self/status", NULL, NULL));
    CHECK(coaio_result(req) > 100);
    CHECK_EQ(memcmp(coaio_data(req, NULL), "Name:\t", 6), 0);
    coaio_unref(req);
    req = finish(coaio_slurp(engine, NULL, "/proc/sys/kernel/ostype", -2, 0, NULL, NULL));
    CHECK_STR(coaio_data(req, NULL), "x\n");
    coaio_unref(req);
    free(bytes);
    CHECK_EQ(unlink("large"), 0);
}

static void test_load_of_a_fifo_waits_on_the_slow_lane(void)
{
    coaio_req *reqs[20];
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    for (int i = 0; i < 20; i++)
        reqs[i] = coaio_load(engine, NULL, "fifo", NULL, NULL);
    CHECK_EQ(result_of(coaio_load(engine, NULL, "digits", NULL, NULL)), 10);
    for (int i = 1; i < 20; i++)
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
    for (int tries = 0; coaio_req_wait(reqs[0], SECOND / 100) == 0 && tries < 6000; tries++) {
        int fd = open("fifo", O_WRONLY | O_NONBLOCK); /* readers that were cancelled may come first */
        if (fd >= 0)
            CHECK((write(fd, "late", 4) == 4 || errno == EPIPE) && close(fd) == 0);
    }
    CHECK(result_of(reqs[0]) >= 0);
    for (int i = 1; i < 20; i++)
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
}

static int64_t copy(const char *from, const char *to)
{
    return result_of(coaio_copy(engine, NULL, from, NULL, to, NULL, NULL));
}

static void test_copy(void)
{
    struct stat from, to;
    struct timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 123456789}, {.tv_sec = 2000, .tv_nsec = 987654321}};
    make_file("source", "some text", 04751);
    CHECK_EQ(utimensat(AT_FDCWD, "source", times, 0), 0);
    make_file("target", "a much longer text than the other one", 0600);
    CHECK_EQ(stat("source", &from), 0);
    CHECK_EQ(copy("source", "target"), 0);
    CHECK_EQ(stat("target", &to), 0);
    check_text("target", "some text");
    CHECK_EQ(to.st_mode, S_IFREG | 0751);
    CHECK_EQ(to.st_atim.tv_sec, from.st_atim.tv_sec);
    CHECK_EQ(to.st_mtim.tv_sec, 2000);
    CHECK_EQ(to.st_mtim.tv_nsec, 987654321);
    CHECK_EQ(copy("source", "new"), 0);
    check_text("new", "some text");
    CHECK_EQ(copy("/proc/self/status", "status"), 0);
    CHECK_EQ(stat("status", &to), 0);
    CHECK(to.st_size > 100);
    check_error(coaio_copy(engine, NULL, "none", NULL, "never", NULL, NULL), -ENOENT, "none");
    check_error(coaio_copy(engine, NULL, "source", NULL, "none/never", NULL, NULL), -ENOENT, "none/never");
    CHECK_EQ(access("never", F_OK), -1);
}

static void test_copy_onto_itself(void)
{
    CHECK_EQ(link("source", "hard"), 0);
    CHECK_EQ(symlink("source", "soft"), 0);
    check_error(coaio_copy(engine, NULL, "source", NULL, "source", NULL, NULL), -EINVAL, "source");
    check_error(coaio_copy(engine, NULL, "source", NULL, "hard", NULL, NULL), -EINVAL, "hard");
    check_error(coaio_copy(engine, NULL, "source", NULL, "soft", NULL, NULL), -EINVAL, "soft");
    check_error(coaio_copy(engine, NULL, "soft", NULL, "source", NULL, NULL), -EINVAL, "source");
    check_text("source", "some text");
    CHECK_EQ(unlink("hard") | unlink("soft"), 0);
}

static void test_copy_of_other_kinds(void)
{
    check_error(coaio_copy(engine, NULL, ".", NULL, "never", NULL, NULL), -EISDIR, ".");
    check_error(coaio_copy(engine, NULL, "fifo", NULL, "never", NULL, NULL), -EINVAL, "fifo");
    check_error(coaio_copy(engine, NULL, "/dev/zero", NULL, "never", NULL, NULL), -EINVAL, "/dev/zero");
    check_error(coaio_copy(engine, NULL, "source", NULL, ".", NULL, NULL), -EISDIR, ".");
    check_error(coaio_copy(engine, NULL, "source", NULL, "fifo", NULL, NULL), -EINVAL, "fifo");
    check_error(coaio_copy(engine, NULL, "source", NULL, "/dev/null", NULL, NULL), -EINVAL, "/dev/null");
    CHECK_EQ(access("never", F_OK), -1);
    CHECK_EQ(access("/dev/null", F_OK), 0);
}

/* Six gigabytes, with data in three places, and a hole at the end. */
static void test_copy_keeps_holes(void)
{
    static const off_t places[] = {0, INT64_C(5000000000), INT64_C(5000100000)};
    char text[6];
    struct stat st;
    int fd = open("sparse", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pwrite(fd, "holes", 5, places[i]), 5);
    CHECK_EQ(ftruncate(fd, INT64_C(6000000000)), 0);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(close(fd), 0);
    if (st.st_blocks > 1 << 20)
        return; /* the file system does not know holes */
    CHECK_EQ(copy("sparse", "dense"), 0);
    CHECK_EQ(stat("dense", &st), 0);
    CHECK_EQ(st.st_size, INT64_C(6000000000));
    CHECK(st.st_blocks < 1000);
    fd = open("dense", O_RDONLY);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pread(fd, text, 6, places[i]), 6);
        CHECK_EQ(memcmp(text, "holes", 6), 0);
    }
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink("sparse") | unlink("dense"), 0);
}

static void make_large(const char *path, int megabytes)
{
    char *bytes = malloc(1 << 20);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    memset(bytes, 'x', 1 << 20);
    for (int i = 0; i < megabytes; i++)
        CHECK_EQ(write(fd, bytes, 1 << 20), 1 << 20);
    CHECK_EQ(close(fd), 0);
    free(bytes);
}

/* Cancelled once the destination has grown: a symbolic link that leads to it stays, the file behind it goes. */
static void test_cancelled_copy_leaves_nothing(void)
{
    struct stat st;
    make_large("source", 256);
    CHECK_EQ(symlink("behind", "partial"), 0);
    coaio_req *req = coaio_ref(coaio_copy(engine, NULL, "source", NULL, "partial", NULL, NULL));
    for (int tries = 0; (stat("behind", &st) < 0 || st.st_size == 0) && tries < 60000; tries++) {
        CHECK_EQ(coaio_req_wait(req, 0), coaio_result(req) != -EINPROGRESS);
        usleep(100);
    }
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK_EQ(coaio_result(req), -ECANCELED);
    CHECK(!coaio_error_path(req));
    for (int tries = 0; coaio_outcome(req) == -EINPROGRESS && tries < 6000; tries++)
        CHECK(coaio_wait(engine, SECOND / 100) >= 0 && coaio_poll(engine) >= 0);
    if (coaio_outcome(req) == -ECANCELED) { /* it may have been too fast for us */
        CHECK_EQ(stat("behind", &st), -1);
        CHECK_EQ(lstat("partial", &st), 0);
    }
    CHECK_EQ(lstat("source", &st), 0);
    CHECK_EQ(coaio_claim(req), 1);
    coaio_unref(req);
    coaio_unref(req);
}

static void test_move(void)
{
    make_file("old", "moved", 0640);
    make_file("new", "overwritten", 0600);
    CHECK_EQ(result_of(coaio_move(engine, NULL, "old", NULL, "new", NULL, NULL)), 0);
    check_text("new", "moved");
    CHECK_EQ(access("old", F_OK), -1);
    check_error(coaio_move(engine, NULL, "old", NULL, "new", NULL, NULL), -ENOENT, "old");
    check_error(coaio_move(engine, NULL, "new", NULL, "none/new", NULL, NULL), -ENOENT, "none/new");
    check_text("new", "moved");
}

static void test_pathsync(void)
{
    CHECK_EQ(result_of(coaio_pathsync(engine, NULL, ".", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_pathsync(engine, NULL, "new", NULL, NULL)), 0);
    check_error(coaio_pathsync(engine, NULL, "fifo", NULL, NULL), -EINVAL, "fifo");
    check_error(coaio_pathsync(engine, NULL, "none", NULL, NULL), -ENOENT, "none");
}

#ifdef F_SETLEASE
/* The holder gives the lease up when it is told that somebody wants the file. */
static void check_waits_for_lease(int holder, int lease, coaio_req *req)
{
    while (fcntl(holder, F_GETLEASE) == lease && coaio_req_wait(req, SECOND / 1000) == 0)
        ;
    CHECK_EQ(coaio_result(req), -EINPROGRESS);
    CHECK_EQ(fcntl(holder, F_SETLEASE, F_UNLCK), 0);
    CHECK_EQ(result_of(req), 0);
}
#endif

static void test_leases_are_waited_for(void)
{
#ifdef F_SETLEASE
    coaio_req *opened = finish(coaio_wd_open(engine, NULL, ".", 0, NULL, NULL));
    coaio_wd  *wd = coaio_wd_take(opened);
    coaio_unref(opened);
    (void)signal(SIGIO, SIG_IGN);
    make_file("leased", "leased", 0600);
    int holder = open("leased", O_RDONLY);
    if (fcntl(holder, F_SETLEASE, F_RDLCK) == 0) { /* not every file system has leases */
        check_waits_for_lease(holder, F_RDLCK, coaio_truncate(engine, wd, "leased", 3, NULL, NULL));
        CHECK_EQ(fcntl(holder, F_SETLEASE, F_RDLCK), 0);
        make_file("source", "lea", 0600);
        check_waits_for_lease(holder, F_RDLCK, coaio_copy(engine, NULL, "source", NULL, "leased", NULL, NULL));
        CHECK_EQ(unlink("source"), 0);
        check_text("leased", "lea");
    }
    CHECK_EQ(close(holder), 0);
    CHECK_EQ(unlink("leased"), 0);
    coaio_wd_free(engine, wd);
#endif
}

#ifdef F_SETLEASE

static void check_same(const char *path, const char *other)
{
    FILE *file = fopen(path, "re"), *copy = fopen(other, "re");
    CHECK(file && copy);
    for (int byte = 0; byte != EOF;) {
        byte = getc(file);
        CHECK_EQ(getc(copy), byte);
    }
    CHECK_EQ(fclose(file) | fclose(copy), 0);
}

/* Who has a lease on the source is asked before it is opened, but after it was looked at: what it does to the file then
   is what the copy did not expect. Returns 0 where there are no leases. */
static int copy_while(off_t size_before, off_t size_after, off_t data_at)
{
    int holder = open("changes", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK_EQ(ftruncate(holder, size_before), 0);
    if (fcntl(holder, F_SETLEASE, F_WRLCK) < 0)
        return close(holder);
    coaio_req *req = coaio_copy(engine, NULL, "changes", NULL, "copy", NULL, NULL);
    while (fcntl(holder, F_GETLEASE) == F_WRLCK && coaio_req_wait(req, SECOND / 1000) == 0)
        ;
    CHECK_EQ(coaio_result(req), -EINPROGRESS);
    CHECK_EQ(ftruncate(holder, size_after), 0);
    CHECK_EQ(pwrite(holder, "data", 4, data_at), 4);
    CHECK_EQ(fcntl(holder, F_SETLEASE, F_UNLCK) | close(holder), 0);
    CHECK_EQ(result_of(req), 0);
    check_same("changes", "copy");
    return 1;
}

#endif

static void test_copy_of_what_changes(void)
{
#ifdef F_SETLEASE
    (void)signal(SIGIO, SIG_IGN);
    (void)(copy_while(10, 3000000, 2000000) && copy_while(0, 3000000, 0) && copy_while(3000000, 10, 0)
           && copy_while(9000000, 5000000, 1000000));
    CHECK_EQ(unlink("changes"), 0);
    (void)unlink("copy");
#endif
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    int before = count_fds();
    (void)signal(SIGPIPE, SIG_IGN);
    engine = engine_new();
    test_slurp();
    test_load_reads_to_the_end();
    test_load_of_a_fifo_waits_on_the_slow_lane();
    test_copy();
    test_copy_onto_itself();
    test_copy_of_other_kinds();
    test_copy_keeps_holes();
    test_cancelled_copy_leaves_nothing();
    test_move();
    test_pathsync();
    test_leases_are_waited_for();
    test_copy_of_what_changes();
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
