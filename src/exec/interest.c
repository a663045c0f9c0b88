/*
 * Requests by descriptor, and the registrations of an epoll instance. See interest.h.
 */
#include "exec/interest.h"

#ifdef __linux__

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/policy.h"

static const uint32_t events_of[COAIO__DIRECTIONS] = {
    [COAIO__INPUT] = EPOLLIN, [COAIO__OUTPUT] = EPOLLOUT};

/* ---- the table ------------------------------------------------------------------------------- */

int coaio__interest_open(struct coaio__interest *interest, struct coaio__mem *mem, int wakeup)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = wakeup};

    *interest = (struct coaio__interest){.mem = mem, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (interest->epoll < 0)
        return -errno;
    if (epoll_ctl(interest->epoll, EPOLL_CTL_ADD, wakeup, &event) < 0) {
        int error = errno;
        close(interest->epoll);
        return -error;
    }
    return 0;
}

void coaio__interest_close(struct coaio__interest *interest)
{
    for (uint32_t i = 0; i < interest->pages; i++)
        coaio__free(interest->mem, interest->page[i]);
    coaio__free(interest->mem, interest->page);
    close(interest->epoll);
}

struct coaio__waited *coaio__interest_find(const struct coaio__interest *interest, int fd)
{
    uint32_t page = (uint32_t)fd / COAIO__INTEREST_PAGE;

    if (fd < 0 || page >= interest->pages || !interest->page[page])
        return NULL;
    return &interest->page[page][fd % COAIO__INTEREST_PAGE];
}

uint32_t coaio__interest_queues(const struct coaio__interest *interest)
{
    return interest->pages * COAIO__INTEREST_PAGE * COAIO__DIRECTIONS;
}

struct coaio__link *coaio__interest_queue(const struct coaio__interest *interest, uint32_t index)
{
    struct coaio__waited *waited = coaio__interest_find(interest, (int)(index / COAIO__DIRECTIONS));

    return waited ? &waited->waiting[index % COAIO__DIRECTIONS] : NULL;
}

static int make_room(struct coaio__interest *interest, uint32_t page)
{
    uint32_t pages = 2 * interest->pages > page ? 2 * interest->pages : page + 1;
    struct coaio__waited **more;

    if (page < interest->pages)
        return 0;
    more = coaio__realloc(interest->mem, interest->page, pages * sizeof *more);
    if (!more)
        return -ENOMEM;
    memset(more + interest->pages, 0, (pages - interest->pages) * sizeof *more);
    interest->page = more;
    interest->pages = pages;
    return 0;
}

static int make_page(struct coaio__interest *interest, uint32_t page)
{
    struct coaio__waited *waited;

    if (make_room(interest, page) < 0)
        return -ENOMEM;
    if (interest->page[page])
        return 0;
    waited = coaio__calloc(interest->mem, COAIO__INTEREST_PAGE * sizeof *waited);
    if (!waited)
        return -ENOMEM;
    for (int i = 0; i < COAIO__INTEREST_PAGE; i++)
        for (int direction = 0; direction < COAIO__DIRECTIONS; direction++)
            coaio__queue_init(&waited[i].waiting[direction]);
    interest->page[page] = waited;
    return 0;
}

/* ---- the kernel ------------------------------------------------------------------------------ */

static uint32_t wanted(const struct coaio__waited *waited)
{
    uint32_t events = 0;

    for (int direction = 0; direction < COAIO__DIRECTIONS; direction++)
        if (!coaio__queue_empty(&waited->waiting[direction]))
            events |= events_of[direction];
    return events;
}

static int tell_kernel(struct coaio__interest *interest, struct coaio__waited *waited, int fd)
{
    struct epoll_event event = {.events = wanted(waited) | EPOLLONESHOT, .data.fd = fd};

    if (epoll_ctl(interest->epoll, waited->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event)
        < 0) {
        waited->registered = errno == EEXIST;
        waited->armed = 0;
        return -errno;
    }
    waited->registered = true;
    waited->armed = wanted(waited);
    return 0;
}

int coaio__interest_arm(struct coaio__interest *interest, int fd)
{
    struct coaio__waited *waited = coaio__interest_find(interest, fd);
    int error;

    if (!waited || !(wanted(waited) & ~waited->armed))
        return 0;
    error = tell_kernel(interest, waited, fd);
    return error == -EEXIST ? tell_kernel(interest, waited, fd)
                            : error; /* it was registered after all */
}

/* ---- who waits ------------------------------------------------------------------------------- */

/* From the end where its place is likely to be: thousands may wait for one descriptor. */
static void insert(struct coaio__link *queue, struct coaio_req *req, bool first)
{
    struct coaio__link *before = queue->prev, *after = queue->next;

    if (!first) {
        while (before != queue && coaio__req_of(before)->priority < req->priority)
            before = before->prev;
        coaio__queue_push(before->next, &req->link);
        return;
    }
    while (after != queue && coaio__req_of(after)->priority > req->priority)
        after = after->next;
    coaio__queue_push(after, &req->link);
}

static bool is_alone(const struct coaio__waited *waited, const struct coaio_req *req)
{
    for (int direction = 0; direction < COAIO__DIRECTIONS; direction++) {
        const struct coaio__link *queue = &waited->waiting[direction];
        if (!coaio__queue_empty(queue) && (queue->next != &req->link || queue->prev != &req->link))
            return false;
    }
    return true;
}

/* The kernel is asked even where it knows: so that a file that is gone is noticed. */
int coaio__interest_add(struct coaio__interest *interest, struct coaio_req *req, bool first)
{
    enum coaio__direction direction = coaio__direction_of(req);
    int fd = coaio__end_of(req, direction), error;
    struct coaio__waited *waited;

    if (fd < 0)
        return -EBADF;
    if (make_page(interest, (uint32_t)fd / COAIO__INTEREST_PAGE) < 0)
        return -ENOMEM;
    waited = coaio__interest_find(interest, fd);
    insert(&waited->waiting[direction], req, first);
    error = tell_kernel(interest, waited, fd);
    if (error == -EEXIST || (error == -ENOENT && is_alone(waited, req)))
        error = tell_kernel(interest, waited, fd);
    if (error)
        coaio__queue_remove(&req->link);
    return error;
}

void coaio__interest_remove(struct coaio__interest *interest, struct coaio_req *req)
{
    int fd = coaio__end_of(req, coaio__direction_of(req));
    struct coaio__waited *waited = coaio__interest_find(interest, fd);
    struct epoll_event event = {.events = 0};

    coaio__queue_remove(&req->link);
    if (wanted(waited))
        return;
    if (waited->registered)
        (void)epoll_ctl(interest->epoll, EPOLL_CTL_DEL, fd, &event);
    waited->registered = false;
    waited->armed = 0;
}

#endif
