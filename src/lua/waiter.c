/*
 * Waiters: where they come from, what they keep alive, and the queue of those that are ready.
 */
#include "lua/waiter.h"

#include <string.h>

#include "lua/buffer.h"
#include "lua/file.h"
#include "lua/outcome.h"

enum { CHUNK_WAITERS = 32 };

struct chunk {
    struct chunk *next;
    struct waiter waiter[CHUNK_WAITERS];
};

void coaio__waiter_enqueue(struct queue *queue, struct waiter *w)
{
    w->next = NULL;
    if (queue->first == NULL)
        queue->first = w;
    else
        queue->last->next = w;
    queue->last = w;
    queue->count++;
}

struct waiter *coaio__waiter_dequeue(struct queue *queue)
{
    struct waiter *w = queue->first;
    if (w != NULL) {
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
    chunk = lua_newuserdatauv(L, sizeof(*chunk), 0);
    memset(chunk, 0, sizeof(*chunk));
    coaio__slots_reserve(L, &s->anchors, 1); /* only now: the allocation may have run finalizers that made requests */
    coaio__slots_keep(L, &s->anchors);
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
    s->free = w->next;
    w->next = NULL;
    w->phase = PHASE_PENDING;
    return w;
}

bool coaio__waiter_is_reserved(const struct state *s)
{
    return s->free != NULL && s->anchors.nfree >= ANCHORS;
}

void coaio__waiter_reserve(lua_State *L, struct state *s)
{
    if (coaio__waiter_is_reserved(s))
        return;
    if (s->free == NULL)
        add_chunk(L, s);
    coaio__slots_reserve(L, &s->anchors, ANCHORS);
}

struct waiter *coaio__waiter_new(lua_State *L, struct state *s)
{
    coaio__waiter_reserve(L, s);
    return coaio__waiter_spare(s);
}

void coaio__waiter_anchor(lua_State *L, struct waiter *w, enum anchor which)
{
    if (w->anchor[which] == 0)
        w->anchor[which] = coaio__slots_keep(L, &w->state->anchors);
    else
        coaio__slots_replace(L, &w->state->anchors, w->anchor[which]);
    w->anchored = true;
}

void coaio__waiter_push_anchor(lua_State *L, struct waiter *w, enum anchor which)
{
    coaio__slots_push(L, &w->state->anchors, w->anchor[which]);
}

static void drop_anchors(lua_State *L, struct waiter *w, enum anchor from)
{
    enum anchor i;
    for (i = from; w->anchored && i < ANCHORS; i++) {
        if (w->anchor[i] != 0)
            coaio__slots_drop(L, &w->state->anchors, w->anchor[i]);
        w->anchor[i] = 0;
    }
}

const char *coaio__waiter_name(const struct waiter *w)
{
    return w->op != NULL ? w->op->name : w->name;
}

void coaio__waiter_give_back(lua_State *L, struct waiter *w)
{
    struct file *file = w->file, *file2 = w->file2;
    w->file = w->file2 = NULL;
    drop_anchors(L, w, ANCHOR_HANDLE);
    if (w->block != NULL)
        coaio__block_give_back(w->block);
    w->block = NULL;
    if (file != NULL)
        coaio__file_give_back(w->state, file);
    if (file2 != NULL)
        coaio__file_give_back(w->state, file2);
}

static void drop_request(struct waiter *w)
{
    if (w->makes_fd && !w->taken && coaio_result(w->req) >= 0)
        coaio__state_close_fd(w->state, (int)coaio_result(w->req));
    coaio_unref(w->req);
}

void coaio__waiter_release(lua_State *L, struct waiter *w)
{
    struct state *s = w->state;
    struct task *left = w->op == NULL && w->joined == NULL ? w->subject : NULL;
    uint32_t generation = w->generation;

    if (w->phase == PHASE_BUILDING)
        s->building--;
    if (w->flushes)
        s->nflushes--;
    if (w->op != NULL && (w->file != NULL || w->file2 != NULL || w->block != NULL))
        coaio__waiter_give_back(L, w);
    drop_anchors(L, w, ANCHOR_THREAD);
    if (w->owned && w->req != NULL)
        drop_request(w);
    memset(w, 0, sizeof(*w));
    w->state = s;
    w->generation = generation + 1;
    w->next = s->free;
    s->free = w;
    if (left != NULL)
        coaio__outcome_left(L, left);
}

void coaio__waiter_each(struct state *s, void (*visit)(struct waiter *w, void *data), void *data)
{
    struct chunk *chunk;
    int i;
    for (chunk = s->chunks; chunk != NULL; chunk = chunk->next)
        for (i = 0; i < CHUNK_WAITERS; i++)
            if (chunk->waiter[i].phase != PHASE_FREE)
                visit(&chunk->waiter[i], data);
}

void coaio__waiter_wake(struct waiter *w)
{
    struct state *s = w->state;
    w->phase = PHASE_READY;
    coaio__waiter_enqueue(&s->ready, w);
    if (s->watched && s->L == NULL && s->engine != NULL)
        coaio_wakeup(s->engine);
}
