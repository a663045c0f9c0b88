/*
 * Verdicts: a request that is cancelled or timed out.
 *
 * A verdict overrules whatever the operation makes. It is carried out at once when that is safe:
 * when the operation has not started, is over already, or can be left to itself because it uses no
 * memory of the caller's. Otherwise the request waits for its operation and takes the verdict then.
 *
 * A group that gets a verdict gives one to its members, which may be groups: the one recursion of
 * the core is here.
 */
#include "core/verdict.h"

#include <assert.h>
#include <errno.h>

#include "core/held.h"
#include "core/life.h"
#include "core/members.h"
#include "core/orphans.h"

static void abandon_held(coaio_engine *engine, struct coaio_req *req, int verdict)
{
    assert(req->held);
    struct coaio__executor *executor = coaio__holder(engine, req);
    if (coaio__withdraw(engine, req)) {
        coaio__finish_unstarted(engine, req, verdict);
        return;
    }
    req->verdict = verdict;
    executor->class->interrupt(executor, req);
    if (!coaio__req_borrows(req) && coaio__orphan_add(engine, req) == 0)
        coaio__finish(engine, req);
}

static struct coaio_req *first_member(const struct coaio_req *req)
{
    const struct coaio__link *members = &req->args.group->members;
    return coaio__queue_empty(members) ? NULL : coaio__member_of(members->next)->req;
}

static bool has_members(const struct coaio_req *req)
{
    return req->op->info.code == COAIO_GROUP && req->args.group && req->args.group->count;
}

/* Groups in groups first, so that each has none left when it is abandoned: however deep they are,
   the stack is not. */
static void stop_group(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio_req *group = req, *member;
    while ((member = first_member(group)) != NULL || group != req) {
        group->args.group->feeder = NULL;
        if (member && has_members(member)) {
            group = member;
            continue;
        }
        if (!member) {
            member = group;
            group = member->member->group;
        }
        coaio__group_forget(group->args.group, member->member);
        coaio__abandon(engine, member, -ECANCELED);
    }
    coaio__group_end(engine, req);
}

void coaio__abandon(coaio_engine *engine, struct coaio_req *req, int verdict)
{
    bool sleeps = req->state == COAIO__PARKED
                  && req->op->info.code == COAIO_SLEEP; /* it has one from the start */
    if (req->verdict && !sleeps)
        return;
    switch ((enum coaio__state)req->state) {
    case COAIO__READY:
        coaio__unready(engine, req);
        coaio__finish_unstarted(engine, req, verdict);
        break;
    case COAIO__PARKED:
        if (req->op->info.code == COAIO_GROUP)
            stop_group(engine, req);
        coaio__queue_remove(&req->link);
        coaio__finish_unstarted(engine, req, verdict);
        break;
    case COAIO__HELD: abandon_held(engine, req, verdict); break;
    case COAIO__DONE:
        coaio__req_drop_work(req, &engine->mem);
        req->verdict = verdict;
        break;
    case COAIO__DELIVERED: break;
    }
}

void coaio__reprioritize(coaio_engine *engine, struct coaio_req *req, int8_t priority)
{
    if (req->state == COAIO__PARKED) { /* it counts when it is done, or ready */
        req->priority = priority;
        return;
    }
    if (req->state == COAIO__READY) {
        coaio__unready(engine, req);
    } else if (req->state != COAIO__HELD || !coaio__withdraw(engine, req)) {
        return;
    }
    req->priority = priority;
    coaio__enqueue(engine, req);
}

void coaio__cancel_members(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__group *group = req->args.group;
    struct coaio__link taken, *link;
    group->feeder = NULL;
    coaio__queue_init(&taken);
    while ((link = coaio__queue_pop(&group->members)) != NULL)
        coaio__queue_push(&taken, link);
    while ((link = coaio__queue_pop(&taken)) != NULL) {
        coaio__queue_push(&group->members, link); /* it stays a member until it was delivered */
        coaio__abandon(engine, coaio__member_of(link)->req, -ECANCELED);
    }
}
