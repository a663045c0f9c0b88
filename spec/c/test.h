/*
 * What the C tests share. A test is a program: exit status 0 passed, 1 failed, 77 skipped, and the first check that
 * fails ends it, printing both operands. Waits have generous limits, so that a hang becomes a failure.
 */
#ifndef TEST_H
#define TEST_H

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coaio.h"

#define CHECK(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, #condition, "it does not hold"))
#define CHECK_EQ(left, right) test_eq((int64_t)(left), (int64_t)(right), #left " == " #right, __FILE__, __LINE__)
#define CHECK_STR(left, right) test_str((left), (right), #left " == " #right, __FILE__, __LINE__)

enum { SECOND = 1000000000 };
static const int64_t LIMIT = INT64_C(60) * SECOND;

static inline _Noreturn void test_fail(const char *file, int line, const char *what, const char *why)
{
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, why);
    exit(1);
}

static inline _Noreturn void test_skip(const char *why)
{
    printf("skipped: %s\n", why);
    exit(77);
}

static inline void test_eq(int64_t left, int64_t right, const char *what, const char *file, int line)
{
    char why[100];
    if (left == right)
        return;
    snprintf(why, sizeof why, "%" PRId64 " and %" PRId64, left, right);
    test_fail(file, line, what, why);
}

static inline void test_str(const char *left, const char *right, const char *what, const char *file, int line)
{
    char why[400];
    if (left && right && strcmp(left, right) == 0)
        return;
    snprintf(why, sizeof why, "\"%s\" and \"%s\"", left ? left : "NULL", right ? right : "NULL");
    test_fail(file, line, what, why);
}

/* An engine on the backend that COAIO_BACKEND asks for. */
static inline coaio_engine *engine_new(void)
{
    coaio_engine *engine = NULL;
    const char *asked = getenv("COAIO_BACKEND");
    CHECK_EQ(coaio_engine_new(&engine, NULL), 0);
    if (asked && strcmp(asked, "auto") != 0)
        CHECK_STR(coaio_backend(engine), asked);
    return engine;
}

/* Wait for a request without a callback and take it out of delivery; the caller unrefs it. */
static inline coaio_req *finish(coaio_req *req)
{
    CHECK(req != NULL);
    CHECK_EQ(coaio_req_wait(req, LIMIT), 1);
    CHECK_EQ(coaio_claim(req), 1);
    return req;
}

/* The result of such a request, when the result is all one wants. */
static inline int64_t result_of(coaio_req *req)
{
    int64_t result = coaio_result(finish(req));
    coaio_unref(req);
    return result;
}

/* From now on workers have a part even in what could complete inline: so many that are done and not reaped. */
static inline void have_many_under_way(coaio_engine *engine)
{
    for (int i = 0; i < 16; i++)
        CHECK(coaio_nop(engine, NULL, NULL) != NULL);
}

/* Whether what is in the cache is read inline: some file systems cannot say that they would wait. */
static inline int reads_inline(coaio_engine *engine, int fd)
{
    (void)result_of(coaio_read(engine, fd, NULL, 1, 0, NULL, NULL)); /* now it is in the cache */
    coaio_req *read = finish(coaio_read(engine, fd, NULL, 1, 0, NULL, NULL));
    int is_inline = strcmp(coaio_req_backend(read), "inline") == 0;
    coaio_unref(read);
    return is_inline;
}

/* Poll until `*counter` has reached `goal`. */
static inline void poll_until(coaio_engine *engine, const int *counter, int goal)
{
    while (*counter < goal) {
        int ready = coaio_wait(engine, LIMIT);
        if (ready == 0)
            test_fail(__FILE__, __LINE__, "coaio_wait", "nothing happened for a minute");
        CHECK(ready == 1 || ready == -EINTR);
        CHECK(coaio_poll(engine) >= 0);
    }
}

/* What a callback was told: its data is one of these. */
struct told {
    int     calls;
    int64_t result;
};

static inline void note_told(coaio_req *req, void *data)
{
    struct told *told = data;
    told->result = coaio_result(req);
    told->calls++;
}

static inline int readable(int fd, int timeout_ms)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    return poll(&item, 1, timeout_ms) == 1;
}

static inline int count_entries(const char *path)
{
    int count = -2; /* "." and ".." */
    DIR *dir = opendir(path);
    CHECK(dir != NULL);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Open descriptors of this process, not counting the one that looks. */
static inline int count_fds(void)
{
    return count_entries("/proc/self/fd") - 1;
}

static inline int count_threads(void)
{
    return count_entries("/proc/self/task");
}

/* Poll until this process has `count` descriptors again: late ones are closed by whoever finds them. */
static inline void poll_until_fds(coaio_engine *engine, int count)
{
    for (int tries = 0; count_fds() > count; tries++) {
        CHECK(tries < 6000);
        CHECK(coaio_wait(engine, SECOND / 100) >= 0);
        CHECK(coaio_poll(engine) >= 0);
    }
    CHECK_EQ(count_fds(), count);
}

/* A new directory, made the current one; leave_directory removes it with the files in it. */
static inline void enter_directory(char *path, size_t size)
{
    const char *base = getenv("TMPDIR");
    snprintf(path, size, "%s/coaio-test-XXXXXX", base ? base : "/tmp");
    CHECK(mkdtemp(path) != NULL);
    CHECK_EQ(chdir(path), 0);
}

static inline void leave_directory(const char *path)
{
    struct dirent *entry;
    DIR *dir = opendir(path);
    CHECK(dir != NULL);
    while ((entry = readdir(dir)) != NULL)
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(rmdir(path), 0);
}

#endif
