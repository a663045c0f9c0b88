/*
 * What completes inside a submit depends on where a path leads now: the working directory may change between two
 * submits without a poll in between. And it is no other result where a sandbox refuses the system call for it, by
 * whatever error it likes.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "test.h"

#if defined(__linux__)
#include "forbid.h"
#endif

static bool opens_inline(coaio_engine *engine, const char *path)
{
    coaio_req *req = finish(coaio_open(engine, NULL, path, O_RDONLY, 0, NULL, NULL));
    bool       is_inline = strcmp(coaio_req_backend(req), "inline") == 0;

    CHECK(coaio_result(req) >= 0);
    CHECK_EQ(close((int)coaio_result(req)), 0);
    coaio_unref(req);
    return is_inline;
}

static void test_change_of_directory(coaio_engine *engine, const char *path)
{
    (void)opens_inline(engine, "stat"); /* what it is on is remembered until the next poll */
    if (access("/proc/self/stat", R_OK) == 0) {
        CHECK_EQ(chdir("/proc/self"), 0);
        CHECK(!opens_inline(engine, "stat"));
        CHECK(!opens_inline(engine, "stat"));
    }
    CHECK_EQ(chdir(path), 0);
}

static void test_refused(coaio_engine *engine)
{
#if defined(__linux__) && defined(SYS_openat2)
    forbid(SYS_openat2, EACCES);
    CHECK(!opens_inline(engine, "stat"));
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "stat", NULL, NULL)), 0);
#else
    (void)engine;
#endif
}

int main(void)
{
    char          path[200];
    coaio_engine *engine = engine_new();

    enter_directory(path, sizeof path);
    CHECK_EQ(close(open("stat", O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
    test_change_of_directory(engine, path);
    test_refused(engine);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
