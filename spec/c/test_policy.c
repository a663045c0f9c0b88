/*
 * The decisions by numbers alone, as tables: no threads, no ring. Internal functions, from the
 * static library.
 */
#include "core/place.h"

#include "test.h"

struct counts {
    uint32_t ready, done; /* in queues */
    uint32_t ordinary, slow, ring; /* held: by the lanes, by the ring */
    uint32_t brief, attempts, disk; /* of these */
};

static struct coaio__queues queues_of(const struct counts *counts)
{
    return (struct coaio__queues){.nready = counts->ready, .ndone = counts->done};
}

static struct coaio__load load_of(const struct counts *counts)
{
    return (struct coaio__load){
        .all = counts->ordinary + counts->slow + counts->ring,
        .ordinary = counts->ordinary,
        .slow = counts->slow,
        .brief = counts->brief,
        .attempts = counts->attempts,
        .disk = counts->disk,
    };
}

static void test_crowd(void)
{
    static const struct {
        struct counts counts;
        bool few, many;
    } rows[] = {
        {{0}, .few = true},
        {{.ready = COAIO__MANY - 1}, .few = true},
        {{.ready = COAIO__MANY}, .many = true},
        {{.ready = COAIO__MANY / 2, .done = COAIO__MANY / 2}, .many = true},
        {{.ordinary = COAIO__MANY}, .many = true},
        {{.slow = 1000}, .few = true}, /* these only wait */
        {{.ring = COAIO__MANY}, .few = false}, /* neither */
        {{.ring = COAIO__MANY, .ready = COAIO__MANY}, .many = true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coaio__queues queues = queues_of(&rows[i].counts);
        struct coaio__load load = load_of(&rows[i].counts);
        printf("row %zu\n", i); /* shown if it fails */
        struct coaio__crowd crowd = coaio__crowd_of(&queues, &load);
        CHECK(crowd.few == rows[i].few);
        CHECK(crowd.many == rows[i].many);
        CHECK(!crowd.few || !crowd.many);
    }
}

static void test_round(void)
{
    static const struct {
        struct counts counts;
        bool sharing, rested;
        uint32_t most;
    } rows[] = {
        {{.done = 1}, .most = COAIO__ROUND_MAX},
        {{.done = 1}, .rested = true, .most = COAIO__ROUND_MAX},
        {{.done = 1}, .sharing = true, .most = COAIO__ROUND_SHARED},
        {{.ring = 1, .disk = 1}, .most = COAIO__ROUND_OF_DISK},
        {{.ring = 1, .disk = 1}, .rested = true, .most = COAIO__ROUND_RESTED},
        {{.ring = 1, .disk = 1}, .sharing = true, .most = COAIO__ROUND_OF_DISK},
        {{.done = COAIO__ROUND_MAX, .ring = 1, .disk = 1}, .most = COAIO__ROUND_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coaio__queues queues = queues_of(&rows[i].counts);
        struct coaio__load load = load_of(&rows[i].counts);
        printf("row %zu\n", i); /* shown if it fails */
        uint32_t most = coaio__round_of(&queues, &load, rows[i].sharing, rows[i].rested);
        CHECK(most == rows[i].most);
    }
}

int main(void)
{
    test_crowd();
    test_round();
    return 0;
}
