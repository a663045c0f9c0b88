/*
 * The decisions by numbers alone, as tables: no threads, no ring. Internal functions, from the
 * static library.
 */
#include "core/place.h"
#include "exec/staff.h"

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

/* ---- a pool ---------------------------------------------------------------------------------- */

enum { QUEUED_MAX = 200, CREW_MAX = 8, NOW = 1000 * 1000 * 1000 };

/* The pool has `awake` workers that began with one request each just now, and `asleep` ones whose
   operations sleep. */
struct situation {
    const char *name;
    uint32_t queued, awake, asleep, processors, parallel;
    bool brief, slow_lane, unwatched;
};

static struct coaio__op brief_op = {.span = COAIO__SPAN_BRIEF};

static struct scene {
    struct coaio__pool pool;
    struct coaio__worker worker[CREW_MAX];
    struct coaio_req req[QUEUED_MAX];
} scene;

static void add_worker(uint32_t index, bool sleeps)
{
    struct coaio__worker *worker = &scene.worker[index];
    *worker = (struct coaio__worker){.held = 1, .since = NOW, .sleeps = sleeps};
    coaio__queue_push(&scene.pool.workers, &worker->link);
    scene.pool.running++;
    scene.pool.threads++;
}

static struct coaio__pool *set_up(const struct situation *situation)
{
    struct coaio__pool *pool = &scene.pool;
    printf("%s\n", situation->name); /* shown if it fails */
    memset(&scene, 0, sizeof scene);
    coaio__priq_init(&pool->queue);
    coaio__queue_init(&pool->workers);
    pool->lane = situation->slow_lane ? COAIO__POOL_SLOW : COAIO__POOL_ORDINARY;
    pool->unwatched = situation->unwatched;
    pool->processors = situation->processors;
    pool->limit[COAIO__POOL_PARALLEL] = situation->parallel;
    pool->limit[COAIO__POOL_STUCK_AFTER] = COAIO__STUCK_AFTER_NS;
    pool->limit[COAIO__POOL_SIGNAL] = SIGURG;
    pool->next_look = COAIO__NEVER;
    for (uint32_t i = 0; i < situation->queued; i++) {
        scene.req[i].op = &brief_op;
        scene.req[i].manner = situation->brief ? COAIO__WORKERS : COAIO__USUAL;
        coaio__priq_push(&pool->queue, &scene.req[i].link, 0);
        coaio__pool_count_in(pool);
    }
    for (uint32_t i = 0; i < situation->awake + situation->asleep; i++)
        add_worker(i, i >= situation->awake);
    return pool;
}

static void test_wants_worker(void)
{
    static const struct {
        struct situation situation;
        bool wanted;
    } rows[] = {
        {{"nothing queued", .processors = 1, .parallel = 8}, false},
        {{"the first one", .queued = 1, .processors = 1, .parallel = 8}, true},
        {{"paused", .queued = 1, .processors = 1, .parallel = 0}, false},
        {{"one is awake", .queued = 8, .awake = 1, .processors = 1, .parallel = 8}, false},
        {{"it sleeps", .queued = 8, .asleep = 1, .processors = 1, .parallel = 8}, true},
        {{"all that may run", .queued = 8, .asleep = 2, .processors = 1, .parallel = 2}, false},
        {{"brief, awake", .queued = 40, .awake = 1, .processors = 1, .parallel = 8, .brief = true},
         false},
        {{"brief, few", .queued = COAIO__BACKLOG - 1, .awake = 1, .processors = 2, .parallel = 8,
          .brief = true}, false},
        {{"brief, many", .queued = COAIO__BACKLOG, .awake = 1, .processors = 2, .parallel = 8,
          .brief = true}, true},
        {{"long queue", .queued = COAIO__LONG_QUEUE, .awake = 1, .processors = 1, .parallel = 8},
         true},
        {{"slow lane", .queued = 1, .awake = 4, .processors = 1, .parallel = 8, .slow_lane = true},
         true},
        {{"unwatched", .queued = 1, .awake = 4, .processors = 1, .parallel = 8, .unwatched = true},
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ(coaio__staff_wants_worker(set_up(&rows[i].situation), NOW), rows[i].wanted);
}

static void test_awake(void)
{
    struct coaio__pool *pool = set_up(&(struct situation){"awake", .awake = 2, .asleep = 1});
    CHECK_EQ(coaio__staff_awake(pool, NOW), 2);
    CHECK_EQ(coaio__staff_awake(pool, NOW + COAIO__AWAKE_NS - 1), 2);
    CHECK_EQ(coaio__staff_awake(pool, NOW + COAIO__AWAKE_NS), 0);
}

static void test_batch(void)
{
    static const struct {
        struct situation situation;
        bool watched;
        uint32_t taken;
    } rows[] = {
        {{"one", .queued = 1, .processors = 1, .brief = true}, true, 1},
        {{"half of the brief", .queued = 10, .processors = 1, .brief = true}, true, 5},
        {{"a part for each", .queued = 9, .processors = 2}, true, 3},
        {{"no more than a batch", .queued = 100, .processors = 1}, true, COAIO__BATCH},
        {{"not watched yet", .queued = 100, .processors = 1, .brief = true}, false, 1},
        {{"unwatched, but for another the watch runs", .queued = 100, .processors = 1,
          .brief = true, .unwatched = true}, true, 1},
        {{"slow lane", .queued = 100, .processors = 1, .slow_lane = true}, true, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coaio__worker worker = {.held = 0};
        struct coaio__pool *pool = set_up(&rows[i].situation);
        CHECK_EQ(coaio__staff_batch(pool, &worker, rows[i].watched), rows[i].taken);
        worker.sleeps = true;
        CHECK_EQ(coaio__staff_batch(pool, &worker, rows[i].watched), 1);
    }
}

static void test_trust(void)
{
    struct coaio__worker worker = {.held = 2, .since = NOW};
    struct coaio__pool *pool = set_up(&(struct situation){"trust", .processors = 1});
    CHECK(coaio__staff_guards(pool, &worker));
    worker.guarded = true;
    CHECK(coaio__staff_trusts(pool, &worker));
    atomic_store(&pool->waited, NOW - 1);
    CHECK(!coaio__staff_trusts(pool, &worker));
    worker.since += COAIO__WARY_NS;
    CHECK(coaio__staff_trusts(pool, &worker));
    worker.held = 1;
    CHECK(!coaio__staff_guards(pool, &worker));
}

static void test_lingering(void)
{
    struct coaio__worker worker = {.batches = 1};
    struct coaio__pool *pool = set_up(&(struct situation){"lingering", .processors = 1});
    CHECK(coaio__staff_may_linger(pool, &worker));
    pool->lingered_in_vain = COAIO__LINGER_IN_VAIN;
    CHECK(!coaio__staff_may_linger(pool, &worker));
    worker.batches = COAIO__LINGER_EACH;
    CHECK(coaio__staff_may_linger(pool, &worker));
    pool->lingering = true; /* another one does */
    pool->linger_until = NOW;
    CHECK(!coaio__staff_may_linger(pool, &worker));
    CHECK(coaio__staff_lingers(pool, NOW - 1));
    CHECK(!coaio__staff_lingers(pool, NOW));
}

static void test_looks(void)
{
    static const struct {
        struct situation situation;
        uint64_t look;
    } rows[] = {
        {{"nothing queued", .processors = 1, .parallel = 8}, COAIO__NEVER},
        {{"paused", .queued = 1, .processors = 1}, COAIO__NEVER},
        {{"more might help", .queued = 1, .awake = 1, .processors = 1, .parallel = 8},
         NOW + COAIO__LOOK_SOON_NS},
        {{"no more may run", .queued = 1, .awake = 1, .processors = 1, .parallel = 1},
         NOW + COAIO__LOOK_LATER_NS},
        {{"each has its own", .queued = 1, .processors = 1, .parallel = 8, .slow_lane = true},
         COAIO__NEVER},
        {{"the slow lane is full", .queued = 1, .awake = 1, .processors = 1, .parallel = 1,
          .slow_lane = true}, NOW + COAIO__STUCK_AFTER_NS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ(coaio__staff_next_look(set_up(&rows[i].situation), NOW), rows[i].look);
}

/* The watch goes on to look for a while. A sleeping owner is woken at one of these looks, or for
   enough requests. */
static void test_announcing(void)
{
    struct coaio__pool *pool =
        set_up(&(struct situation){"announcing", .queued = 40, .processors = 1, .parallel = 8});
    CHECK(coaio__staff_must_wake(pool, 1)); /* nobody has promised to look */
    pool->next_look = coaio__staff_plan_look(pool, NOW);
    CHECK_EQ(pool->looks_left, COAIO__LOOKS_AFTER);
    CHECK(!coaio__staff_must_wake(pool, COAIO__BATCH));
    CHECK_EQ(pool->announce_by, NOW + COAIO__LOOK_SOON_NS);
    CHECK(coaio__staff_must_wake(pool, COAIO__TOGETHER - COAIO__BATCH));
    coaio__staff_announced(pool);
    CHECK_EQ(pool->unannounced, 0);
    pool->queued = COAIO__BATCH; /* more are not sure to follow */
    CHECK(coaio__staff_must_wake(pool, 1));
    pool->queued = 0;
    for (int looks = 1; looks < COAIO__LOOKS_AFTER; looks++)
        CHECK_EQ(coaio__staff_plan_look(pool, NOW), NOW + COAIO__LOOK_SOON_NS);
    CHECK_EQ(coaio__staff_plan_look(pool, NOW), COAIO__NEVER);
}

int main(void)
{
    test_crowd();
    test_round();
    test_wants_worker();
    test_awake();
    test_batch();
    test_trust();
    test_lingering();
    test_looks();
    test_announcing();
    return 0;
}
