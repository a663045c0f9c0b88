/*
 * Intrusive queues: a ring of links with the queue itself as its head. A link is in one queue at a
 * time, or in none, and can leave from anywhere.
 */
#ifndef COAIO_BASE_QUEUE_H
#define COAIO_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coaio__link {
    struct coaio__link *prev, *next;
};

static inline void coaio__queue_init(struct coaio__link *queue)
{
    queue->prev = queue->next = queue;
}

static inline bool coaio__queue_empty(const struct coaio__link *queue)
{
    return queue->next == queue;
}

static inline void coaio__queue_push(struct coaio__link *queue, struct coaio__link *link)
{
    link->prev = queue->prev;
    link->next = queue;
    queue->prev->next = link;
    queue->prev = link;
}

static inline void coaio__queue_remove(struct coaio__link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    coaio__queue_init(link);
}

static inline struct coaio__link *coaio__queue_pop(struct coaio__link *queue)
{
    struct coaio__link *first = queue->next;
    if (first == queue)
        return NULL;
    coaio__queue_remove(first);
    return first;
}

/* Nine queues, one per priority, -4..4. */
enum { COAIO__PRI_MIN = -4, COAIO__PRI_MAX = 4, COAIO__PRI_COUNT = 9 };

struct coaio__priq {
    struct coaio__link queue[COAIO__PRI_COUNT];
    uint32_t used; /* bit p is set when queue[p] may have members */
};

static inline void coaio__priq_init(struct coaio__priq *priq)
{
    for (int p = 0; p < COAIO__PRI_COUNT; p++)
        coaio__queue_init(&priq->queue[p]);
    priq->used = 0;
}

static inline void coaio__priq_push(struct coaio__priq *priq, struct coaio__link *link,
                                    int priority)
{
    int p = priority - COAIO__PRI_MIN;
    coaio__queue_push(&priq->queue[p], link);
    priq->used |= 1u << p;
}

/* Before all others of its priority. */
static inline void coaio__priq_push_front(struct coaio__priq *priq, struct coaio__link *link,
                                          int priority)
{
    int p = priority - COAIO__PRI_MIN;
    coaio__queue_push(priq->queue[p].next, link);
    priq->used |= 1u << p;
}

/* The oldest link of the highest priority, NULL when there is none. */
static inline struct coaio__link *coaio__priq_first(struct coaio__priq *priq)
{
    while (priq->used) {
        int p = 31 - __builtin_clz(priq->used);
        if (!coaio__queue_empty(&priq->queue[p]))
            return priq->queue[p].next;
        priq->used &= ~(1u << p); /* emptied by removals */
    }
    return NULL;
}

/* The same of what is below a priority, up to one above the highest. */
static inline struct coaio__link *coaio__priq_below(struct coaio__priq *priq, int priority)
{
    uint32_t below = priq->used & ((1u << (priority - COAIO__PRI_MIN)) - 1);
    while (below) {
        int p = 31 - __builtin_clz(below);
        if (!coaio__queue_empty(&priq->queue[p]))
            return priq->queue[p].next;
        below &= ~(1u << p);
    }
    return NULL;
}

static inline struct coaio__link *coaio__priq_pop(struct coaio__priq *priq)
{
    struct coaio__link *first = coaio__priq_first(priq);
    if (first)
        coaio__queue_remove(first);
    return first;
}

#endif
