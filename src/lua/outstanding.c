/*
 * Calls that wait for room stand in two lists: new ones are put in front of `back`. When `front` is
 * empty, `back` is turned round and becomes the front. So each end of the queue is reached at once,
 * and a cancel takes out any of them.
 */
#include "lua/outstanding.h"

#include "lua/check.h"
#include "lua/suspend.h"

struct outstanding {
    struct waiter *back, *front;
    lua_Integer limit; /* 0: none */
    int wait;          /* reference to the function that waits */
};

static const int64_t look_again_ns = 10000000;

/* Requests that wait for time or for others take no room: the others may be those that need it. */
static int64_t left(const struct state *s)
{
    int64_t taken =
        s->engine ? coaio_get(s->engine, COAIO_NREQS) - coaio_get(s->engine, COAIO_NWAITING) : 0;
    return s->outstanding->limit - taken;
}

static bool is_waited_for(const struct outstanding *outstanding)
{
    return outstanding->front || outstanding->back;
}

bool coaio__outstanding_is_full(lua_State *L, struct state *s, const coaio_op *op, bool waited)
{
    const struct outstanding *outstanding = s->outstanding;
    if (op->code == COAIO_SLEEP || op->code == COAIO_CLOSE || !lua_isyieldable(L))
        return false;
    return left(s) <= 0 || (!waited && is_waited_for(outstanding));
}

static int finish_nothing(lua_State *L, struct waiter *w)
{
    (void)L;
    (void)w;
    return 0;
}

static const struct wait wait = {.name = "max_outstanding", .finish = finish_nothing};

static int outstanding_wait(lua_State *L)
{
    struct state *s = coaio__state(L);
    struct waiter *w = coaio__waiter_new(L, s);
    w->wait = &wait;
    coaio__waiter_link(&s->outstanding->back, w);
    return coaio__await(L, w);
}

void coaio__outstanding_push_wait(lua_State *L, struct state *s)
{
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->outstanding->wait);
}

static void turn_round(struct outstanding *outstanding)
{
    for (struct waiter *w; (w = outstanding->back);) {
        coaio__waiter_unlink(w);
        coaio__waiter_link(&outstanding->front, w);
    }
}

static struct waiter *next(struct outstanding *outstanding)
{
    if (!outstanding->front)
        turn_round(outstanding);
    struct waiter *w = outstanding->front;
    if (w)
        coaio__waiter_unlink(w);
    return w;
}

void coaio__outstanding_wake(struct state *s)
{
    struct outstanding *outstanding = s->outstanding;
    struct waiter *w;
    int64_t n;
    if (!is_waited_for(outstanding))
        return;
    n = outstanding->limit == 0 ? INT64_MAX : left(s);
    for (; n > 0 && (w = next(outstanding)) != NULL; n--)
        coaio__waiter_wake(w);
}

/* An open of a FIFO makes room when a worker has found out, which nobody is told of. */
int64_t coaio__outstanding_look_again(struct state *s, int64_t timeout_ns)
{
    if (!is_waited_for(s->outstanding) || coaio_wait(s->engine, 0) != 0)
        return timeout_ns;
    coaio__outstanding_wake(s);
    if (s->ready.count > 0)
        return 0;
    return timeout_ns >= 0 && timeout_ns < look_again_ns ? timeout_ns : look_again_ns;
}

/* max_outstanding(n) -> the limit before; 0: none */
static int outstanding_limit(lua_State *L)
{
    struct state *s = coaio__state(L);
    lua_Integer before = s->outstanding->limit;
    if (!lua_isnoneornil(L, 1)) {
        lua_Integer limit = 0;
        if (!coaio__is_integer(L, 1, &limit) || limit < 0)
            return luaL_error(
                L, "bad argument #1 to 'max_outstanding' (an integer from 0 on expected)");
        s->outstanding->limit = limit;
        s->limited = limit > 0;
        coaio__outstanding_wake(s);
    }
    lua_pushinteger(L, before);
    return 1;
}

void coaio__outstanding_open_library(lua_State *L, struct state *s)
{
    s->outstanding = lua_newuserdatauv(L, sizeof(*s->outstanding), 0);
    *s->outstanding = (struct outstanding){0};
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, outstanding_wait, 1);
    s->outstanding->wait = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, outstanding_limit, 1);
    lua_setfield(L, -2, "max_outstanding");
}
