/* Directories and what is in them: scandir, also where types are unknown, and rmtree, also under attack. */
#include "real.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static coaio_engine *engine;

/* ---- a system that hides the types of entries, and counts how often an entry is looked at ----------------------- */

static atomic_int hide_types, looks;

struct record {
    uint64_t      ino;
    int64_t       next;
    uint16_t      size;
    unsigned char type;
};

static void hide(char *bytes, long length)
{
    for (long at = 0; at < length;) {
        struct record *record = (struct record *)(void *)(bytes + at);
        record->type = DT_UNKNOWN;
        at += record->size;
    }
}

/* In the place of the C library's. */
long syscall(long number, ...)
{
    static long (*real)(long, ...);
    long arg[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arg[i] = va_arg(list, long);
    va_end(list);
    if (!real)
        real = (long (*)(long, ...))(uintptr_t)real_function("syscall");
    long value = real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
    if (number == SYS_getdents64 && hide_types)
        hide((char *)arg[1], value);
    return value;
}

int fstatat(int fd, const char *path, struct stat *st, int flags)
{
    static int (*real)(int, const char *, struct stat *, int);
    if (!real)
        real = (int (*)(int, const char *, struct stat *, int))(uintptr_t)real_function("fstatat");
    looks++;
    return real(fd, path, st, flags);
}

static atomic_int no_way_up;

int openat(int fd, const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    unsigned mode = va_arg(list, unsigned);
    va_end(list);
    if (no_way_up && strcmp(path, "..") == 0) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_openat, fd, path, flags, mode);
}

static atomic_int holding, held;

int unlinkat(int fd, const char *path, int flags)
{
    static int (*real)(int, const char *, int);
    if (!real)
        real = (int (*)(int, const char *, int))(uintptr_t)real_function("unlinkat");
    for (held += holding; holding;)
        (void)usleep(100);
    return real(fd, path, flags);
}

/* ---- scandir ----------------------------------------------------------------------------------------------------- */

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(close(fd), 0);
}

static bool has(const coaio_listing *list, const char *name)
{
    for (uint64_t i = 0; i < list->count; i++)
        if (strcmp(list->entry[i].name, name) == 0)
            return true;
    return false;
}

static void check_scan(int most_looks)
{
    looks = 0;
    coaio_req *req = finish(coaio_scandir(engine, NULL, "scanned", 0, NULL, NULL));
    const coaio_lists *lists = coaio_data(req, NULL);
    CHECK_EQ(coaio_result(req), 104);
    CHECK_EQ(lists->dirs.count, 2);
    CHECK_EQ(lists->nondirs.count, 102);
    CHECK(has(&lists->dirs, "dir") && has(&lists->dirs, ".hidden\nname"));
    CHECK(has(&lists->nondirs, "link") && has(&lists->nondirs, "file.42") && has(&lists->nondirs, "fifo"));
    CHECK(looks <= most_looks);
    coaio_unref(req);
}

/* A directory that has not changed for a while tells by its links when all of its subdirectories are found. */
static void test_scandir(void)
{
    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    struct stat st;
    char path[40];
    CHECK_EQ(mkdir("scanned", 0755) | mkdir("scanned/dir", 0755) | mkdir("scanned/.hidden\nname", 0755), 0);
    CHECK_EQ(symlink("dir", "scanned/link") | mkfifo("scanned/fifo", 0600), 0);
    for (int i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "scanned/file.%d", i);
        make_file(path);
    }
    check_scan(0);
    hide_types = 1;
    check_scan(104);
    CHECK_EQ(utimensat(AT_FDCWD, "scanned", times, 0), 0);
    CHECK_EQ(stat("scanned", &st), 0);
    check_scan(st.st_nlink == 4 ? 10 : 104);
    hide_types = 0;
    coaio_req *req = finish(coaio_scandir(engine, NULL, "none", 0, NULL, NULL));
    CHECK_EQ(coaio_result(req), -ENOENT);
    CHECK_STR(coaio_error_path(req), "none");
    coaio_unref(req);
    CHECK_EQ(result_of(coaio_scandir(engine, NULL, "scanned/dir", 4, NULL, NULL)), 0);
}

/* ---- rmtree ------------------------------------------------------------------------------------------------------ */

static int64_t remove_tree(const char *path)
{
    return result_of(coaio_rmtree(engine, NULL, path, NULL, NULL));
}

static void test_rmtree(void)
{
    CHECK_EQ(mkdir("precious", 0755), 0);
    make_file("precious/file");
    CHECK_EQ(symlink("../precious", "scanned/dir/precious") | symlink("precious", "link"), 0);
    hide_types = 1;
    CHECK_EQ(remove_tree("scanned//"), 0);
    hide_types = 0;
    CHECK_EQ(access("scanned", F_OK), -1);
    CHECK_EQ(remove_tree("link"), 0);
    CHECK_EQ(access("precious/file", F_OK), 0);
    make_file("file");
    CHECK_EQ(remove_tree("file"), 0);
    CHECK_EQ(remove_tree("file"), -ENOENT);
    CHECK_EQ(remove_tree(""), -ENOENT);
    CHECK_EQ(remove_tree("."), -EINVAL);
    CHECK_EQ(remove_tree("precious/.."), -EINVAL);
    CHECK_EQ(remove_tree("precious/./"), -EINVAL);
    CHECK_EQ(remove_tree("//"), -EBUSY);
    CHECK_EQ(access("precious/file", F_OK), 0);
}

/* rm(1) and unlink(2) say so: what slashes follow is a directory, and no link to one. */
static void test_rmtree_minds_slashes(void)
{
    static const char *const names[] = {"file/", "fifo//", "link/", "dangling/"};
    make_file("file");
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    CHECK_EQ(symlink("precious", "link") | symlink("none", "dangling"), 0);
    for (int i = 0; i < 4; i++) {
        coaio_req *req = finish(coaio_rmtree(engine, NULL, names[i], NULL, NULL));
        CHECK_EQ(coaio_result(req), -ENOTDIR);
        CHECK_STR(coaio_error_path(req), names[i]);
        coaio_unref(req);
        CHECK(unlink(names[i]) < 0 && errno == ENOTDIR);
    }
    CHECK_EQ(remove_tree("none/"), -ENOENT);
    CHECK_EQ(remove_tree("file/."), -EINVAL);
    CHECK_EQ(access("precious/file", F_OK), 0);
    CHECK_EQ(remove_tree("file") | remove_tree("fifo") | remove_tree("link") | remove_tree("dangling"), 0);
    CHECK_EQ(mkdir("dir", 0755) | mkdir("dir/a", 0755), 0);
    CHECK_EQ(remove_tree("./dir//"), 0);
}

/* What stands in the way is named, and the rest goes. As root only a mount point or an immutable file would stand. */
static void test_rmtree_reports_the_first_error(void)
{
    if (geteuid() == 0 && seteuid(65534) < 0)
        return;
    if (mkdir("tree", 0755) == 0) {
        CHECK_EQ(mkdir("tree/a", 0755) | mkdir("tree/a/locked", 0755) | mkdir("tree/b", 0755), 0);
        make_file("tree/a/locked/file");
        make_file("tree/b/file");
        CHECK_EQ(chmod("tree/a/locked", 0555), 0);
        coaio_engine *other = engine_new(); /* whose workers start as that user */
        coaio_req *req = finish(coaio_rmtree(other, NULL, "tree", NULL, NULL));
        CHECK_EQ(coaio_result(req), -EACCES);
        CHECK_STR(coaio_error_path(req), "tree/a/locked/file");
        coaio_unref(req);
        CHECK_EQ(coaio_engine_free(other), 0);
        CHECK_EQ(access("tree/b", F_OK), -1);
        CHECK_EQ(chmod("tree/a/locked", 0755), 0);
    }
    CHECK_EQ(seteuid(getuid()), 0);
    CHECK_EQ(remove_tree("tree"), 0);
}

/* No more than 80 descriptors; the limit that there was. */
static struct rlimit have_few_descriptors(void)
{
    struct rlimit before;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {80, before.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    return before;
}

/* Ten thousand levels, with few descriptors. */
static void test_rmtree_of_a_deep_tree(void)
{
    CHECK_EQ(mkdir("deep", 0755), 0);
    int fd = open("deep", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 10000; i++) {
        CHECK_EQ(mkdirat(fd, "level", 0755), 0);
        if (i % 1000 == 0)
            CHECK_EQ(mkdirat(fd, "another", 0755), 0);
        int next = openat(fd, "level", O_RDONLY | O_DIRECTORY);
        CHECK(next >= 0);
        CHECK_EQ(close(fd), 0);
        fd = next;
    }
    CHECK_EQ(close(fd), 0);
    struct rlimit before = have_few_descriptors();
    CHECK_EQ(remove_tree("deep"), 0);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK_EQ(access("deep", F_OK), -1);
}

static void make_deep(const char *top, int depth)
{
    CHECK_EQ(mkdir(top, 0755), 0);
    int fd = open(top, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < depth; i++) {
        CHECK_EQ(mkdirat(fd, "level", 0755) | mkdirat(fd, "another", 0755), 0);
        int next = openat(fd, "level", O_RDONLY | O_DIRECTORY);
        CHECK_EQ(close(fd), 0);
        fd = next;
    }
    CHECK_EQ(close(fd), 0);
}

/* Remove a deep tree while all but three descriptors are taken. */
static int64_t remove_with_three_descriptors(const char *path)
{
    int taken[80], count = 0, fd;
    make_deep("deep", 30);
    struct rlimit before = have_few_descriptors();
    while ((fd = dup(0)) >= 0)
        taken[count++] = fd;
    CHECK_EQ(errno, EMFILE);
    for (int spare = 3; spare > 0; spare--)
        CHECK_EQ(close(taken[--count]), 0);
    int64_t result = remove_tree(path);
    while (count > 0)
        CHECK_EQ(close(taken[--count]), 0);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    return result;
}

/* rm(1) needs no more for its work than a few. */
static void test_rmtree_gives_descriptors_back(void)
{
    CHECK_EQ(remove_with_three_descriptors("./deep"), 0);
    CHECK_EQ(access("deep", F_OK), -1);
}

/* Somebody else took the one with which it would go up again. */
static void test_rmtree_loses_its_way(void)
{
    no_way_up = 1;
    CHECK_EQ(remove_with_three_descriptors("deep"), -EMFILE);
    no_way_up = 0;
    CHECK_EQ(remove_tree("deep"), 0);
}

static atomic_int attacking;

/* Puts a link to what must survive in the place of a directory, and back, as fast as it can. */
static void *attack(void *unused)
{
    while (attacking) {
        (void)renameat2(AT_FDCWD, "attacked/a/b", AT_FDCWD, "trap", RENAME_EXCHANGE);
        (void)renameat2(AT_FDCWD, "attacked/a", AT_FDCWD, "trap", RENAME_EXCHANGE);
    }
    return unused;
}

static void test_rmtree_under_attack(void)
{
    pthread_t thread;
    attacking = 1;
    CHECK_EQ(symlink("precious", "trap"), 0);
    CHECK_EQ(pthread_create(&thread, NULL, attack, NULL), 0);
    for (int i = 0; i < 300; i++) {
        (void)symlink("precious", "trap");
        (void)mkdir("attacked", 0755), (void)mkdir("attacked/a", 0755), (void)mkdir("attacked/a/b", 0755);
        (void)mkdir("attacked/a/b/c", 0755);
        (void)remove_tree("attacked"); /* whatever comes of it */
        CHECK_EQ(access("precious/file", F_OK), 0);
    }
    attacking = 0;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    (void)remove_tree("attacked");
    (void)remove_tree("trap");
    CHECK_EQ(access("precious/file", F_OK), 0);
    CHECK_EQ(access("attacked", F_OK), -1);
}

/* It is cancelled at its first entry, where it is held: the others and the directory stay. */
static void test_cancelled_rmtree(void)
{
    char path[40];
    CHECK_EQ(mkdir("wide", 0755), 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "wide/%d", i);
        CHECK_EQ(mkdir(path, 0755), 0);
    }
    holding = 1;
    coaio_req *req = coaio_rmtree(engine, NULL, "wide", NULL, NULL);
    CHECK_EQ(coaio_req_wait(req, 0), 0);
    while (held == 0)
        CHECK_EQ(usleep(100), 0);
    CHECK_EQ(coaio_cancel(coaio_ref(req)), 0);
    holding = 0;
    CHECK_EQ(coaio_result(finish(req)), -ECANCELED);
    for (int tries = 0; coaio_outcome(req) == -EINPROGRESS && tries < 6000; tries++)
        CHECK(coaio_wait(engine, SECOND / 100) >= 0 && coaio_poll(engine) >= 0);
    CHECK_EQ(coaio_outcome(req), -ECANCELED);
    coaio_unref(req);
    coaio_unref(req);
    CHECK(count_entries("wide") >= 999);
    CHECK_EQ(remove_tree("wide"), 0);
}

/* In memory, if there is a place: how long it takes does not depend on what else the disk has to do. */
static void test_large_trees(void)
{
    char path[200];
    int home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (access("/dev/shm", W_OK) == 0)
        CHECK_EQ(setenv("TMPDIR", "/dev/shm", 0), 0);
    enter_directory(path, sizeof path);
    test_rmtree_of_a_deep_tree();
    test_cancelled_rmtree();
    leave_directory(path);
    CHECK_EQ(fchdir(home) | close(home), 0);
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    CHECK_EQ(chmod(".", 0777), 0);
    int before = count_fds();
    engine = engine_new();
    test_scandir();
    test_rmtree();
    test_rmtree_minds_slashes();
    test_rmtree_reports_the_first_error();
    test_rmtree_gives_descriptors_back();
    test_rmtree_loses_its_way();
    test_rmtree_under_attack();
    test_large_trees();
    CHECK_EQ(remove_tree("precious"), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    leave_directory(path);
    return 0;
}
