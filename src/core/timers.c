/*
 * The heap of deadlines. Each request knows its place, so that it can leave from anywhere.
 */
#include "core/timers.h"

#include <errno.h>

static void place(struct coaio__timers *timers, uint32_t index, struct coaio_req *req)
{
    timers->heap[index] = req;
    req->timer = index;
}

static void sift_up(struct coaio__timers *timers, uint32_t index, struct coaio_req *req)
{
    while (index) {
        uint32_t parent = (index - 1) / 2;
        if (timers->heap[parent]->deadline <= req->deadline)
            break;
        place(timers, index, timers->heap[parent]);
        index = parent;
    }
    place(timers, index, req);
}

static void sift_down(struct coaio__timers *timers, uint32_t index, struct coaio_req *req)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && timers->heap[child + 1]->deadline < timers->heap[child]->deadline)
            child++;
        if (req->deadline <= timers->heap[child]->deadline)
            break;
        place(timers, index, timers->heap[child]);
        index = child;
    }
    place(timers, index, req);
}

int coaio__timers_add(struct coaio__timers *timers, struct coaio__mem *mem, struct coaio_req *req)
{
    if (timers->count == timers->room) {
        uint32_t           room = timers->room ? 2 * timers->room : 16;
        struct coaio_req **heap = coaio__realloc(mem, timers->heap, room * sizeof *heap);
        if (!heap)
            return -ENOMEM;
        timers->heap = heap;
        timers->room = room;
    }
    sift_up(timers, timers->count++, req);
    return 0;
}

void coaio__timers_remove(struct coaio__timers *timers, struct coaio_req *req)
{
    uint32_t index = req->timer;
    if (index == COAIO__NO_TIMER)
        return;
    req->timer = COAIO__NO_TIMER;
    struct coaio_req *last = timers->heap[--timers->count];
    if (last == req)
        return;
    if (last->deadline < req->deadline)
        sift_up(timers, index, last);
    else
        sift_down(timers, index, last);
}

struct coaio_req *coaio__timers_expired(struct coaio__timers *timers, uint64_t now)
{
    if (coaio__timers_next(timers) > now)
        return NULL;
    struct coaio_req *req = timers->heap[0];
    coaio__timers_remove(timers, req);
    return req;
}
