/*
 * The one closure behind every request: check, submit, wait.
 *
 * Upvalues: the state, the request's row of the table. A request that completes inside the submit
 * returns its results at once: no switch, no count, no anchor.
 */
#include "lua/call.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "lua/arguments.h"
#include "lua/buffer.h"
#include "lua/cancel.h"
#include "lua/holds.h"
#include "lua/host.h"
#include "lua/outstanding.h"
#include "lua/priority.h"
#include "lua/results.h"
#include "lua/resume.h"
#include "lua/suspend.h"
#include "lua/task.h"
#include "lua/turn.h"

/* Indices of arguments of aio_open and aio_fcntl. */
enum { OPEN_FLAGS = 1, FCNTL_COMMAND = 1, FCNTL_ARGUMENT };

static int refuse(lua_State *L, coaio_engine *engine)
{
    if (coaio_get(engine, COAIO_NREQS) < 0)
        return luaL_error(L, "coaio: the engine belongs to another process or thread (after fork, "
                             "call coaio.reinit)");
    return luaL_error(L, "not enough memory");
}

void coaio__call_prepare(lua_State *L, struct call *call)
{
    coaio__arguments_check(L, call);
    coaio__state_engine(L, call->state);
    coaio__host_hold(L, call->state);
}

static bool opens_buffered(const struct call *call)
{
    return call->op->code == COAIO_OPEN && (call->arg[OPEN_FLAGS].i & O_DIRECT) == 0;
}

static bool makes_fd(const struct call *call)
{
    int64_t command = call->arg[FCNTL_COMMAND].i;
    if (call->op->code != COAIO_FCNTL || call->arg[FCNTL_ARGUMENT].p != NULL)
        return call->op->result == COAIO_RESULT_FD;
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* True if the request changes something that outlives the process. */
static bool acts(const struct call *call)
{
    uint32_t code = call->op->code;
    switch (call->op->result) {
    case COAIO_RESULT_FD: return (call->arg[OPEN_FLAGS].i & (O_CREAT | O_TRUNC)) != 0;
    case COAIO_RESULT_NONE:
        return code != COAIO_SLEEP && code != COAIO_GROUP && code != COAIO_BUSY
               && code != COAIO_NOP;
    case COAIO_RESULT_COUNT: return true;
    case COAIO_RESULT_CONTROL: return code == COAIO_IOCTL;
    default: return false;
    }
}

/* True if the request gives something back, as a close or an unlocking: it is done in a cancelled
   task as well. */
static bool gives_back(const struct call *call)
{
    const void *lock = call->op->code == COAIO_FCNTL ? call->arg[FCNTL_ARGUMENT].p : NULL;
    if (call->op->code == COAIO_FLOCK)
        return (call->arg[FCNTL_COMMAND].i & LOCK_UN) != 0;
    return call->op->code == COAIO_CLOSE || (lock == &call->lock && call->lock.l_type == F_UNLCK);
}

struct waiter *coaio__call_waiter(lua_State *L, struct call *call)
{
    struct waiter *w = coaio__waiter_new(L, call->state);
    w->op = call->op;
    w->at = call->resizes || call->aside ? (size_t)call->at : 0;
    w->resizes = call->resizes;
    w->value = call->old_length;
    w->buffered = opens_buffered(call);
    w->makes_fd = makes_fd(call);
    w->acts = acts(call);
    w->gives_back = gives_back(call);
    return w;
}

void coaio__call_submit(lua_State *L, struct call *call, struct waiter *w,
                        const struct task *current)
{
    struct state *s = call->state;
    int priority;

    if (call->op->code == COAIO_CLOSE && call->file) {
        coaio__file_close(s, call->file, w);
        return;
    }
    priority = coaio__priority_take(L, s, current);
    if (call->file && call->op->code == COAIO_FCNTL) /* F_SETFL among others */
        coaio__file_forget(call->file);
    else if (call->file)
        call->flags |= coaio__file_hint(call->file);
    if (priority != 0 || call->flags != 0)
        coaio_next(s->engine, priority, -1, call->flags);
    if (call->resizes)
        coaio__buffer_extend(call->buffer, (size_t)call->at, (size_t)call->length->n);
    w->req = coaio_submit(s->engine, (int)call->op->code, call->arg, call->op->nargs,
                          coaio__resume_completed, w);
    if (!w->req) {
        if (call->resizes)
            call->buffer->length = (size_t)call->old_length;
        if (w->wakes == WAKES_CALLBACK)
            coaio__task_forget(L, w->task);
        coaio__waiter_release(L, w);
        refuse(L, s->engine);
    }
    w->locks = coaio_req_waits_for_lock(w->req);
    if (w->wakes != WAKES_CALLBACK && coaio_claim(w->req) == 1) {
        w->owned = true;
        w->phase = PHASE_DONE;
    } else {
        coaio__holds_take(L, call, w);
    }
}

/* Allocations run finalizers, and these may close the file or resize the buffer that was just
   checked. */
void coaio__call_check_again(lua_State *L, struct call *call)
{
    coaio__waiter_reserve(L, call->state);
    *call = (struct call){.state = call->state, .op = call->op};
    coaio__arguments_check(L, call);
}

static void settle_arguments(lua_State *L, struct call *call)
{
    struct state *s = call->state;
    bool allocates = !s->engine || s->idle || !s->free;
    coaio__call_prepare(L, call);
    if (allocates)
        coaio__call_check_again(L, call);
}

/* In a cancelled task it does not wait for others that use the file, which may never end. Where it
   did not suspend the task that was not told by the wait. */
static int give_back(lua_State *L, struct call *call, const struct task *current)
{
    bool cancelled = current && coaio__cancel_is_due(L, current);
    struct waiter *w = coaio__call_waiter(L, call);
    int n;
    coaio__call_submit(L, call, w, current);
    if (cancelled && call->op->code == COAIO_CLOSE && w->closing)
        (void)coaio__file_leave(w, ECANCELED);
    n = coaio__await(L, w);
    return coaio__cancel_stops(L, call->state) ? coaio__cancel_stop(L, call->state) : n;
}

enum { WAITED = 1, AGAIN = 2 }; /* for room; a second try, which had room before */

/* Where there is no room it waits and, as WAITED, looks again. */
static int submit_when_there_is_room(lua_State *L, int status, lua_KContext what)
{
    struct call call = {.state = coaio__state(L), .op = lua_touserdata(L, lua_upvalueindex(2))};
    struct waiter *w;

    (void)status;
    settle_arguments(L, &call);
    const struct task *current = coaio__task_current(L, call.state);
    if (gives_back(&call))
        return give_back(L, &call, current);
    if (current && coaio__cancel_is_due(L, current))
        return coaio__cancel_stop(L, call.state);
    if (what != AGAIN && coaio__outstanding_is_short(L, call.state, call.op, what == WAITED)) {
        coaio__outstanding_push_wait(L, call.state);
        lua_callk(L, 0, 0, WAITED, submit_when_there_is_room);
        return submit_when_there_is_room(L, LUA_OK, WAITED);
    }
    w = coaio__call_waiter(L, &call);
    w->again = what == AGAIN;
    coaio__call_submit(L, &call, w, current);
    return coaio__await(L, w);
}

static int call_request(lua_State *L)
{
    const coaio_op *op = lua_touserdata(L, lua_upvalueindex(2));
    int width = coaio__arguments_width(op);
    if (lua_isfunction(L, width + 1)) /* it would never be called */
        return luaL_error(
            L, "bad argument #%d to '%s' (callbacks belong to the requests of coaio.request)",
            width + 1, op->name);
    lua_settop(L, width);
    return submit_when_there_is_room(L, LUA_OK, 0);
}

int coaio__call_again(lua_State *L)
{
    lua_settop(L, coaio__arguments_width(lua_touserdata(L, lua_upvalueindex(2))));
    return submit_when_there_is_room(L, LUA_OK, AGAIN);
}

const coaio_op *coaio__call_row(uint32_t code)
{
    const coaio_op *op = coaio_ops(code - 1); /* the table has no gaps, and no row for 0 */
    assert(op && op->code == code);
    return op;
}

void coaio__call_set_all(lua_State *L, lua_CFunction function)
{
    const coaio_op *op;
    uint32_t i;
    for (i = 0; (op = coaio_ops(i)) != NULL; i++) {
        if (!coaio__arguments_known(op) || !coaio__results_known(op))
            continue;
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushlightuserdata(L, (void *)(uintptr_t)op);
        lua_pushcclosure(L, function, 2);
        lua_setfield(L, -2, op->name);
    }
}

void coaio__call_open_library(lua_State *L)
{
    coaio__call_set_all(L, call_request);
}
