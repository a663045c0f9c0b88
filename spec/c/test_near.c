/*
 * What completes inside a submit depends on where a path leads now: the working directory may change between two
 * submits without a poll in between.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "test.h"

static bool opens_inline(coaio_engine *engine, const char *path)
{
    coaio_req *req = finish(coaio_open(engine, NULL, path, O_RDONLY, 0, NULL, NULL));
    bool       is_inline = strcmp(coaio_req_backend(req), "inline") == 0;

    CHECK(coaio_result(req) >= 0);
    CHECK_EQ(close((int)coaio_result(req)), 0);
    coaio_unref(req);
    return is_inline;
}

int main(void)
{
    char          path[200];
    coaio_engine *engine = engine_new();

    enter_directory(path, sizeof path);
    CHECK_EQ(close(open("stat", O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
    (void)opens_inline(engine, "stat"); /* what it is on is remembered until the next poll */
    if (access("/proc/self/stat", R_OK) == 0) {
        CHECK_EQ(chdir("/proc/self"), 0);
        CHECK(!opens_inline(engine, "stat"));
        CHECK(!opens_inline(engine, "stat"));
    }
    CHECK_EQ(chdir(path), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    leave_directory(path);
    return 0;
}
