/* Priorities on the way back: what is done is delivered in their order. */
#include "test.h"

enum { EACH = 3 };

static int order[9 * EACH], calls;

static void note_order(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 0);
    order[calls++] = (int)(intptr_t)data;
}

/* Lowest first; `data` counts up in the order of submission. */
static void submit_all(coaio_engine *engine, coaio_cb cb)
{
    for (int i = 0; i < 9 * EACH; i++) {
        coaio_next(engine, i / EACH - 4, -1, 0);
        CHECK(coaio_nop(engine, cb, (void *)(intptr_t)i));
    }
}

/* Among equals the first is the first. */
static void check_order(int place, int number)
{
    CHECK_EQ(number, (8 - place / EACH) * EACH + place % EACH);
}

static void test_poll_delivers_the_highest_first(void)
{
    coaio_engine *engine = engine_new();
    submit_all(engine, note_order);
    poll_until(engine, &calls, 9 * EACH);
    for (int i = 0; i < 9 * EACH; i++)
        check_order(i, order[i]);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

static void test_reap_hands_out_the_highest_first(void)
{
    coaio_engine *engine = engine_new();
    coaio_req    *reaped[4];
    int           place = 0;
    submit_all(engine, NULL);
    while (place < 9 * EACH)
        for (size_t i = 0, n = coaio_reap(engine, reaped, 4); i < n; i++)
            check_order(place++, (int)(intptr_t)coaio_req_data(reaped[i]));
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* Also a group can be put before others while it waits. */
static void test_priority_of_a_group(void)
{
    coaio_engine *engine = engine_new();
    coaio_req    *group = coaio_group(engine, note_order, (void *)(intptr_t)1);
    calls = 0;
    CHECK(coaio_nop(engine, note_order, (void *)(intptr_t)2) != NULL);
    CHECK_EQ(coaio_req_pri(group, 1), 0);
    poll_until(engine, &calls, 2);
    CHECK_EQ(order[0], 1);
    CHECK_EQ(order[1], 2);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

enum { TASKS = 200, ENOUGH = 1000000 };

static int others;

static void go_on_with_nops(coaio_req *req, void *data)
{
    if (++others > ENOUGH)
        return;
    coaio_next(coaio_req_engine(req), (int)(intptr_t)data, -1, 0);
    CHECK(coaio_nop(coaio_req_engine(req), go_on_with_nops, data) != NULL);
}

static void go_on_with_timers(coaio_req *req, void *data)
{
    if (++others <= ENOUGH)
        CHECK(coaio_sleep(coaio_req_engine(req), 0, go_on_with_timers, data) != NULL);
}

static void check_turn(coaio_engine *engine)
{
    calls = 0;
    CHECK(coaio_nop(engine, note_order, NULL) != NULL);
    poll_until(engine, &calls, 1);
    CHECK(others < ENOUGH);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

/* Callbacks whose requests are done at once again and again, and those of others. */
static void test_others_have_their_turn(void)
{
    coaio_engine *engine = engine_new();
    others = 0;
    for (int priority = -4; priority <= 4; priority += 8) {
        coaio_next(engine, priority, -1, 0);
        CHECK(coaio_nop(engine, go_on_with_nops, (void *)(intptr_t)priority) != NULL);
    }
    check_turn(engine);
}

static void test_others_have_their_turn_among_timers(void)
{
    coaio_engine *engine = engine_new();
    others = 0;
    for (int i = 0; i < TASKS; i++)
        CHECK(coaio_sleep(engine, 0, go_on_with_timers, NULL) != NULL);
    check_turn(engine);
}

int main(void)
{
    test_poll_delivers_the_highest_first();
    test_reap_hands_out_the_highest_first();
    test_priority_of_a_group();
    test_others_have_their_turn();
    test_others_have_their_turn_among_timers();
    return 0;
}
