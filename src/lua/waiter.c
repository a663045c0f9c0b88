/*
 * Waiters: where they come from, what they keep alive, and the queue of those that are ready.
 */
#include "lua/waiter.h"

#include <assert.h>
#include <string.h>

#include "lua/tasks.h"

enum { CHUNK_WAITERS = 32 };

struct chunk {
    struct chunk *next;
    struct waiter waiter[CHUNK_WAITERS];
};

void coaio__waiter_enqueue(struct queue *queue, struct waiter *w)
{
    w->next = NULL;
    if (!queue->first)
        queue->first = w;
    else
        queue->last->next = w;
    queue->last = w;
    queue->count++;
}

struct waiter *coaio__waiter_dequeue(struct queue *queue)
{
    struct waiter *w = queue->first;
    if (w) {
        queue->first = w->next;
        queue->count--;
    }
    return w;
}

static void add_chunk(lua_State *L, struct state *s)
{
    struct chunk *chunk;
    uint32_t i;

    luaL_checkstack(L, 4, NULL);
    chunk = lua_newuserdatauv(L, sizeof *chunk, 0);
    memset(chunk, 0, sizeof *chunk);
    /* Only now: the allocation may have run finalizers that made requests. */
    coaio__anchors_reserve(L, &s->anchors, 1);
    coaio__anchors_keep(L, &s->anchors);
    for (i = CHUNK_WAITERS; i-- > 0;) {
        struct waiter *w = &chunk->waiter[i];
        w->state = s;
        w->next = s->free;
        s->free = w;
    }
    chunk->next = s->chunks;
    s->chunks = chunk;
}

struct waiter *coaio__waiter_spare(struct state *s)
{
    struct waiter *w = s->free;
    assert(w && w->phase == PHASE_FREE);
    s->free = w->next;
    w->next = NULL;
    w->phase = PHASE_PENDING;
    return w;
}

bool coaio__waiter_is_reserved(const struct state *s)
{
    return s->free && s->anchors.nfree >= ANCHORS;
}

void coaio__waiter_reserve(lua_State *L, struct state *s)
{
    if (coaio__waiter_is_reserved(s))
        return;
    if (!s->free)
        add_chunk(L, s);
    coaio__anchors_reserve(L, &s->anchors, ANCHORS);
}

struct waiter *coaio__waiter_new(lua_State *L, struct state *s)
{
    if (!coaio__waiter_is_reserved(s))
        coaio__waiter_reserve(L, s);
    return coaio__waiter_spare(s);
}

void coaio__waiter_anchor(lua_State *L, struct waiter *w, enum anchor which)
{
    if (w->anchor[which] == 0)
        w->anchor[which] = coaio__anchors_keep(L, &w->state->anchors);
    else
        coaio__anchors_replace(L, &w->state->anchors, w->anchor[which]);
    w->anchored = true;
}

void coaio__waiter_push_anchor(lua_State *L, struct waiter *w, enum anchor which)
{
    coaio__anchors_push(L, &w->state->anchors, w->anchor[which]);
}

void coaio__waiter_drop_anchors(lua_State *L, struct waiter *w, enum anchor from)
{
    enum anchor i;
    for (i = from; w->anchored && i < ANCHORS; i++) {
        if (w->anchor[i] != 0)
            coaio__anchors_drop(L, &w->state->anchors, w->anchor[i]);
        w->anchor[i] = 0;
    }
}

const char *coaio__waiter_name(const struct waiter *w)
{
    if (w->op)
        return w->op->name;
    return w->wait ? w->wait->name : NULL;
}

void coaio__waiter_each(struct state *s, void (*visit)(struct waiter *w, void *data), void *data)
{
    struct chunk *chunk;
    int i;
    for (chunk = s->chunks; chunk; chunk = chunk->next)
        for (i = 0; i < CHUNK_WAITERS; i++)
            if (chunk->waiter[i].phase != PHASE_FREE)
                visit(&chunk->waiter[i], data);
}

void coaio__waiter_link(struct waiter **list, struct waiter *w)
{
    assert(!w->op && !w->link);
    w->next = *list;
    if (w->next)
        w->next->link = &w->next;
    *list = w;
    w->link = list;
}

void coaio__waiter_unlink(struct waiter *w)
{
    assert(!w->op && w->link && *w->link == w);
    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
    w->link = NULL;
}

void coaio__waiter_forget(struct waiter *w)
{
    if (!w->link)
        return;
    coaio__waiter_unlink(w);
    w->subject = NULL;
}

void coaio__waiter_wake(struct waiter *w)
{
    struct state *s = w->state;
    assert(w->phase == PHASE_PENDING);
    w->phase = PHASE_READY;
    coaio__waiter_enqueue(&s->ready, w);
    if (s->watched && !s->L && s->engine)
        coaio_wakeup(s->engine);
}

void coaio__waiter_mark_spared(struct waiter *w)
{
    if (w->spared || !w->req || !w->task || !w->task->daemon)
        return;
    w->spared = true;
    w->state->nspared++;
}

void coaio__waiter_unmark_spared(struct waiter *w)
{
    assert(!w->spared || w->state->nspared > 0);
    w->state->nspared -= w->spared;
    w->spared = false;
}
