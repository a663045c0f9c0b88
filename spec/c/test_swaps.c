/*
 * A path may mean another file from one system call to the next: a directory on the way is swapped for a link to a
 * stranger's. What looks and then acts does both to the file that it found first, wherever it is when that happens:
 * here at every system call in turn that takes a name, by functions in the place of the C library's.
 */
#include "test.h"

#ifdef __linux__
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static coaio_engine *engine;
static coaio_wd *confined;
static atomic_int steps, swap_at; /* 0: never */

/* ---- in place of the system's ------------------------------------------------------------------------------------ */

static void find_next(void *function, size_t size, const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    CHECK(symbol != NULL);
    memcpy(function, &symbol, size);
}

static void step(void)
{
    if (swap_at && ++steps == swap_at)
        CHECK_EQ(renameat2(AT_FDCWD, "vic", AT_FDCWD, "trap", RENAME_EXCHANGE), 0);
}

static _Thread_local int again; /* a rename somewhere on the machine came in between: this step is made once more */

__attribute__((visibility("default"))) long syscall(long number, ...)
{
    long (*next)(long, ...), arg[6];
    va_list list;
    find_next(&next, sizeof next, "syscall");
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arg[i] = va_arg(list, long);
    va_end(list);
    if (number != SYS_openat2)
        return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
    if (!again)
        step();
    long rc = next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
    again = rc < 0 && errno == EAGAIN;
    return rc;
}

__attribute__((visibility("default"))) int openat(int dir, const char *path, int flags, ...)
{
    int (*next)(int, const char *, int, ...);
    va_list list;
    va_start(list, flags);
    unsigned mode = va_arg(list, unsigned);
    va_end(list);
    find_next(&next, sizeof next, "openat");
    step();
    return next(dir, path, flags, mode);
}

__attribute__((visibility("default"))) int fstatat(int dir, const char *path, struct stat *to, int flags)
{
    int (*next)(int, const char *, struct stat *, int);
    find_next(&next, sizeof next, "fstatat");
    step();
    return next(dir, path, to, flags);
}

__attribute__((visibility("default"))) int unlinkat(int dir, const char *path, int flags)
{
    int (*next)(int, const char *, int);
    find_next(&next, sizeof next, "unlinkat");
    step();
    return next(dir, path, flags);
}

/* ---- the two directories ----------------------------------------------------------------------------------------- */

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

/* "trap" leads to the stranger's, which has the same names in it. */
static void make_all(void)
{
    CHECK_EQ(mkdir("vic", 0755) | mkdir("vic/dir", 0755) | mkdir("vic/dir/sub", 0755), 0);
    CHECK_EQ(mkdir("stranger", 0755) | mkdir("stranger/dir", 0755) | symlink("stranger", "trap"), 0);
    make_file("vic/file", "ours");
    make_file("vic/dir/inner", "ours");
    make_file("stranger/file", "theirs");
}

static void remove_all(void)
{
    swap_at = 0;
    CHECK_EQ(result_of(coaio_rmtree(engine, NULL, "vic", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmtree(engine, NULL, "trap", NULL, NULL)), 0);
    CHECK_EQ(result_of(coaio_rmtree(engine, NULL, "stranger", NULL, NULL)), 0);
}

static void check_stranger(void)
{
    struct stat st;
    CHECK_EQ(stat("stranger/file", &st), 0);
    CHECK_EQ(st.st_size, 6);
    CHECK_EQ(stat("stranger/dir", &st), 0);
    CHECK_EQ(count_entries("stranger"), 2);
    CHECK_EQ(count_entries("stranger/dir"), 0);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

typedef coaio_req *submit(coaio_wd *wd);

static coaio_req *remove_file(coaio_wd *wd)
{
    return coaio_rmtree(engine, wd, "vic/file", NULL, NULL);
}

static coaio_req *remove_directory(coaio_wd *wd)
{
    return coaio_rmtree(engine, wd, "vic/dir/", NULL, NULL);
}

static coaio_req *scan_directory(coaio_wd *wd)
{
    return coaio_scandir(engine, wd, "vic/dir", 0, NULL, NULL);
}

/* The first step finds the file, so each later one is too late to lead elsewhere. */
static void check_each_step(coaio_wd *wd, submit *request, int64_t expected)
{
    for (int at = 2;; at++) {
        make_all();
        steps = 0;
        swap_at = at;
        CHECK_EQ(result_of(request(wd)), expected);
        int swapped = steps >= at;
        check_stranger();
        remove_all();
        if (!swapped)
            return;
    }
}

int main(void)
{
    char path[200];
    enter_directory(path, sizeof path);
    engine = engine_new();
    coaio_req *req = finish(coaio_wd_open(engine, NULL, ".", COAIO_WD_BENEATH, NULL, NULL));
    confined = coaio_wd_take(req);
    coaio_unref(req);
    check_each_step(NULL, remove_file, 0);
    check_each_step(NULL, remove_directory, 0);
    check_each_step(NULL, scan_directory, 2);
    if (confined) {
        check_each_step(confined, remove_file, 0);
        check_each_step(confined, remove_directory, 0);
        check_each_step(confined, scan_directory, 2);
    }
    coaio_wd_free(engine, confined);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}

#else

int main(void)
{
    test_skip("needs renameat2(2)");
}

#endif
