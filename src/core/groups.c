/*
 * Groups: requests that wait for other requests.
 *
 * The engine's next look at the empty ones (members.h) feeds or finishes them, so that there is
 * always time to add members in callbacks.
 */
#include "core/groups.h"

#include <errno.h>

#include "core/attention.h"
#include "core/life.h"
#include "core/members.h"
#include "core/verdict.h"

/* ---- feeding and finishing ------------------------------------------------------------------- */

static void feed(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__group *group = req->args.group;
    if (group->feeding)
        return;
    bool delivering = engine->turn.delivering;
    engine->turn.delivering = true; /* a feeder is as little allowed to poll as a callback */
    engine->frames++;
    group->feeding = true;
    req->refs++; /* the feeder may cancel and release it */
    while (!engine->forked && req->args.group && group->feeder && group->count < group->limit) {
        uint32_t before = group->count;
        group->feeder(req, group->feeder_data);
        if (req->args.group && group->count == before)
            group->feeder = NULL;
    }
    if (req->args.group) {
        group->feeding = false;
        if (!group->count)
            coaio__group_sort(engine, req); /* a look during the feeder took it for a busy one */
    }
    engine->frames--;
    engine->turn.delivering = delivering;
    coaio__req_unref(engine, req);
}

static bool finishes(const struct coaio__group *group)
{
    return !group->count && !group->held_open && !group->feeding
           && (!group->feeder || !group->limit);
}

void coaio__groups_advance(coaio_engine *engine)
{
    struct coaio__link *link;
    while (!engine->forked && (link = coaio__queue_pop(&engine->queues.empty)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        coaio__queue_push(&engine->queues.groups, link);
        req->refs++;
        feed(engine, req);
        if (req->args.group && finishes(req->args.group)) {
            req->work.value = req->args.group->result;
            coaio__group_end(engine, req);
            coaio__finish(engine, req);
        } else if (req->args.group) { /* feed may have put it back among the empty ones */
            coaio__queue_remove(link);
            coaio__queue_push(&engine->queues.groups, link);
        }
        coaio__req_unref(engine, req);
    }
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static void forget_members(struct coaio__group *group)
{
    struct coaio__link *member;
    while ((member = coaio__queue_pop(&group->members)) != NULL)
        coaio__group_forget(group, coaio__member_of(member));
}

/* Members first, of all of them: a group that dies may be a member of any other. */
void coaio__groups_drop(coaio_engine *engine)
{
    struct coaio__link *link;
    while ((link = coaio__queue_pop(&engine->queues.groups)) != NULL)
        coaio__queue_push(&engine->queues.empty, link);
    for (link = engine->queues.empty.next; link != &engine->queues.empty; link = link->next)
        forget_members(coaio__req_of(link)->args.group);
    while ((link = coaio__queue_pop(&engine->queues.empty)) != NULL) {
        struct coaio_req *req = coaio__req_of(link);
        coaio__group_end(engine, req);
        coaio__timers_remove(&engine->timers, req);
        coaio__req_unref(engine, req);
    }
}

/* ---- public ---------------------------------------------------------------------------------- */

coaio_req *coaio_group(coaio_engine *engine, coaio_cb cb, void *data)
{
    return coaio_submit(engine, COAIO_GROUP, NULL, 0, cb, data);
}

/* 0 for a living group of this thread's. */
static int check(const struct coaio_req *req)
{
    if (!coaio__owned(req->engine))
        return -EPERM;
    if (req->op->info.code != COAIO_GROUP)
        return -EINVAL;
    return req->args.group ? 0 : -ENOENT;
}

/* Whether `req` is `group`, or a group that it is in, at any depth. */
static bool contains(const struct coaio_req *req, const struct coaio_req *group)
{
    while (group && group != req)
        group = group->member ? group->member->group : NULL;
    return group;
}

int coaio_group_add(coaio_req *group, coaio_req *req)
{
    int error = check(group);
    if (error)
        return error;
    if (!req)
        return -ENOMEM;
    if (req->engine != group->engine || contains(req, group))
        return -EINVAL;
    if (req->member && req->member->group)
        return -EBUSY;
    if (req->state == COAIO__DELIVERED)
        return 0;
    if (!req->member)
        req->member = coaio__calloc(&group->engine->mem, sizeof *req->member);
    if (!req->member)
        return -ENOMEM;
    req->member->req = req;
    req->member->group = group;
    coaio__queue_push(&group->args.group->members, &req->member->link);
    group->args.group->count++;
    return 0;
}

int coaio_group_hold(coaio_req *group, int open)
{
    int error = check(group);
    if (error)
        return error;
    group->args.group->held_open = open != 0;
    if (!open)
        coaio__group_sort(group->engine, group);
    coaio__settle(group->engine);
    return 0;
}

int coaio_group_cancel_subs(coaio_req *group)
{
    int error = check(group);
    if (!error)
        coaio__cancel_members(group->engine, group);
    return error;
}

int coaio_group_result(coaio_req *group, int64_t result)
{
    int error = check(group);
    if (!error)
        group->args.group->result = result;
    return error;
}

/* The group may end with what the feeder did, or does no more. */
static int feed_now(struct coaio_req *req)
{
    coaio_engine *engine = req->engine;
    req->refs++; /* the feeder may cancel and release it */
    feed(engine, req);
    if (req->args.group && !req->args.group->feeding)
        coaio__group_sort(engine, req);
    coaio__req_unref(engine, req);
    return engine->forked ? -EPERM : 0;
}

int coaio_group_feed(coaio_req *group, coaio_feeder feeder, void *data)
{
    int error = check(group);
    if (error)
        return error;
    group->args.group->feeder = feeder;
    group->args.group->feeder_data = data;
    return feed_now(group);
}

int coaio_group_limit(coaio_req *group, uint32_t limit)
{
    int error = check(group);
    if (error)
        return error;
    group->args.group->limit = limit;
    return feed_now(group);
}
