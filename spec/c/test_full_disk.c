/* Two file systems, one of them small: a copy that finds it full, and a move from one to the other. */
#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static coaio_engine *engine;

/* Mounted where only this process sees it. */
static void mount_small(void)
{
    CHECK_EQ(mkdir("small", 0755), 0);
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
        && mount("none", "small", "tmpfs", 0, "size=1m") == 0)
        return;
    CHECK_EQ(rmdir("small"), 0);
}

static void make_file(const char *path, size_t size)
{
    char *bytes = malloc(size);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    memset(bytes, 'x', size);
    CHECK_EQ(write(fd, bytes, size), size);
    CHECK_EQ(close(fd), 0);
    free(bytes);
}

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) < 0 ? -errno : st.st_size;
}

static void check_error(coaio_req *req, int error, const char *path)
{
    CHECK_EQ(coaio_result(finish(req)), error);
    CHECK_STR(coaio_error_path(req), path);
    coaio_unref(req);
}

static void test_full(void)
{
    make_file("large", 3 << 20);
    check_error(coaio_copy(engine, NULL, "large", NULL, "small/copy", NULL, NULL), -ENOSPC, "small/copy");
    CHECK_EQ(size_of("small/copy"), -ENOENT);
    check_error(coaio_move(engine, NULL, "large", NULL, "small/moved", NULL, NULL), -ENOSPC, "small/moved");
    CHECK_EQ(size_of("small/moved"), -ENOENT);
    CHECK_EQ(size_of("large"), 3 << 20);
}

static void test_move(void)
{
    struct stat st;
    make_file("file", 300000);
    CHECK_EQ(result_of(coaio_move(engine, NULL, "file", NULL, "small/file", NULL, NULL)), 0);
    CHECK_EQ(size_of("small/file"), 300000);
    CHECK_EQ(size_of("file"), -ENOENT);
    CHECK_EQ(result_of(coaio_move(engine, NULL, "small/file", NULL, "back", NULL, NULL)), 0);
    CHECK_EQ(stat("back", &st), 0);
    CHECK_EQ(st.st_size, 300000);
    CHECK_EQ(st.st_mode, S_IFREG | 0640);
    CHECK_EQ(mkdir("small/dir", 0755), 0);
    check_error(coaio_move(engine, NULL, "small/dir", NULL, "dir", NULL, NULL), -EXDEV, "small/dir");
    check_error(coaio_move(engine, NULL, "back", NULL, "small/dir", NULL, NULL), -EISDIR, "small/dir");
    CHECK_EQ(size_of("back"), 300000);
}

/* A mount point cannot be removed, but what is in it. */
static void test_rmtree_of_a_mount(void)
{
    CHECK_EQ(mkdir("small/dir/inner", 0755), 0);
    check_error(coaio_rmtree(engine, NULL, "small", NULL, NULL), -EBUSY, "small");
    CHECK_EQ(size_of("small/dir"), -ENOENT);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    mount_small();
    if (access("small", F_OK) < 0) {
        leave_directory(path);
        test_skip("a file system cannot be mounted here");
    }
    engine = engine_new();
    test_full();
    test_move();
    test_rmtree_of_a_mount();
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(umount("small") | rmdir("small"), 0);
    leave_directory(path);
    return 0;
}
