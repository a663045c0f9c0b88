/* Groups: when they finish, what they wait for, feeders, cancelling. */
#include "test.h"

static coaio_engine *engine;
static struct told   group_count, member_count;

static coaio_req *new_group(void)
{
    group_count.calls = member_count.calls = 0;
    return coaio_group(engine, note_told, &group_count);
}

static void test_empty_finishes_at_the_next_poll(void)
{
    coaio_req *group = coaio_ref(new_group());
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 1);
    CHECK_EQ(group_count.calls, 0);
    CHECK_EQ(coaio_poll(engine), 1);
    CHECK_EQ(group_count.calls, 1);
    CHECK_EQ(group_count.result, 0);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
    CHECK_EQ(coaio_group_add(group, coaio_nop(engine, NULL, NULL)), -ENOENT);
    coaio_unref(group);
    coaio_req *nop;
    CHECK_EQ(coaio_reap(engine, &nop, 1), 1);
}

/* Also where nobody watched the descriptor when it became empty. */
static void test_empty_is_something_to_do(void)
{
    coaio_engine *unwatched = engine_new();
    CHECK(coaio_group(unwatched, note_told, &group_count) != NULL);
    CHECK_EQ(coaio_timeout(unwatched), 0);
    CHECK(readable(coaio_fileno(unwatched), 0));
    CHECK_EQ(coaio_poll(unwatched), 1);
    CHECK_EQ(coaio_timeout(unwatched), -1);
    CHECK(!readable(coaio_fileno(unwatched), 0));
    CHECK_EQ(coaio_engine_free(unwatched), 0);
}

static int chain_left;

static void add_one_more(coaio_req *req, void *group)
{
    CHECK_EQ(coaio_result(req), 0);
    CHECK_EQ(group_count.calls, 0);
    member_count.calls++;
    if (chain_left-- > 0)
        CHECK_EQ(coaio_group_add(group, coaio_nop(engine, add_one_more, group)), 0);
}

static void test_members_added_in_callbacks(void)
{
    coaio_req *group = new_group();
    chain_left = 9;
    CHECK_EQ(coaio_group_add(group, coaio_nop(engine, add_one_more, group)), 0);
    CHECK_EQ(coaio_group_result(group, 42), 0);
    poll_until(engine, &group_count.calls, 1);
    CHECK_EQ(member_count.calls, 10);
    CHECK_EQ(group_count.result, 42);
}

static void test_nested(void)
{
    coaio_req *outer = new_group(), *inner = coaio_group(engine, note_told, &member_count);
    CHECK_EQ(coaio_group_add(outer, inner), 0);
    CHECK_EQ(coaio_group_add(outer, inner), -EBUSY);
    CHECK_EQ(coaio_group_add(inner, inner), -EINVAL);
    CHECK_EQ(coaio_group_add(inner, NULL), -ENOMEM);
    CHECK_EQ(coaio_group_add(inner, coaio_busy(engine, 0.001, note_told, &member_count)), 0);
    poll_until(engine, &group_count.calls, 1);
    CHECK_EQ(member_count.calls, 2);
}

/* No group waits for itself, not even by way of others. */
static void test_cycles(void)
{
    enum { DEPTH = 100 };
    coaio_req *groups[DEPTH], *above = new_group();
    for (int i = 0; i < DEPTH; i++) {
        groups[i] = coaio_group(engine, note_told, &member_count);
        CHECK_EQ(coaio_group_add(i ? groups[i - 1] : above, groups[i]), 0);
    }
    CHECK_EQ(coaio_group_add(groups[0], groups[0]), -EINVAL);
    for (int i = 0; i < DEPTH; i++)
        CHECK_EQ(coaio_group_add(groups[i], above), -EINVAL);
    CHECK_EQ(coaio_group_add(groups[DEPTH - 1], groups[1]), -EINVAL);
    CHECK_EQ(coaio_group_add(groups[DEPTH - 1], coaio_nop(engine, note_told, &member_count)), 0);
    poll_until(engine, &group_count.calls, 1);
    CHECK_EQ(member_count.calls, DEPTH + 1);
}

static void test_cancel_reaches_members(void)
{
    coaio_req *group = new_group();
    for (int i = 0; i < 5; i++)
        CHECK_EQ(coaio_group_add(group, coaio_sleep(engine, 1000, note_told, &member_count)), 0);
    CHECK_EQ(coaio_cancel(group), 0);
    poll_until(engine, &member_count.calls, 5);
    CHECK_EQ(member_count.result, -ECANCELED);
    CHECK_EQ(group_count.calls, 1);
    CHECK_EQ(group_count.result, -ECANCELED);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
}

/* However deep: each is delivered, what is inside before what it is in. */
static void test_cancel_goes_deep(void)
{
    enum { DEPTH = 300000 };
    coaio_req *inner = coaio_sleep(engine, 1000, note_told, &member_count), *group;
    group_count.calls = member_count.calls = 0;
    for (int i = 0; i < DEPTH; i++) {
        group = coaio_group(engine, note_told, i < DEPTH - 1 ? &member_count : &group_count);
        CHECK_EQ(coaio_group_add(group, coaio_sleep(engine, 1000, note_told, &member_count)), 0);
        CHECK_EQ(coaio_group_add(group, inner), 0);
        inner = group;
    }
    CHECK_EQ(coaio_cancel(group), 0);
    poll_until(engine, &group_count.calls, 1);
    CHECK_EQ(group_count.result, -ECANCELED);
    CHECK_EQ(member_count.calls, 2 * DEPTH);
    CHECK_EQ(member_count.result, -ECANCELED);
    CHECK_EQ(coaio_get(engine, COAIO_NREQS), 0);
}

static void test_cancel_subs_spares_the_group(void)
{
    coaio_req *group = new_group();
    CHECK_EQ(coaio_group_add(group, coaio_sleep(engine, 1000, note_told, &member_count)), 0);
    CHECK_EQ(coaio_group_cancel_subs(group), 0);
    poll_until(engine, &group_count.calls, 1);
    CHECK_EQ(member_count.result, -ECANCELED);
    CHECK_EQ(group_count.result, 0);
}

static struct {
    int left, calls, members, most;
} fed;

static void member_ends(coaio_req *req, void *data)
{
    (void)req, (void)data;
    fed.members--;
}

static void feeder(coaio_req *group, void *data)
{
    (void)data;
    CHECK_EQ(coaio_poll(engine), -EBUSY);
    fed.calls++;
    if (fed.left == 0)
        return;
    fed.left--;
    fed.members++;
    fed.most = fed.members > fed.most ? fed.members : fed.most;
    CHECK_EQ(coaio_group_add(group, coaio_busy(engine, 0.0001, member_ends, NULL)), 0);
}

static void test_feeder_keeps_to_its_limit(void)
{
    coaio_req *group = new_group();
    fed.left = 100;
    CHECK_EQ(coaio_group_limit(group, 7), 0);
    CHECK_EQ(coaio_group_feed(group, feeder, NULL), 0);
    CHECK_EQ(fed.members, 7); /* it is called at once */
    poll_until(engine, &group_count.calls, 1);
    CHECK_EQ(fed.left, 0);
    CHECK_EQ(fed.members, 0);
    CHECK_EQ(fed.calls, 101); /* the last one added nothing, and was dropped */
    CHECK_EQ(fed.most, 7);
}

static void test_held_open(void)
{
    coaio_req *group = new_group();
    CHECK_EQ(coaio_group_hold(group, 1), 0);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(coaio_group_add(group, coaio_nop(engine, note_told, &member_count)), 0);
    poll_until(engine, &member_count.calls, 1);
    CHECK_EQ(coaio_poll(engine), 0);
    CHECK_EQ(group_count.calls, 0);
    CHECK_EQ(coaio_group_hold(group, 0), 0);
    poll_until(engine, &group_count.calls, 1);
}

static void test_delivered_by_reap(void)
{
    coaio_req *group = coaio_group(engine, NULL, NULL), *out[4];
    CHECK_EQ(coaio_group_add(group, coaio_nop(engine, NULL, NULL)), 0);
    CHECK_EQ(coaio_reap(engine, out, 4), 1);
    CHECK_EQ(coaio_req_op(out[0]), COAIO_NOP);
    CHECK_EQ(coaio_reap(engine, out, 4), 1);
    CHECK_EQ(coaio_req_op(out[0]), COAIO_GROUP);
}

static void test_misuse(void)
{
    coaio_req *nop = coaio_ref(coaio_nop(engine, note_told, &member_count));
    CHECK_EQ(coaio_group_add(nop, nop), -EINVAL);
    CHECK_EQ(coaio_group_feed(nop, feeder, NULL), -EINVAL);
    member_count.calls = 0;
    poll_until(engine, &member_count.calls, 1);
    coaio_req *group = new_group();
    CHECK_EQ(coaio_group_add(group, nop), 0); /* delivered: nothing to wait for */
    coaio_unref(nop);
    poll_until(engine, &group_count.calls, 1);
}

static void test_free_with_groups_open(void)
{
    coaio_req *group = new_group();
    CHECK_EQ(coaio_group_add(group, coaio_sleep(engine, 1000, note_told, &member_count)), 0);
    CHECK_EQ(coaio_group_hold(new_group(), 1), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
    CHECK_EQ(group_count.calls + member_count.calls, 0);
}

/* Whichever dies first: one that is in a group made later, or before, deep down, or with others. */
static void test_free_with_groups_in_groups(void)
{
    enum { GROUPS = 6 };
    for (int order = 0; order < 3; order++) {
        coaio_req *groups[GROUPS];
        engine = engine_new();
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = coaio_group(engine, NULL, NULL);
            CHECK_EQ(coaio_group_hold(groups[i], 1), 0);
            CHECK_EQ(coaio_group_add(groups[i], coaio_sleep(engine, 1000, NULL, NULL)), 0);
            CHECK_EQ(coaio_group_add(groups[i], coaio_nop(engine, NULL, NULL)), 0);
        }
        for (int i = 1; i < GROUPS; i++) {
            int into = order == 0 ? i : i - 1, from = order == 0 ? i - 1 : i;
            CHECK_EQ(coaio_group_add(groups[order == 2 ? 0 : into], groups[from]), 0);
        }
        coaio_req *cancelled = coaio_group(engine, NULL, NULL);
        CHECK_EQ(coaio_group_add(groups[order], cancelled), 0);
        CHECK_EQ(coaio_cancel(cancelled), 0);
        CHECK_EQ(coaio_poll(engine), 0);
        CHECK_EQ(coaio_engine_free(engine), 0);
    }
}

static void let_it_die(coaio_req *group, void *data)
{
    (void)data;
    CHECK_EQ(coaio_cancel(group), 0);
    CHECK_EQ(coaio_claim(group), 1);
    coaio_unref(group);
}

/* More than the engine keeps memory of, so that the last ones are freed. */
static void test_a_feeder_lets_its_group_die(void)
{
    enum { MANY = 2000 };
    coaio_req *nops[MANY];
    engine = engine_new();
    coaio_req *group = coaio_group(engine, NULL, NULL);
    for (int i = 0; i < MANY; i++)
        nops[i] = coaio_nop(engine, NULL, NULL);
    CHECK_EQ(coaio_group_hold(group, 1), 0);
    while (coaio_reap(engine, nops, MANY) > 0)
        ;
    CHECK_EQ(coaio_group_feed(group, let_it_die, NULL), 0);
    CHECK_EQ(coaio_engine_free(engine), 0);
}

int main(void)
{
    engine = engine_new();
    test_empty_finishes_at_the_next_poll();
    test_empty_is_something_to_do();
    test_members_added_in_callbacks();
    test_nested();
    test_cycles();
    test_cancel_reaches_members();
    test_cancel_goes_deep();
    test_cancel_subs_spares_the_group();
    test_feeder_keeps_to_its_limit();
    test_held_open();
    test_delivered_by_reap();
    test_misuse();
    test_free_with_groups_open();
    test_free_with_groups_in_groups();
    test_a_feeder_lets_its_group_die();
    return 0;
}
