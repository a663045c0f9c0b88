/* Working directories: kept by their requests, not moved by renames, and, confined, never left. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static coaio_engine *engine;
static coaio_wd *wd;

static coaio_wd *open_wd(coaio_wd *in, const char *path, uint32_t flags)
{
    coaio_req *req = finish(coaio_wd_open(engine, in, path, flags, NULL, NULL));
    CHECK_EQ(coaio_result(req), 0);
    CHECK(!coaio_data(req, NULL));
    coaio_wd *taken = coaio_wd_take(req);
    CHECK(taken != NULL);
    CHECK(!coaio_wd_take(req));
    coaio_unref(req);
    return taken;
}

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

static int64_t stat_mode(coaio_req *req)
{
    const coaio_statbuf *st = coaio_data(finish(req), NULL);
    int64_t mode = st ? (int64_t)(st->mode & S_IFMT) : coaio_result(req);
    coaio_unref(req);
    return mode;
}

static void check_text(coaio_req *req, const char *text)
{
    CHECK_STR(coaio_data(finish(req), NULL), text);
    coaio_unref(req);
}

/* ---- any working directory -------------------------------------------------------------------------------------- */

static void test_errors(void)
{
    CHECK_EQ(result_of(coaio_wd_open(engine, NULL, "none", 0, NULL, NULL)), -ENOENT);
    CHECK_EQ(result_of(coaio_wd_open(engine, NULL, "in/file", 0, NULL, NULL)), -ENOTDIR);
    CHECK_EQ(result_of(coaio_wd_open(engine, NULL, "in", 2, NULL, NULL)), -EINVAL);
    coaio_wd_free(engine, NULL);
}

static void test_nobody_takes_it(void)
{
    int before = count_fds();
    CHECK_EQ(result_of(coaio_wd_open(engine, NULL, "in", 0, NULL, NULL)), 0);
    CHECK_EQ(count_fds(), before);
    coaio_req *req = coaio_wd_open(engine, NULL, "in", 0, NULL, NULL);
    CHECK_EQ(coaio_req_wait(req, LIMIT), 1);
    CHECK_EQ(coaio_cancel(req), 0);
    CHECK(!coaio_wd_take(req));
    CHECK_EQ(result_of(req), -ECANCELED);
    CHECK_EQ(count_fds(), before);
}

/* Requests keep it, also when it is freed before they run. */
static void test_lifetime(void)
{
    int before = count_fds();
    coaio_wd *in = open_wd(NULL, "in", 0);
    CHECK_EQ(count_fds(), before + 1);
    CHECK(fcntl(coaio_wd_fd(in), F_GETFL) & O_PATH);
    CHECK_EQ(rename("in", "renamed"), 0);
    coaio_req *reqs[] = {
        coaio_stat(engine, in, "file", NULL, NULL),
        coaio_load(engine, in, "file", NULL, NULL),
        coaio_realpath(engine, in, "file", NULL, NULL),
        coaio_copy(engine, in, "file", in, "copied", NULL, NULL),
    };
    coaio_wd_free(engine, in);
    CHECK_EQ(stat_mode(reqs[0]), S_IFREG);
    check_text(reqs[1], "inside");
    CHECK(strstr(coaio_data(finish(reqs[2]), NULL), "/renamed/file") != NULL);
    coaio_unref(reqs[2]);
    CHECK_EQ(result_of(reqs[3]), 0);
    CHECK_EQ(count_fds(), before);
    CHECK_EQ(rename("renamed", "in"), 0);
    CHECK_EQ(unlink("in/copied"), 0);
}

static void test_unconfined(void)
{
    coaio_wd *in = open_wd(NULL, "in", 0), *up = open_wd(in, "..", 0);
    check_text(coaio_load(engine, in, "../secret", NULL, NULL), "secret");
    check_text(coaio_load(engine, up, "in/file", NULL, NULL), "inside");
    CHECK_EQ(stat_mode(coaio_stat(engine, in, "/", NULL, NULL)), S_IFDIR);
    CHECK_EQ(stat_mode(coaio_stat(engine, in, ".", NULL, NULL)), S_IFDIR);
    coaio_wd_free(engine, in);
    coaio_wd_free(engine, up);
}

/* ---- confined --------------------------------------------------------------------------------------------------- */

static void test_confined_paths_work(void)
{
    check_text(coaio_load(engine, wd, "file", NULL, NULL), "inside");
    check_text(coaio_load(engine, wd, "dir/../file", NULL, NULL), "inside");
    check_text(coaio_load(engine, wd, "good", NULL, NULL), "inside");
    CHECK_EQ(stat_mode(coaio_stat(engine, wd, ".", NULL, NULL)), S_IFDIR);
    CHECK_EQ(stat_mode(coaio_stat(engine, wd, "good", NULL, NULL)), S_IFREG);
    CHECK_EQ(stat_mode(coaio_lstat(engine, wd, "good", NULL, NULL)), S_IFLNK);
    CHECK_EQ(stat_mode(coaio_lstat(engine, wd, "escape", NULL, NULL)), S_IFLNK);
    check_text(coaio_readlink(engine, wd, "escape", NULL, NULL), "../secret");
    CHECK_EQ(result_of(coaio_readlink(engine, wd, "file", NULL, NULL)), -EINVAL);
    CHECK_EQ(result_of(coaio_chmod(engine, wd, "good", 0640, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_chown(engine, wd, "good", -1, -1, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_truncate(engine, wd, "good", 6, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_utime(engine, wd, "good", 0, 0, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_statvfs(engine, wd, "good", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_pathsync(engine, wd, "dir", NULL, NULL)), 0);
    CHECK(result_of(coaio_readdir(engine, wd, ".", NULL, NULL)) > 3);
    CHECK(result_of(coaio_scandir(engine, wd, "dir/..", 0, NULL, NULL)) > 3);
    struct stat st;
    CHECK_EQ(stat("in/file", &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0640);
    CHECK_EQ(st.st_mtime, 0);
}

static void test_confined_names(void)
{
    CHECK_EQ(result_of(coaio_mkdir(engine, wd, "dir/new/", 0755, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_link(engine, wd, "escape", wd, "dir/hard", NULL, NULL)), 0);
    check_text(coaio_readlink(engine, wd, "dir/hard", NULL, NULL), "../secret");
    CHECK_EQ(result_of(coaio_rename(engine, wd, "dir/hard", wd, "dir/new/hard", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_unlink(engine, wd, "dir/new/hard", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_symlink(engine, "anything", wd, "dir/new/link", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_mknod(engine, wd, "dir/new/node", S_IFREG | 0600, 0, NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmdir(engine, wd, "dir/new", NULL, NULL)), -ENOTEMPTY);
    CHECK_EQ(result_of(coaio_rmtree(engine, wd, "dir/new/", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_copy(engine, wd, "file", wd, "dir/copy", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_move(engine, wd, "dir/copy", wd, "moved", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_unlink(engine, wd, "moved", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_unlink(engine, wd, "", NULL, NULL)), -ENOENT);
    CHECK(result_of(coaio_unlink(engine, wd, "..", NULL, NULL)) < 0);
    CHECK_EQ(result_of(coaio_rmdir(engine, wd, ".", NULL, NULL)), -EINVAL);
}

static int64_t open_in(const char *path, int flags)
{
    int64_t fd = result_of(coaio_open(engine, wd, path, flags, 0600, NULL, NULL));
    if (fd >= 0)
        CHECK_EQ(close((int)fd), 0);
    return fd;
}

static void test_confined_opens(void)
{
    CHECK(open_in("file", O_RDONLY) >= 0);
    CHECK(open_in("new", O_RDWR | O_CREAT) >= 0);
    CHECK(open_in("dir", O_RDONLY | O_DIRECTORY) >= 0);
    CHECK_EQ(open_in("escape", O_RDONLY), -EXDEV);
    CHECK_EQ(open_in("../new", O_RDWR | O_CREAT), -EXDEV);
    CHECK_EQ(open_in("out/new", O_RDWR | O_CREAT), -EXDEV);
    CHECK_EQ(open_in("dangling", O_RDWR | O_CREAT), -EXDEV);
    CHECK_EQ(open_in("/etc/passwd", O_RDONLY), -EXDEV);
    CHECK_EQ(open_in("absolute", O_RDONLY), -EXDEV);
    CHECK_EQ(access("new", F_OK), -1);
    CHECK_EQ(unlink("in/new"), 0);
}

/* One request of each kind, on a path that leads out. */
static coaio_req *submit_escape(int kind, const char *path)
{
    switch (kind) {
    case 0: return coaio_stat(engine, wd, path, NULL, NULL);
    case 1: return coaio_load(engine, wd, path, NULL, NULL);
    case 2: return coaio_chmod(engine, wd, path, 0777, NULL, NULL);
    case 3: return coaio_chown(engine, wd, path, 1, 1, NULL, NULL);
    case 4: return coaio_utime(engine, wd, path, 0, 0, NULL, NULL);
    case 5: return coaio_truncate(engine, wd, path, 0, NULL, NULL);
    case 6: return coaio_statvfs(engine, wd, path, NULL, NULL);
    case 7: return coaio_realpath(engine, wd, path, NULL, NULL);
    case 8: return coaio_copy(engine, wd, path, wd, "stolen", NULL, NULL);
    case 9: return coaio_copy(engine, wd, "file", wd, path, NULL, NULL);
    case 10: return coaio_pathsync(engine, wd, path, NULL, NULL);
    case 11: return coaio_readdir(engine, wd, path, NULL, NULL);
    case 12: return coaio_scandir(engine, wd, path, 0, NULL, NULL);
    case 13: return coaio_wd_open(engine, wd, path, 0, NULL, NULL);
    case 14: return coaio_open(engine, wd, path, O_RDONLY, 0, NULL, NULL);
    case 15: return coaio_lstat(engine, wd, path, NULL, NULL);
    case 16: return coaio_readlink(engine, wd, path, NULL, NULL);
    case 17: return coaio_link(engine, wd, path, wd, "stolen", NULL, NULL);
    case 18: return coaio_unlink(engine, wd, path, NULL, NULL);
    case 19: return coaio_rmdir(engine, wd, path, NULL, NULL);
    case 20: return coaio_mkdir(engine, wd, path, 0755, NULL, NULL);
    case 21: return coaio_mknod(engine, wd, path, S_IFREG | 0600, 0, NULL, NULL);
    case 22: return coaio_symlink(engine, "text", wd, path, NULL, NULL);
    case 23: return coaio_rename(engine, wd, path, wd, "stolen", NULL, NULL);
    case 24: return coaio_rename(engine, wd, "file", wd, path, NULL, NULL);
    case 25: return coaio_rename2(engine, wd, path, wd, "stolen", 0, NULL, NULL);
    case 26: return coaio_move(engine, wd, path, wd, "stolen", NULL, NULL);
    case 27: return coaio_move(engine, wd, "file", wd, path, NULL, NULL);
    case 28: return coaio_link(engine, wd, "file", wd, path, NULL, NULL);
    case 29: return coaio_rmtree(engine, wd, path, NULL, NULL);
    default: return NULL;
    }
}

enum { FOLLOWING = 15, KINDS = 30 }; /* the first ones follow a link at the end of a path */

static void test_escapes(void)
{
    static const char *const paths[] = {"../secret", "/etc/passwd", "out/secret", "dir/../../secret", "/", "escape"};
    struct stat before, after;
    CHECK_EQ(stat("secret", &before), 0);
    for (int path = 0; path < 6; path++)
        for (int kind = 0; kind < (path < 5 ? KINDS : FOLLOWING); kind++) {
            int64_t result = result_of(submit_escape(kind, paths[path]));
            if (result != -EXDEV && !(kind == 29 && path == 4 && result == -EBUSY))
                fprintf(stderr, "request %d on %s: %s\n", kind, paths[path], coaio_errname((int)result));
            CHECK(result == -EXDEV || (kind == 29 && path == 4 && result == -EBUSY));
        }
    CHECK_EQ(stat("secret", &after), 0);
    CHECK_EQ(after.st_mode, before.st_mode);
    CHECK_EQ(after.st_mtime, before.st_mtime);
    CHECK_EQ(after.st_ino, before.st_ino);
    CHECK_EQ(after.st_size, 6);
    CHECK_EQ(access("in/stolen", F_OK), -1);
    CHECK_EQ(access("in/file", F_OK), 0);
}

static void test_confined_within_confined(void)
{
    coaio_wd *dir = open_wd(wd, "dir", 0);
    CHECK_EQ(result_of(coaio_stat(engine, dir, "../file", NULL, NULL)), -EXDEV);
    CHECK_EQ(result_of(coaio_stat(engine, dir, ".", NULL, NULL)), 0);
    coaio_wd_free(engine, dir);
}

static atomic_int attacking;

static void *attack(void *unused)
{
    while (attacking)
        (void)renameat2(AT_FDCWD, "in/swapped", AT_FDCWD, "in/out", RENAME_EXCHANGE);
    return unused;
}

/* A directory that becomes a link to the outside, and back: what is made is made inside or not at all. */
static void test_swapped_directory(void)
{
    pthread_t thread;
    attacking = 1;
    CHECK_EQ(mkdir("in/swapped", 0755), 0);
    CHECK_EQ(pthread_create(&thread, NULL, attack, NULL), 0);
    for (int i = 0; i < 2000; i++) {
        int64_t result = result_of(coaio_mknod(engine, wd, "swapped/made", S_IFREG | 0600, 0, NULL, NULL));
        CHECK(result == 0 || result == -EXDEV || result == -EEXIST || result == -EAGAIN);
        result = result_of(coaio_unlink(engine, wd, "swapped/made", NULL, NULL));
        CHECK(result == 0 || result == -EXDEV || result == -ENOENT || result == -EAGAIN);
        CHECK_EQ(access("made", F_OK), -1);
    }
    attacking = 0;
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    int before = count_fds();
    engine = engine_new();
    CHECK_EQ(mkdir("in", 0755) | mkdir("in/dir", 0755), 0);
    make_file("secret", "secret");
    make_file("in/file", "inside");
    CHECK_EQ(symlink("../secret", "in/escape") | symlink("..", "in/out") | symlink("dir/../file", "in/good"), 0);
    CHECK_EQ(symlink("/etc/passwd", "in/absolute") | symlink("../dangles", "in/dangling"), 0);
    test_errors();
    test_nobody_takes_it();
    test_lifetime();
    test_unconfined();
    coaio_req *req = finish(coaio_wd_open(engine, NULL, "in", COAIO_WD_BENEATH, NULL, NULL));
    if (coaio_result(req) == -ENOSYS || coaio_result(req) == -EPERM)
        test_skip("openat2 does not work here");
    wd = coaio_wd_take(req);
    coaio_unref(req);
    test_confined_paths_work();
    test_confined_names();
    test_confined_opens();
    test_escapes();
    test_confined_within_confined();
    test_swapped_directory();
    coaio_wd_free(engine, wd);
    CHECK_EQ(result_of(coaio_rmtree(engine, NULL, "in", NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
