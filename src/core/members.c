/*
 * Who is in a group, and in which of the engine's two queues the group is.
 */
#include "core/members.h"

#include <assert.h>
#include <errno.h>

#include "core/attention.h"

enum { LIMIT_DEFAULT = 2 };

int coaio__group_init(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__group *group = coaio__calloc(&engine->mem, sizeof *group);
    if (!group)
        return -ENOMEM;
    coaio__queue_init(&group->members);
    group->limit = LIMIT_DEFAULT;
    req->args.group = group;
    return 0;
}

void coaio__group_start(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state == COAIO__PARKED && req->args.group);
    coaio__queue_push(&engine->queues.empty, &req->link);
    coaio__call_owner(engine);
}

void coaio__group_sort(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->state == COAIO__PARKED && req->args.group);
    struct coaio__group *group = req->args.group;
    coaio__queue_remove(&req->link);
    if (group->count == 0 || (group->feeder && group->count < group->limit))
        coaio__group_start(engine, req);
    else
        coaio__queue_push(&engine->queues.groups, &req->link);
}

void coaio__group_end(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->args.group && !req->args.group->count);
    coaio__queue_remove(&req->link);
    coaio__free(&engine->mem, req->args.group);
    req->args.group = NULL;
}

void coaio__group_forget(struct coaio__group *group, struct coaio__member *member)
{
    assert(member->group && group->count > 0);
    coaio__queue_remove(&member->link);
    member->group = NULL;
    group->count--;
}

void coaio__group_left(coaio_engine *engine, struct coaio_req *req)
{
    if (!req->member || !req->member->group)
        return;
    struct coaio_req *group_req = req->member->group;
    struct coaio__group *group = group_req->args.group;
    coaio__group_forget(group, req->member);
    if (group->count == 0 || (group->feeder && group->count < group->limit))
        coaio__group_sort(engine, group_req);
}
