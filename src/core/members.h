/*
 * The members of groups. A group is parked, in one of two queues of its engine: `groups` while it
 * has members, `empty` while it has none, or fewer than its feeder may make. A member is over when
 * it was delivered; it does not keep its group alive, nor the group its members.
 */
#ifndef COAIO_CORE_MEMBERS_H
#define COAIO_CORE_MEMBERS_H

#include "core/core.h"

struct coaio__group {
    struct coaio__link members;
    coaio_feeder feeder;
    void *feeder_data;
    int64_t result;
    uint32_t count, limit;
    bool held_open;
    bool feeding;
};

struct coaio__member {
    struct coaio__link link; /* among its group's members */
    struct coaio_req *req;
    struct coaio_req *group; /* NULL: it left */
};

static inline struct coaio__member *coaio__member_of(struct coaio__link *link)
{
    return (struct coaio__member *)((char *)link - offsetof(struct coaio__member, link));
}

int coaio__group_init(coaio_engine *engine, struct coaio_req *group); /* 0 or -ENOMEM */

/* Park the group among the empty ones, which the engine looks at soon. */
void coaio__group_start(coaio_engine *engine, struct coaio_req *group);

/* Move the group to the queue where it belongs. */
void coaio__group_sort(coaio_engine *engine, struct coaio_req *group);

/* The group is parked no longer, and has no members any more. */
void coaio__group_end(coaio_engine *engine, struct coaio_req *group);

/* The member leaves the group, whatever becomes of it. */
void coaio__group_forget(struct coaio__group *group, struct coaio__member *member);

/* A request is over: it leaves its group, if it is in one. */
void coaio__group_left(coaio_engine *engine, struct coaio_req *req);

#endif
