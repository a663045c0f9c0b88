/*
 * The heap of deadlines. Each request knows its place, so that it can leave from anywhere.
 */
#include "core/timers.h"

#include <errno.h>

static void place(struct coaio__timers *timers, uint32_t index, struct coaio__timer timer)
{
    timers->heap[index] = timer;
    timer.req->timer = index;
}

static void sift_up(struct coaio__timers *timers, uint32_t index, struct coaio__timer timer)
{
    while (index) {
        uint32_t parent = (index - 1) / 2;
        if (timers->heap[parent].deadline <= timer.deadline)
            break;
        place(timers, index, timers->heap[parent]);
        index = parent;
    }
    place(timers, index, timer);
}

static void sift_down(struct coaio__timers *timers, uint32_t index, struct coaio__timer timer)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count
            && timers->heap[child + 1].deadline < timers->heap[child].deadline)
            child++;
        if (timer.deadline <= timers->heap[child].deadline)
            break;
        place(timers, index, timers->heap[child]);
        index = child;
    }
    place(timers, index, timer);
}

static int make_room(struct coaio__timers *timers, struct coaio__mem *mem)
{
    if (timers->count < timers->room)
        return 0;
    uint32_t room = timers->room ? 2 * timers->room : 16;
    struct coaio__timer *heap = coaio__realloc(mem, timers->heap, room * sizeof *heap);
    if (!heap)
        return -ENOMEM;
    timers->heap = heap;
    timers->room = room;
    return 0;
}

int coaio__timers_set(struct coaio__timers *timers, struct coaio__mem *mem, struct coaio_req *req,
                      uint64_t deadline)
{
    bool needs_room = deadline != COAIO__NEVER && req->timer == COAIO__NO_TIMER;
    if (needs_room && make_room(timers, mem) < 0)
        return -ENOMEM;
    coaio__timers_remove(timers, req);
    if (deadline != COAIO__NEVER)
        sift_up(timers, timers->count++, (struct coaio__timer){.deadline = deadline, .req = req});
    return 0;
}

void coaio__timers_remove(struct coaio__timers *timers, struct coaio_req *req)
{
    uint32_t index = req->timer;
    if (index == COAIO__NO_TIMER)
        return;
    uint64_t deadline = timers->heap[index].deadline;
    req->timer = COAIO__NO_TIMER;
    struct coaio__timer last = timers->heap[--timers->count];
    if (last.req == req)
        return;
    if (last.deadline < deadline)
        sift_up(timers, index, last);
    else
        sift_down(timers, index, last);
}

struct coaio_req *coaio__timers_expired(struct coaio__timers *timers, uint64_t now)
{
    if (coaio__timers_next(timers) > now)
        return NULL;
    struct coaio_req *req = timers->heap[0].req;
    coaio__timers_remove(timers, req);
    return req;
}
