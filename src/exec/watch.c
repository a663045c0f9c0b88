/*
 * The watch's thread, which sleeps until the nearer of the alarm and the next look.
 *
 * Lock order: the watch holds no lock while it takes a look, and its callers hold none that a look
 * takes; but around fork(2) the watch's lock is taken first (core/fork.c).
 */
#include "exec/watch.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <uv.h>

#include "base/clock.h"

struct entry {
    coaio__look *look;
    void *data;
};

struct coaio__watch {
    uv_mutex_t lock; /* guards all below */
    uv_cond_t changed;
    uv_thread_t thread;
    struct coaio__returns *returns;
    struct entry entry[COAIO__LOOKS_MAX];
    int entries;
    uint64_t alarm;       /* when to wake the owner */
    uint64_t look;        /* when to take all looks */
    _Atomic bool started; /* read without the lock */
    bool stop;
};

int coaio__watch_new(struct coaio__watch **out, struct coaio__returns *returns)
{
    struct coaio__watch *watch = coaio__calloc(&returns->mem, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    if (uv_mutex_init(&watch->lock)) {
        coaio__free(&returns->mem, watch);
        return -ENOMEM;
    }
    if (uv_cond_init(&watch->changed)) {
        uv_mutex_destroy(&watch->lock);
        coaio__free(&returns->mem, watch);
        return -ENOMEM;
    }
    watch->returns = coaio__returns_ref(returns);
    watch->alarm = watch->look = COAIO__NEVER;
    *out = watch;
    return 0;
}

void coaio__watch_forget(struct coaio__watch *watch)
{
    struct coaio__returns *returns = watch->returns;
    coaio__free(&returns->mem, watch);
    coaio__returns_unref(returns);
}

void coaio__watch_free(struct coaio__watch *watch)
{
    uv_mutex_lock(&watch->lock);
    watch->stop = true;
    uv_cond_signal(&watch->changed);
    uv_mutex_unlock(&watch->lock);
    if (watch->started)
        uv_thread_join(&watch->thread);
    uv_cond_destroy(&watch->changed);
    uv_mutex_destroy(&watch->lock);
    coaio__watch_forget(watch);
}

void coaio__watch_add(struct coaio__watch *watch, coaio__look *look, void *data)
{
    assert(watch->entries < COAIO__LOOKS_MAX && !watch->started);
    watch->entry[watch->entries++] = (struct entry){look, data};
}

/* Lock held on entry and return, and dropped meanwhile. */
static void take_looks(struct coaio__watch *watch, uint64_t now)
{
    watch->look = COAIO__NEVER;
    uv_mutex_unlock(&watch->lock);
    uint64_t next = COAIO__NEVER;
    for (int i = 0; i < watch->entries; i++) {
        uint64_t at = watch->entry[i].look(watch->entry[i].data, now);
        next = at < next ? at : next;
    }
    uv_mutex_lock(&watch->lock);
    if (next < watch->look) /* else a caller asked for an earlier one meanwhile */
        watch->look = next;
}

static void watch_main(void *argument)
{
    struct coaio__watch *watch = argument;
    uv_mutex_lock(&watch->lock);
    while (!watch->stop) {
        uint64_t now = coaio__now();
        if (watch->alarm <= now) {
            watch->alarm = COAIO__NEVER;
            coaio__returns_wake(watch->returns);
        }
        if (watch->look <= now)
            take_looks(watch, now);
        uint64_t next = watch->alarm < watch->look ? watch->alarm : watch->look;
        if (watch->stop)
            break;
        if (next == COAIO__NEVER)
            uv_cond_wait(&watch->changed, &watch->lock);
        else if (next > now)
            (void)uv_cond_timedwait(&watch->changed, &watch->lock, next - now);
    }
    uv_mutex_unlock(&watch->lock);
}

/* Lock held. If no thread can be started everything works but for what the watch is for. */
static void start(struct coaio__watch *watch)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&watch->started, !uv_thread_create(&watch->thread, watch_main, watch));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Lock held. Has the thread get up earlier than it planned. */
static void hurry(struct coaio__watch *watch)
{
    if (watch->started)
        uv_cond_signal(&watch->changed);
    else
        start(watch);
}

bool coaio__watch_look_at(struct coaio__watch *watch, uint64_t when)
{
    uv_mutex_lock(&watch->lock);
    bool earlier = when < watch->look;
    if (earlier)
        watch->look = when;
    if (earlier || (!watch->started && when != COAIO__NEVER))
        hurry(watch);
    bool will = watch->started || when == COAIO__NEVER;
    uv_mutex_unlock(&watch->lock);
    return will;
}

bool coaio__watch_runs(const struct coaio__watch *watch)
{
    return atomic_load(&watch->started);
}

bool coaio__watch_alarm(struct coaio__watch *watch, uint64_t deadline)
{
    uv_mutex_lock(&watch->lock);
    bool earlier = deadline < watch->alarm; /* a later one is seen at the old time */
    watch->alarm = deadline;
    if (earlier)
        hurry(watch);
    bool started = watch->started;
    if (!started)
        watch->alarm = COAIO__NEVER;
    uv_mutex_unlock(&watch->lock);
    return started;
}

void coaio__watch_hold(struct coaio__watch *watch)
{
    uv_mutex_lock(&watch->lock);
}

void coaio__watch_release(struct coaio__watch *watch)
{
    uv_mutex_unlock(&watch->lock);
}
