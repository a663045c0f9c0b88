/* A ring with room for next to nothing: many more requests than entries, cancels among them, in order of priority. */
#include "test.h"

#include <fcntl.h>

enum { REQUESTS = 500 };

static int     calls, cancelled;
static int64_t order[REQUESTS];

static void note(coaio_req *req, void *data)
{
    int64_t result = coaio_result(req);
    CHECK(result == 0 || result == -ECANCELED);
    cancelled += result == -ECANCELED;
    order[calls++] = (int64_t)(intptr_t)data;
}

static coaio_engine *small_engine(uint32_t depth)
{
    coaio_engine *engine = NULL;
    coaio_options options = {.size = sizeof options, .ring_depth = depth};
    CHECK_EQ(coaio_engine_new(&engine, &options), 0);
    calls = cancelled = 0;
    return engine;
}

static void test_all_complete(uint32_t depth)
{
    coaio_engine *engine = small_engine(depth);
    for (int i = 0; i < REQUESTS; i++)
        CHECK(coaio_stat(engine, NULL, "/", note, NULL) != NULL);
    poll_until(engine, &calls, REQUESTS);
    CHECK_EQ(cancelled, 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* Every second one is cancelled at once, every fourth while the others are under way. */
static void test_cancels_among_them(uint32_t depth)
{
    coaio_engine *engine = small_engine(depth);
    coaio_req *late[REQUESTS];
    int n = 0;
    for (int i = 0; i < REQUESTS; i++) {
        coaio_req *req = coaio_stat(engine, NULL, "/", note, NULL);
        if (i % 2)
            CHECK_EQ(coaio_cancel(req), 0);
        else if (i % 4 == 0)
            late[n++] = coaio_ref(req);
    }
    CHECK(coaio_poll(engine) >= 0);
    for (int i = 0; i < n; i++) {
        int error = coaio_cancel(late[i]);
        CHECK(error == 0 || error == -ENOENT);
        coaio_unref(late[i]);
    }
    poll_until(engine, &calls, REQUESTS);
    CHECK(cancelled >= REQUESTS / 2);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* With one in flight at a time the urgent ones overtake all but those that are under way. */
static void test_priorities_keep_their_meaning(void)
{
    coaio_engine *engine = small_engine(1);
    CHECK_EQ(coaio_set(engine, COAIO_MAX_PARALLEL, 1), 0);
    CHECK_EQ(coaio_set(engine, COAIO_INLINE, 0), 0);
    for (int i = 0; i < 100; i++)
        CHECK(coaio_stat(engine, NULL, "/", note, (void *)(intptr_t)1) != NULL);
    for (int i = 0; i < 100; i++) {
        coaio_next(engine, 4, -1, 0);
        CHECK(coaio_stat(engine, NULL, "/", note, (void *)(intptr_t)2) != NULL);
    }
    poll_until(engine, &calls, 200);
    for (int i = 0; i < 200; i++)
        CHECK_EQ(order[i], i < 100 ? 2 : 1);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

int main(void)
{
    for (uint32_t depth = 1; depth <= 4; depth++) {
        test_all_complete(depth);
        test_cancels_among_them(depth);
    }
    test_priorities_keep_their_meaning();
    return 0;
}
