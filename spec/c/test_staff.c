/*
 * The decisions of a pool, as tables: no threads, no ring. Internal
 * functions, from the static library. The name of a row is shown if the row fails.
 */
#include <signal.h>

#include "exec/staff.h"
#include "test.h"

#define EACH(i, rows) size_t i = 0; i < sizeof rows / sizeof *rows; i++

enum { QUEUED_MAX = 200, CREW_MAX = 8, NOW = 1000 * 1000 * 1000 };

/* The pool has `awake` workers that began with one request each just now, and `asleep` ones whose
   operations sleep. Requests are long, or `brief`, or of a length that `varies`. */
struct situation {
    const char *name;
    uint32_t queued, awake, asleep, processors, parallel;
    bool brief, varies, slow_lane, unwatched;
    int64_t stuck_after; /* 0: the default */
};

static const struct coaio__op brief_op = {.span = COAIO__SPAN_BRIEF};
static const struct coaio__op varying_op = {.span = COAIO__SPAN_VARIES};

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

static void add_request(uint32_t index, const struct situation *situation)
{
    struct coaio_req *req = &scene.req[index];
    req->op = situation->varies ? &varying_op : &brief_op;
    req->manner = situation->brief || situation->varies ? COAIO__WORKERS : COAIO__USUAL;
    coaio__priq_push(&scene.pool.queue, &req->link, 0);
    coaio__pool_count_in(&scene.pool);
}

static struct coaio__pool *set_up(const struct situation *situation)
{
    struct coaio__pool *pool = &scene.pool;
    puts(situation->name);
    memset(&scene, 0, sizeof scene);
    coaio__priq_init(&pool->queue);
    coaio__queue_init(&pool->workers);
    pool->lane = situation->slow_lane ? COAIO__POOL_SLOW : COAIO__POOL_ORDINARY;
    pool->unwatched = situation->unwatched;
    pool->processors = situation->processors;
    pool->limit[COAIO__POOL_PARALLEL] = situation->parallel;
    pool->limit[COAIO__POOL_STUCK_AFTER] =
        situation->stuck_after ? situation->stuck_after : COAIO__STUCK_AFTER_NS;
    pool->next_look = COAIO__NEVER;
    for (uint32_t i = 0; i < situation->queued; i++)
        add_request(i, situation);
    for (uint32_t i = 0; i < situation->awake + situation->asleep; i++)
        add_worker(i, i >= situation->awake);
    return pool;
}

/* The queue gets nobody; or a worker whose operations sleep, so that it occupies no processor; or
   any worker; or besides one more processor, the owner's. */
enum taker { NOBODY, SLEEPER, ANYBODY, OWNERS_PROCESSOR };

static void test_wants(void)
{
    static const struct {
        struct situation situation;
        enum taker taker;
    } rows[] = {
        {{"nothing queued", .processors = 1, .parallel = 8}, NOBODY},
        {{"the first one", .queued = 1, .processors = 1, .parallel = 8}, ANYBODY},
        {{"paused", .queued = 1, .processors = 1, .parallel = 0}, NOBODY},
        {{"long ones", .queued = 8, .processors = 1, .parallel = 8}, ANYBODY},
        {{"one is awake", .queued = 8, .awake = 1, .processors = 1, .parallel = 8}, SLEEPER},
        {{"it sleeps", .queued = 8, .asleep = 1, .processors = 1, .parallel = 8}, ANYBODY},
        {{"as many as may", .queued = 8, .asleep = 2, .processors = 1, .parallel = 2}, NOBODY},
        {{"brief, awake", .queued = 40, .awake = 1, .processors = 1, .parallel = 8, .brief = true},
         SLEEPER},
        {{"brief, few", .queued = COAIO__BACKLOG - 1, .awake = 1, .processors = 2, .parallel = 8,
          .brief = true}, SLEEPER},
        {{"brief, many", .queued = COAIO__BACKLOG, .awake = 1, .processors = 2, .parallel = 8,
          .brief = true}, ANYBODY},
        {{"brief, a long queue", .queued = COAIO__LONG_QUEUE, .awake = 1, .processors = 1,
          .parallel = 8, .brief = true}, SLEEPER},
        {{"not long enough", .queued = COAIO__LONG_QUEUE - 1, .awake = 1, .processors = 1,
          .parallel = 8}, SLEEPER},
        {{"long queue", .queued = COAIO__LONG_QUEUE, .awake = 1, .processors = 1, .parallel = 8},
         OWNERS_PROCESSOR},
        {{"slow lane", .queued = 1, .awake = 4, .processors = 1, .parallel = 8, .slow_lane = true},
         ANYBODY},
        {{"unwatched", .queued = 1, .awake = 4, .processors = 1, .parallel = 8, .unwatched = true},
         ANYBODY},
    };
    for (EACH(i, rows)) {
        struct coaio__pool *pool = set_up(&rows[i].situation);
        struct coaio__worker worker = {.sleeps = false}, sleeper = {.sleeps = true};
        CHECK_EQ(coaio__staff_wants_worker(pool, NOW), rows[i].taker >= ANYBODY);
        CHECK_EQ(coaio__staff_wants(pool, &worker, NOW), rows[i].taker >= ANYBODY);
        CHECK_EQ(coaio__staff_wants(pool, &sleeper, NOW), rows[i].taker >= SLEEPER);
        CHECK_EQ(coaio__staff_needs_owners_processor(pool), rows[i].taker == OWNERS_PROCESSOR);
    }
}

static void test_awake(void)
{
    struct coaio__pool *pool = set_up(&(struct situation){"awake", .awake = 2, .asleep = 1});
    CHECK_EQ(coaio__staff_awake(pool, NOW), 2);
    CHECK_EQ(coaio__staff_awake(pool, NOW + COAIO__AWAKE_NS - 1), 2);
    CHECK_EQ(coaio__staff_awake(pool, NOW + COAIO__AWAKE_NS), 0);
    scene.worker[0].held = 2; /* which take twice as long */
    CHECK_EQ(coaio__staff_awake(pool, NOW + COAIO__AWAKE_NS), 1);
    CHECK_EQ(coaio__staff_late(pool, &scene.worker[0]), NOW + COAIO__STUCK_AFTER_NS);
}

static void test_batch(void)
{
    static const struct {
        struct situation situation;
        bool watched;
        uint32_t taken;
    } rows[] = {
        {{"one", .queued = 1, .processors = 1, .brief = true}, true, 1},
        {{"half of the brief", .queued = 10, .processors = 3, .brief = true}, true, 5},
        {{"a part for each", .queued = 9, .processors = 2}, true, 3},
        {{"the same, shared", .queued = 9, .processors = 2, .varies = true}, true, 3},
        {{"no more than a batch", .queued = 100, .processors = 1}, true, COAIO__BATCH},
        {{"not watched yet", .queued = 100, .processors = 1, .brief = true}, false, 1},
        {{"unwatched, but for another the watch runs", .queued = 100, .processors = 1,
          .brief = true, .unwatched = true}, true, 1},
        {{"slow lane", .queued = 100, .processors = 1, .slow_lane = true}, true, 1},
    };
    for (EACH(i, rows)) {
        struct coaio__worker worker = {.held = 0};
        struct coaio__pool *pool = set_up(&rows[i].situation);
        CHECK_EQ(coaio__staff_batch(pool, &worker, rows[i].watched), rows[i].taken);
        worker.sleeps = true;
        CHECK_EQ(coaio__staff_batch(pool, &worker, rows[i].watched), 1);
        worker = (struct coaio__worker){.measures = true};
        CHECK_EQ(coaio__staff_batch(pool, &worker, rows[i].watched), 1);
    }
}

/* The worker begins so long `after` a trusted open had to wait, 0: none ever had. */
static void test_trust(void)
{
    static const struct {
        const char *name;
        uint32_t held;
        int signal;
        bool uninterruptible;
        uint64_t after;
        bool guarded, trusted;
    } rows[] = {
        {"several", 2, SIGURG, false, 0, true, true},
        {"one", 1, SIGURG, false, 0, false, false},
        {"no signal is set", 2, 0, false, 0, false, false},
        {"no signal interrupts", 2, SIGURG, true, 0, false, false},
        {"one had to wait", 2, SIGURG, false, 1, true, false},
        {"still wary", 2, SIGURG, false, COAIO__WARY_NS, true, false},
        {"no longer", 2, SIGURG, false, COAIO__WARY_NS + 1, true, true},
    };
    for (EACH(i, rows)) {
        struct coaio__pool *pool = set_up(&(struct situation){rows[i].name, .processors = 1});
        struct coaio__worker worker = {.held = rows[i].held, .since = NOW + rows[i].after};
        pool->limit[COAIO__POOL_SIGNAL] = rows[i].signal;
        pool->uninterruptible = rows[i].uninterruptible;
        atomic_store(&pool->waited, rows[i].after ? NOW : 0);
        worker.guarded = coaio__staff_guards(pool, &worker);
        CHECK_EQ(worker.guarded, rows[i].guarded);
        CHECK_EQ(coaio__staff_trusts(pool, &worker), rows[i].trusted);
    }
}

static void test_may_linger(void)
{
    static const struct {
        const char *name;
        bool slow_lane, one_processor, sleeps, lingering;
        uint32_t in_vain, batches;
        bool may;
    } rows[] = {
        {"it may", .batches = 1, .may = true},
        {"slow lane", .slow_lane = true, .may = false},
        {"the owner has the only processor", .one_processor = true},
        {"its operations sleep", .sleeps = true},
        {"another one does", .lingering = true},
        {"often enough", .in_vain = COAIO__LINGER_IN_VAIN - 1, .batches = 1, .may = true},
        {"in vain", .in_vain = COAIO__LINGER_IN_VAIN, .batches = 1},
        {"then", .in_vain = COAIO__LINGER_IN_VAIN, .batches = COAIO__LINGER_EACH, .may = true},
    };
    for (EACH(i, rows)) {
        struct situation situation = {rows[i].name, .processors = 1};
        situation.slow_lane = rows[i].slow_lane;
        struct coaio__pool *pool = set_up(&situation);
        struct coaio__worker worker = {.sleeps = rows[i].sleeps, .batches = rows[i].batches};
        pool->shares_processor = rows[i].one_processor;
        pool->lingering = rows[i].lingering;
        pool->lingered_in_vain = rows[i].in_vain;
        CHECK_EQ(coaio__staff_may_linger(pool, &worker), rows[i].may);
    }
}

static void test_lingers(void)
{
    struct coaio__pool *pool = set_up(&(struct situation){"lingers", .processors = 1});
    pool->linger_until = NOW;
    CHECK(!coaio__staff_lingers(pool, NOW - 1));
    pool->lingering = true;
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
        {{"none would help", .queued = 1, .awake = 1, .processors = 8, .parallel = 8},
         NOW + COAIO__LOOK_LATER_NS},
        {{"but one takes a batch", .queued = 1, .awake = 1, .processors = 8, .parallel = 8,
          .brief = true}, NOW + COAIO__LOOK_SOON_NS},
        {{"stuck sooner", .queued = 1, .awake = 1, .processors = 1, .parallel = 1,
          .stuck_after = 1000}, NOW + 1000},
        {{"unwatched", .queued = 2, .parallel = 8, .unwatched = true}, COAIO__NEVER},
        {{"each has its own", .queued = 1, .processors = 1, .parallel = 8, .slow_lane = true},
         COAIO__NEVER},
        {{"the slow lane is full", .queued = 1, .awake = 1, .processors = 1, .parallel = 1,
          .slow_lane = true}, NOW + COAIO__STUCK_AFTER_NS},
    };
    for (EACH(i, rows))
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
    CHECK(!coaio__staff_must_wake(pool, COAIO__BATCH - 1));
    pool->next_look++; /* which does not defer what was returned before */
    CHECK(!coaio__staff_must_wake(pool, 1));
    CHECK_EQ(pool->unannounced, COAIO__BATCH);
    CHECK_EQ(pool->announce_by, NOW + COAIO__LOOK_SOON_NS);
    CHECK(coaio__staff_must_wake(pool, COAIO__TOGETHER - COAIO__BATCH));
    coaio__staff_announced(pool);
    CHECK_EQ(pool->unannounced, 0);
    pool->queued = COAIO__BATCH; /* more are not sure to follow */
    CHECK(coaio__staff_must_wake(pool, 1));
    pool->queued = 0;
    for (int i = 1; i < COAIO__LOOKS_AFTER; i++)
        CHECK_EQ(coaio__staff_plan_look(pool, NOW), NOW + COAIO__LOOK_SOON_NS);
    CHECK_EQ(coaio__staff_plan_look(pool, NOW), COAIO__NEVER);
}

/* A look that is due sooner is not put off. */
static void test_sooner(void)
{
    struct situation full = {"sooner", .queued = 1, .awake = 1, .parallel = 1, .stuck_after = 1000};
    struct coaio__pool *pool = set_up(&full);
    pool->looks_left = COAIO__LOOKS_AFTER;
    CHECK_EQ(coaio__staff_plan_look(pool, NOW), NOW + 1000);
    CHECK_EQ(pool->looks_left, COAIO__LOOKS_AFTER - 1);
}

int main(void)
{
    test_wants();
    test_awake();
    test_batch();
    test_trust();
    test_may_linger();
    test_lingers();
    test_looks();
    test_announcing();
    test_sooner();
    return 0;
}
