/* Moves from one file system to another, which have to look like renames. Witness is rename(2), within one. */
#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static coaio_engine *engine;

/* Mounted where only this process sees it. */
static int mount_far(void)
{
    CHECK_EQ(mkdir("far", 0755) | mkdir("near", 0755) | mkdir("bound", 0755), 0);
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
           && mount("none", "far", "tmpfs", 0, "size=1m,mode=755") == 0
           && mount("near", "bound", NULL, MS_BIND, NULL) == 0;
}

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

static void make_large(const char *path, size_t size)
{
    char *bytes = calloc(1, size);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    CHECK_EQ(write(fd, bytes, size), size);
    CHECK_EQ(close(fd), 0);
    free(bytes);
}

static void check_text(const char *path, const char *text)
{
    char bytes[100] = "";
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && read(fd, bytes, sizeof bytes - 1) >= 0);
    CHECK_STR(bytes, text);
    CHECK_EQ(close(fd), 0);
}

static struct stat look(const char *path)
{
    struct stat st = {.st_mode = 0};
    (void)lstat(path, &st);
    return st;
}

static int64_t move(const char *from, const char *to)
{
    return result_of(coaio_move(engine, NULL, from, NULL, to, NULL, NULL));
}

static void check_error(coaio_req *req, int64_t error, const char *path)
{
    CHECK_EQ(coaio_result(finish(req)), error);
    CHECK_STR(coaio_error_path(req), path);
    coaio_unref(req);
}

/* ---- what is replaced -------------------------------------------------------------------------------------------- */

static void test_replaces_the_name(void)
{
    make_file("far/target", "precious");
    CHECK_EQ(symlink("target", "far/soft") | link("far/target", "far/hard") | mkfifo("far/fifo", 0600), 0);
    static const char *const names[] = {"far/soft", "far/hard", "far/fifo", "far/new"};
    for (int i = 0; i < 4; i++) {
        make_file("file", "moved");
        CHECK_EQ(move("file", names[i]), 0);
        CHECK_EQ(look(names[i]).st_mode, S_IFREG | 0640);
        check_text(names[i], "moved");
        check_text("far/target", "precious");
        CHECK_EQ(access("file", F_OK), -1);
        CHECK_EQ(unlink(names[i]), 0);
    }
    CHECK_EQ(look("far/target").st_nlink, 1);
    CHECK_EQ(unlink("far/target"), 0);
    CHECK_EQ(count_entries("far"), 0);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void make_names(const char *dir)
{
    char path[100];
    static const char *const inner[] = {"dir", "dir/inner"};
    for (int i = 0; i < 2; i++)
        CHECK_EQ(mkdir(strcat(strcat(strcpy(path, dir), "/"), inner[i]), 0755), 0);
    make_file(strcat(strcpy(path, dir), "/there"), "there");
    CHECK_EQ(symlink("dir", strcat(strcpy(path, dir), "/to-dir")), 0);
}

/* The same error as from rename(2) for the same name on the file system of the source; and nothing happens. */
static void check_refusal(const char *from, const char *name)
{
    char near[320], far[320];
    snprintf(near, sizeof near, "near/%s", name);
    snprintf(far, sizeof far, "far/%s", name);
    int64_t expected = rename(from, near) == 0 ? 0 : -errno;
    CHECK(expected < 0);
    coaio_req *req = finish(coaio_move(engine, NULL, from, NULL, far, NULL, NULL));
    if (coaio_result(req) != expected)
        fprintf(stderr, "move %s %s\n", from, far);
    CHECK_EQ(coaio_result(req), expected);
    CHECK_STR(coaio_error_path(req), access("file", F_OK) || strcmp(from, "file") ? from : far);
    coaio_unref(req);
    CHECK_EQ(count_entries("far"), 3);
    CHECK_EQ(count_entries("far/dir"), 1);
    check_text("file", "kept");
    check_text("far/there", "there");
}

static void test_refuses_what_rename_refuses(void)
{
    char long_name[300];
    memset(long_name, 'n', 299);
    long_name[299] = '\0';
    const char *const names[] = {"dir",     "dir/",   "new/",    "there/",     "dir/.",  "dir/..",  ".",
                                 "none/x",  "none/",  "there/x", "to-dir/",    "",       "dir/inner", long_name};
    make_file("file", "kept");
    make_names("near");
    make_names("far");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_refusal("file", names[i]);
    check_refusal("none", "new");
    check_refusal("file/", "new");
    check_refusal("file/x", "new");
    check_error(coaio_move(engine, NULL, "file", NULL, "", NULL, NULL), -ENOENT, "");
    check_error(coaio_move(engine, NULL, "", NULL, "far/new", NULL, NULL), -ENOENT, "");
    CHECK_EQ(move("file", "/"), -EBUSY);
}

/* Only regular files are copied; of the others rename(2) says the same. */
static void test_other_kinds(void)
{
    CHECK_EQ(mkdir("directory", 0755) | symlink("file", "link") | mkfifo("fifo", 0600), 0);
    static const char *const names[] = {"directory", "link", "fifo"};
    for (int i = 0; i < 3; i++) {
        struct stat before = look(names[i]);
        CHECK(rename(names[i], "far/there") < 0 && errno == EXDEV);
        check_error(coaio_move(engine, NULL, names[i], NULL, "far/there", NULL, NULL), -EXDEV, names[i]);
        check_error(coaio_move(engine, NULL, names[i], NULL, "far/new", NULL, NULL), -EXDEV, names[i]);
        CHECK_EQ(look(names[i]).st_ino, before.st_ino);
    }
    check_text("far/there", "there");
    CHECK_EQ(count_entries("far"), 3);
    CHECK_EQ(rmdir("directory") | unlink("link") | unlink("fifo"), 0);
}

/* As somebody who may not take the source away, or not read it, or not write there. */
static void test_sources_of_others(void)
{
    int status;
    make_file("near/theirs", "theirs");
    make_file("file", "kept");
    CHECK_EQ(chmod("near/theirs", 0644) | chmod("far", 0777) | chmod(".", 0755) | chmod("file", 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK_EQ(setregid(65534, 65534) | setreuid(65534, 65534), 0);
        engine = engine_new();
        check_error(coaio_move(engine, NULL, "near/theirs", NULL, "far/there", NULL, NULL), -EACCES, "near/theirs");
        check_error(coaio_move(engine, NULL, "file", NULL, "far/there", NULL, NULL), -EACCES, "file");
        make_file("far/mine", "mine");
        check_error(coaio_move(engine, NULL, "far/mine", NULL, "near/x", NULL, NULL), -EACCES, "near/x");
        check_text("far/mine", "mine");
        CHECK_EQ(unlink("far/mine"), 0);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    check_text("far/there", "there");
    check_text("near/theirs", "theirs");
    CHECK_EQ(count_entries("far"), 3);
    CHECK_EQ(unlink("near/theirs"), 0);
}

/* ---- what fails half way ----------------------------------------------------------------------------------------- */

static void test_full(void)
{
    ino_t before = look("far/there").st_ino;
    make_large("large", 3 << 20);
    check_error(coaio_move(engine, NULL, "large", NULL, "far/there", NULL, NULL), -ENOSPC, "far/there");
    check_text("far/there", "there");
    CHECK_EQ(look("far/there").st_ino, before);
    CHECK_EQ(count_entries("far"), 3);
    CHECK_EQ(look("large").st_size, 3 << 20);
    CHECK_EQ(unlink("large"), 0);
}

/* The size of what is being filled: the one name that was not there. */
static int64_t size_of_temporary(const char *path)
{
    int64_t size = 0;
    struct dirent *entry;
    struct stat st;
    DIR *dir = opendir(path);
    while ((entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, ".coaio-", 7) == 0 && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0)
            size = st.st_size;
    closedir(dir);
    return size;
}

/* Cancelled once the temporary file has grown; the other way, since there is more room. */
static void test_cancelled(void)
{
    CHECK_EQ(mount("none", "far", "tmpfs", MS_REMOUNT, "size=256m"), 0);
    make_large("far/large", 200 << 20);
    make_file("near/there", "there");
    int entries = count_entries("near");
    coaio_req *req = coaio_ref(coaio_move(engine, NULL, "far/large", NULL, "near/there", NULL, NULL));
    while (size_of_temporary("near") == 0 && coaio_req_wait(req, 0) == 0)
        usleep(100);
    (void)coaio_cancel(req);
    while (coaio_outcome(req) == -EINPROGRESS)
        CHECK(coaio_wait(engine, SECOND / 100) >= 0 && coaio_poll(engine) >= 0);
    if (coaio_outcome(req) == -ECANCELED) { /* it may have been too fast for us */
        check_text("near/there", "there");
        CHECK_EQ(look("far/large").st_size, 200 << 20);
        CHECK_EQ(unlink("far/large"), 0);
    }
    CHECK_EQ(count_entries("near"), entries);
    (void)coaio_claim(req);
    coaio_unref(req);
    coaio_unref(req);
}

/* ---- names of one file ------------------------------------------------------------------------------------------- */

/* Two mounts of one file system: rename(2) does not go from one to the other, and does nothing to one file's names. */
static void test_names_of_one_file(void)
{
    make_file("near/one", "one");
    CHECK_EQ(link("near/one", "near/two"), 0);
    CHECK(rename("near/one", "bound/one") < 0 && errno == EXDEV);
    CHECK_EQ(rename("near/one", "near/two"), 0);
    ino_t before = look("near/one").st_ino;
    CHECK_EQ(move("near/one", "bound/one"), 0);
    CHECK_EQ(move("near/one", "bound/two"), 0);
    CHECK_EQ(look("near/one").st_ino, before);
    CHECK_EQ(look("near/two").st_nlink, 2);
    CHECK_EQ(move("near/one", "bound/three"), 0);
    CHECK_EQ(access("near/one", F_OK), -1);
    check_text("near/three", "one");
    check_text("near/two", "one");
}

/* Whoever holds a lease is asked before the source is opened: meanwhile its name goes to another file, which stays. */
static void test_source_that_is_replaced(void)
{
#ifdef F_SETLEASE
    (void)signal(SIGIO, SIG_IGN);
    make_file("file", "moved");
    int holder = open("file", O_RDWR);
    if (fcntl(holder, F_SETLEASE, F_WRLCK) < 0) { /* not every file system has leases */
        CHECK_EQ(close(holder), 0);
        return;
    }
    coaio_req *req = coaio_move(engine, NULL, "file", NULL, "far/there", NULL, NULL);
    while (fcntl(holder, F_GETLEASE) == F_WRLCK && coaio_req_wait(req, SECOND / 1000) == 0)
        ;
    make_file("other", "stays");
    CHECK_EQ(rename("other", "file"), 0);
    CHECK_EQ(fcntl(holder, F_SETLEASE, F_UNLCK), 0);
    CHECK_EQ(result_of(req), 0);
    check_text("far/there", "moved");
    check_text("file", "stays");
    CHECK_EQ(close(holder), 0);
#endif
}

/* In a process of its own, which does not see it any more. */
static void test_without_proc(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        CHECK_EQ(unshare(CLONE_NEWNS) | umount2("/proc", MNT_DETACH), 0);
        engine = engine_new();
        make_file("file", "moved");
        CHECK_EQ(move("file", "far/there"), 0);
        check_text("far/there", "moved");
        CHECK_EQ(access("file", F_OK), -1);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

static void test_below_a_wd(uint32_t flags)
{
    coaio_req *opened = finish(coaio_wd_open(engine, NULL, "far", flags, NULL, NULL));
    coaio_wd  *wd = coaio_wd_take(opened);
    coaio_unref(opened);
    if (!wd)
        return; /* the kernel cannot confine */
    make_file("file", "moved");
    CHECK_EQ(symlink("../near", "far/out"), 0);
    CHECK_EQ(result_of(coaio_move(engine, NULL, "file", wd, "dir/../new", NULL, NULL)), 0);
    check_text("far/new", "moved");
    int64_t out = result_of(coaio_move(engine, wd, "new", wd, "out/x", NULL, NULL));
    CHECK_EQ(out, flags & COAIO_WD_BENEATH ? -EXDEV : 0);
    CHECK_EQ(unlink(out < 0 ? "far/new" : "near/x") | unlink("far/out"), 0);
    coaio_wd_free(engine, wd);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    if (!mount_far()) {
        CHECK_EQ(rmdir("far") | rmdir("near") | rmdir("bound"), 0);
        leave_directory(path);
        test_skip("a file system cannot be mounted here");
    }
    int before = count_fds();
    engine = engine_new();
    test_replaces_the_name();
    test_refuses_what_rename_refuses();
    test_other_kinds();
    test_sources_of_others();
    test_full();
    test_cancelled();
    test_names_of_one_file();
    test_source_that_is_replaced();
    test_without_proc();
    test_below_a_wd(0);
    test_below_a_wd(COAIO_WD_BENEATH);
    CHECK_EQ(umount("far") | umount("bound") | rmdir("far") | rmdir("bound"), 0);
    CHECK_EQ(result_of(coaio_rmtree(engine, NULL, "near", NULL, NULL)), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
