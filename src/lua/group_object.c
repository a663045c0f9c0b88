/*
 * Groups are request objects; the core's groups do the counting.
 *
 * A member is done when its callback has ended, which may be long after the core has delivered it:
 * while a callback runs, a held-open group of the core, made for that, stays in its place. Feeders
 * run in a coroutine of their own where nothing can yield: the core is on the C stack. Groups wait
 * for others only, so they do not count as something that keeps the loop busy: tasks that wait for
 * a group that nobody closes are a deadlock.
 */
#include "lua/group_object.h"

#include <errno.h>
#include <limits.h>

#include "lua/call.h"
#include "lua/holds.h"
#include "lua/report.h"
#include "lua/resume.h"
#include "lua/task.h"

static struct request *check_group(lua_State *L)
{
    struct request *group = coaio__request_check(L);
    if (group->op->code != COAIO_GROUP)
        luaL_argerror(L, 1, "not a group");
    return group;
}

static coaio_req *check_unfinished(lua_State *L)
{
    struct request *group = check_group(L);
    coaio_req *req = group->waiter != NULL ? coaio__request_live(group) : NULL;
    if (req == NULL || coaio_result(req) != -EINPROGRESS)
        luaL_error(L, "the group is finished");
    return req;
}

/* ---- its life -------------------------------------------------------------------------------- */

void coaio__group_begins(struct request *group)
{
    group->state->ngroups++;
}

int coaio__group_finished(lua_State *L, struct request *group, int place)
{
    int i, n, table;
    group->feeder = NULL;
    if (coaio_result(group->req) < 0)
        return -1;
    if (lua_getiuservalue(L, place, VALUE_RESULTS) != LUA_TTABLE) {
        lua_pop(L, 1);
        return -1;
    }
    table = lua_gettop(L);
    lua_getfield(L, table, "n");
    n = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    luaL_checkstack(L, n, "too many results");
    for (i = 1; i <= n; i++)
        lua_rawgeti(L, table, i);
    lua_remove(L, table);
    return n;
}

void coaio__group_close(struct request *group)
{
    coaio_req *req = group->open ? coaio__request_live(group) : NULL;
    group->open = false;
    if (req != NULL)
        coaio_group_hold(req, 0);
}

/* ---- members --------------------------------------------------------------------------------- */

void coaio__group_stay(lua_State *L, struct request *member)
{
    struct request *group = member->parent;
    struct state *s = member->state;
    coaio_req *req = group != NULL ? coaio__request_live(group) : NULL;
    struct waiter *w;

    if (req == NULL || member->stay != NULL)
        return;
    w = coaio__waiter_new(L, s);
    w->op = group->op;
    w->wakes = WAKES_NOBODY;
    w->req = coaio_group(s->engine, coaio__resume_completed, w);
    if (w->req == NULL) {
        coaio__waiter_release(L, w);
        luaL_error(L, "not enough memory");
    }
    s->ngroups++;
    if (coaio_group_add(req, w->req) == 0) {
        coaio_group_hold(w->req, 1);
        member->stay = coaio_ref(w->req);
    }
}

void coaio__group_leave(struct request *member)
{
    coaio_req *stay = member->stay;
    member->stay = NULL;
    if (stay == NULL || member->state->engine == NULL)
        return;
    if (member->epoch == member->state->epoch)
        coaio_group_hold(stay, 0);
    coaio_unref(stay);
}

static struct request *check_member(lua_State *L, const struct request *group, int index)
{
    struct request *member = luaL_checkudata(L, index, "coaio.request");
    const struct request *above;
    for (above = group; above != NULL; above = above->parent)
        luaL_argcheck(L, above != member, index, "a group cannot contain itself");
    luaL_argcheck(
        L, member->parent == NULL || member->parent == group || member->task->status >= TASK_DONE,
        index, "the request is in another group");
    return member;
}

/* The request that is to be in the core's group. NULL: something has to stay there instead, because
   its callback runs already, or because it is a close, which may wait for other requests and must
   not be cancelled with the group. */
static coaio_req *member_of(const struct request *request)
{
    bool may_be = request->waiter != NULL && request->op->code != COAIO_CLOSE;
    return may_be ? coaio__request_live(request) : NULL;
}

static void add(lua_State *L, coaio_req *group_req, struct request *group, int index)
{
    struct request *member = lua_touserdata(L, index);
    coaio_req *req = member_of(member);
    int error;

    if (member->parent == group || member->task->status >= TASK_DONE)
        return;
    error = req != NULL ? coaio_group_add(group_req, req) : 0;
    if (error < 0)
        luaL_error(L, "cannot add to the group: %s", coaio_strerror(-error));
    member->parent = group;
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, index, VALUE_PARENT);
    if (req == NULL)
        coaio__group_stay(L, member);
}

/* add(request...) -> its arguments */
static int group_add(lua_State *L)
{
    coaio_req *req = check_unfinished(L);
    struct request *group = lua_touserdata(L, 1);
    int i, n = lua_gettop(L);
    luaL_checkstack(L, 4, NULL);
    for (i = 2; i <= n; i++)
        check_member(L, group, i);
    for (i = 2; i <= n; i++)
        add(L, req, group, i);
    return n - 1;
}

/* cancel_subs(): cancel the members, drop the feeder; the group then finishes. */
static int group_cancel_subs(lua_State *L)
{
    coaio_req *req = coaio__request_live(check_group(L));
    if (req != NULL)
        coaio_group_cancel_subs(req);
    lua_settop(L, 1);
    return 1;
}

/* ---- results --------------------------------------------------------------------------------- */

static int group_result(lua_State *L)
{
    coaio_req *req = check_unfinished(L);
    int i, n = lua_gettop(L) - 1;
    lua_createtable(L, n, 1);
    lua_insert(L, 2);
    lua_pushinteger(L, n);
    lua_setfield(L, 2, "n");
    for (i = n; i >= 1; i--)
        lua_rawseti(L, 2, i);
    lua_setiuservalue(L, 1, VALUE_RESULTS);
    coaio_group_result(req, 0);
    coaio__group_close(lua_touserdata(L, 1));
    return 1;
}

/* errno(number): the group will have failed, or not (0). */
static int group_errno(lua_State *L)
{
    coaio_req *req = check_unfinished(L);
    lua_Integer error = luaL_checkinteger(L, 2);
    luaL_argcheck(L, error >= 0 && error < 4096, 2, "not the number of an error");
    coaio_group_result(req, -error);
    lua_settop(L, 1);
    return 1;
}

static int group_close(lua_State *L)
{
    coaio__group_close(check_group(L));
    lua_settop(L, 1);
    return 1;
}

/* ---- feeding --------------------------------------------------------------------------------- */

/* In the feeder's coroutine: called as C calls, so that nothing in it can yield. */
static int call_feeder(lua_State *L)
{
    lua_call(L, 1, 0);
    return 0;
}

static void feeder_failed(struct state *s, coaio_req *req, lua_State *co)
{
    coaio_group_feed(req, NULL, NULL);
    coaio__report(s->L != NULL ? s->L : s->main, s, co, NULL);
}

/* The coroutine keeps feeder and group at the bottom of its stack. It may give the group another
   feeder, so while it runs the stack of whoever calls keeps it alive. */
static void feed(coaio_req *req, void *data)
{
    struct request *group = data;
    struct state *s = group->state;
    struct task *current = s->current;
    lua_State *co = group->feeder, *caller = s->L != NULL ? s->L : s->main;
    int n = 0, status;

    if (co == NULL || !lua_checkstack(caller, 1))
        return;
    lua_pushthread(co);
    lua_xmove(co, caller, 1);
    lua_pushcfunction(co, call_feeder);
    lua_pushvalue(co, 1);
    lua_pushvalue(co, 2);
    s->current = NULL;
    status = lua_resume(co, caller, 2, &n);
    s->current = current;
    if (status == LUA_OK) {
        lua_settop(co, 2);
    } else {
        group->feeder = NULL;
        feeder_failed(s, req, co);
    }
    lua_pop(caller, 1);
}

/* feed(fn): call fn(group) now, and whenever there are fewer members than the limit. One that adds
   none is dropped. */
static int group_feed(lua_State *L)
{
    coaio_req *req = check_unfinished(L);
    struct request *group = lua_touserdata(L, 1);

    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    coaio_group_feed(req, NULL, NULL);
    group->feeder = NULL;
    if (!lua_isnil(L, 2)) {
        lua_State *co = lua_newthread(L);
        lua_setiuservalue(L, 1, VALUE_THREAD);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 1);
        lua_xmove(L, co, 2);
        group->feeder = co;
        coaio_group_feed(req, feed, group);
    }
    lua_settop(L, 1);
    return 1;
}

/* limit(n): how many members a feeder keeps the group at; 0 pauses it. */
static int group_limit(lua_State *L)
{
    coaio_req *req = check_unfinished(L);
    lua_Integer limit = luaL_checkinteger(L, 2);
    luaL_argcheck(L, limit >= 0, 2, "a limit is not negative");
    coaio_group_limit(req, limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX);
    lua_settop(L, 1);
    return 1;
}

static const luaL_Reg functions[] = {{"add", group_add},       {"cancel_subs", group_cancel_subs},
                                     {"result", group_result}, {"errno", group_errno},
                                     {"close", group_close},   {"feed", group_feed},
                                     {"limit", group_limit},   {NULL, NULL}};

void coaio__group_open_library(lua_State *L)
{
    luaL_getmetatable(L, "coaio.request");
    lua_getfield(L, -1, "__index");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 2);
}
