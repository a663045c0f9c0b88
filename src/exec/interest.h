/*
 * Which requests wait for which descriptor, and an epoll instance that knows as much.
 *
 * The kernel keeps one registration for each descriptor and file, armed once for the directions
 * that requests wait for: an event disarms it. It outlives its requests, so that the next one costs
 * one system call. If the last request of a descriptor is withdrawn the registration is removed:
 * the descriptor may be closed next, and its number given to another file. A registration that is
 * out of date does no harm: after each event the poller looks at the descriptor.
 *
 * All functions are called under the lock of the poller.
 */
#ifndef COAIO_EXEC_INTEREST_H
#define COAIO_EXEC_INTEREST_H

#include "exec/request.h"

/* The descriptor by which a request may wait for input, or has to wait for room; -1: it never
   does. */
static inline int coaio__end_of(const struct coaio_req *req, enum coaio__direction direction)
{
    if (direction == COAIO__INPUT && req->op->info.args[1] == COAIO_ARG_FD2)
        return req->args.fd2;
    return direction == req->op->waits_for ? req->args.fd : -1;
}

/* The direction for which a request waits. */
static inline enum coaio__direction coaio__direction_of(const struct coaio_req *req)
{
    return req->stage == COAIO__WAITING_INPUT ? COAIO__INPUT : COAIO__OUTPUT;
}

static inline bool coaio__is_waiting(const struct coaio_req *req)
{
    return req->stage == COAIO__WAITING_INPUT || req->stage == COAIO__WAITING_OUTPUT;
}

struct coaio__waited {
    /* requests: the highest priority first, equals as they came */
    struct coaio__link waiting[COAIO__DIRECTIONS];
    uint32_t armed;  /* events that the kernel will report */
    bool registered; /* the kernel knows the descriptor, or did when it was last told */
};

struct coaio__interest {
    struct coaio__mem *mem;
    int epoll;
    struct coaio__waited **page; /* by descriptor, in pages that never move */
    uint32_t pages;
};

/* 0 or -errno. The instance reports `wakeup`, too, whenever it is readable. */
int coaio__interest_open(struct coaio__interest *interest, struct coaio__mem *mem, int wakeup);
void coaio__interest_close(struct coaio__interest *interest);

/* The requests that wait for `fd`. NULL: none ever did. */
struct coaio__waited *coaio__interest_find(const struct coaio__interest *interest, int fd);

/* Have a request wait for what its stage says: after its equals, or `first`. 0, or -errno: it does
   not. -EPERM: the file cannot be polled; -ENOENT: those that wait already wait for a file that is
   not at this descriptor any more. */
int coaio__interest_add(struct coaio__interest *interest, struct coaio_req *req, bool first);

/* Tell the kernel what those who wait for `fd` wait for, if it does not know. 0 or -errno, as
   above. */
int coaio__interest_arm(struct coaio__interest *interest, int fd);

/* Take away one that waits, before the kernel has said anything. */
void coaio__interest_remove(struct coaio__interest *interest, struct coaio_req *req);

/* All queues of waiting requests, to be looked through: how many, and one of them, NULL where it
   was never used. */
uint32_t coaio__interest_queues(const struct coaio__interest *interest);
struct coaio__link *coaio__interest_queue(const struct coaio__interest *interest, uint32_t index);

#endif
