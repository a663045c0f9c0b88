/*
 * The decisions of the owner by numbers alone, as tables: no threads, no ring. Internal
 * functions, from the static library. The name of a row is shown if the row fails.
 */
#include "core/place.h"

#include "test.h"

#define EACH(i, rows) size_t i = 0; i < sizeof rows / sizeof *rows; i++

static void test_crowd(void)
{
    static const struct {
        const char *name;
        struct coaio__queues queues;
        struct coaio__load load;
        bool few, many;
    } rows[] = {
        {"none", .few = true},
        {"one fewer", {.nready = COAIO__MANY - 1}, .few = true},
        {"ready", {.nready = COAIO__MANY}, .many = true},
        {"ready and done", {.nready = COAIO__MANY / 2, .ndone = COAIO__MANY / 2}, .many = true},
        {"to be reaped", {.ndone_reap = COAIO__MANY}, .many = true},
        {"ordinary lane", .load = {.all = COAIO__MANY, .ordinary = COAIO__MANY}, .many = true},
        {"slow lane: these only wait", .load = {.all = 1000, .slow = 1000}, .few = true},
        {"ring: neither", .load = {.all = COAIO__MANY}},
        {"ring and ready", {.nready = COAIO__MANY}, {.all = COAIO__MANY}, .many = true},
    };
    for (EACH(i, rows)) {
        puts(rows[i].name);
        struct coaio__crowd crowd = coaio__crowd_of(&rows[i].queues, &rows[i].load);
        CHECK_EQ(crowd.few, rows[i].few);
        CHECK_EQ(crowd.many, rows[i].many);
        CHECK(!crowd.few || !crowd.many);
    }
}

static void test_round(void)
{
    static const struct {
        const char *name;
        uint32_t done, disk;
        bool sharing, rested;
        uint32_t most;
    } rows[] = {
        {"no disk", 1, 0, .most = COAIO__ROUND_MAX},
        {"no disk, rested", 1, 0, .rested = true, .most = COAIO__ROUND_MAX},
        {"no disk, sharing", 1, 0, .sharing = true, .most = COAIO__ROUND_SHARED},
        {"disk", 0, 1, .most = COAIO__ROUND_OF_DISK},
        {"disk, rested", 0, 1, .rested = true, .most = COAIO__ROUND_RESTED},
        {"disk, sharing", 0, 1, .sharing = true, .most = COAIO__ROUND_OF_DISK},
        {"the disk is ahead", COAIO__ROUND_MAX, 1, .most = COAIO__ROUND_MAX},
    };
    for (EACH(i, rows)) {
        struct coaio__queues queues = {.ndone = rows[i].done};
        struct coaio__load load = {.all = rows[i].disk, .disk = rows[i].disk};
        puts(rows[i].name);
        CHECK_EQ(coaio__round_of(&queues, &load, rows[i].sharing, rows[i].rested), rows[i].most);
    }
}

int main(void)
{
    test_crowd();
    test_round();
    return 0;
}
