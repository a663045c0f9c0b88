/* Where io_uring_setup is forbidden, as in many containers: threads, without a word, or an error if it is required. */
#include "test.h"

#if defined(__linux__)
#include <fcntl.h>

#include "forbid.h"

static int create(uint32_t backend, coaio_engine **engine)
{
    coaio_options options = {.size = sizeof options, .backend = backend};
    *engine = NULL;
    return coaio_engine_new(engine, &options);
}

/* What is written to stderr while an engine is made, used and freed. */
static void test_silence(void)
{
    coaio_engine *engine;
    int ends[2], saved = dup(2);
    CHECK(saved >= 0);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(dup2(ends[1], 2), 2);
    int error = create(COAIO_BACKEND_AUTO, &engine);
    int64_t result = error ? error : result_of(coaio_stat(engine, NULL, "/", NULL, NULL));
    int named = !error && strcmp(coaio_backend(engine), "threads") == 0;
    int freed = error ? error : coaio_engine_free(engine);
    CHECK_EQ(dup2(saved, 2), 2);
    CHECK_EQ(close(ends[1]) | close(saved), 0);
    CHECK_EQ(error, 0);
    CHECK_EQ(result, 0);
    CHECK(named);
    CHECK_EQ(freed, 0);
    CHECK_EQ(read(ends[0], (char[1]){0}, 1), 0);
    CHECK_EQ(close(ends[0]), 0);
}

int main(void)
{
    coaio_engine *engine;
    int allowed = create(COAIO_BACKEND_URING, &engine);
    if (allowed == 0)
        CHECK_EQ(coaio_engine_free(engine), 0);
    forbid(SYS_io_uring_setup, EPERM);
    int before = count_fds();
    test_silence();
    CHECK_EQ(create(COAIO_BACKEND_URING, &engine), allowed ? allowed : -EPERM);
    CHECK(engine == NULL);
    CHECK_EQ(create(COAIO_BACKEND_THREADS, &engine), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(count_fds(), before);
    return 0;
}
#else
int main(void)
{
    test_skip("seccomp is Linux's");
}
#endif
