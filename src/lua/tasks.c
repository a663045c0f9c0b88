/*
 * Tasks as entries of a register: which there are, which is at work, which are given up.
 */
#include "lua/tasks.h"

#include <assert.h>

#include "lua/holds.h"

void coaio__task_push(lua_State *L, struct task *task)
{
    coaio__anchors_push(L, &task->state->live, task->slot);
}

void coaio__task_each(lua_State *L, struct state *s, coaio__task_visitor *visit, void *data)
{
    uint32_t slot;
    luaL_checkstack(L, 4, NULL);
    for (slot = s->live.size; slot > 0; slot--) {
        struct task *task;
        coaio__anchors_push(L, &s->live, slot);
        task = lua_touserdata(L, -1); /* a free slot holds a number */
        if (task && task->listed)
            visit(L, task, data);
        lua_pop(L, 1);
    }
}

void coaio__task_unlist(struct task *task)
{
    struct state *s = task->state;
    assert(!task->listed || (s->ntasks > 0 && (!task->daemon || s->ndaemons > 0)));
    s->ntasks -= task->listed;
    s->ndaemons -= task->listed && task->daemon;
    task->listed = false;
}

void coaio__task_register(lua_State *L, struct task *task)
{
    assert(task->slot == 0);
    coaio__anchors_reserve(L, &task->state->live, 1);
    lua_pushvalue(L, -1);
    task->slot = coaio__anchors_keep(L, &task->state->live);
}

void coaio__task_enlist(struct task *task)
{
    assert(!task->listed && !task->lost);
    task->listed = true;
    task->state->ntasks++;
    task->state->ndaemons += task->daemon;
}

void coaio__task_forget(lua_State *L, struct task *task)
{
    if (task->slot != 0)
        coaio__anchors_drop(L, &task->state->live, task->slot);
    task->slot = 0;
}

void coaio__task_lose(lua_State *L, struct task *task)
{
    struct waiter *w = task->waiting;
    if (w && w->phase == PHASE_PENDING && !w->op) {
        coaio__waiter_forget(w);
        coaio__waiter_release(L, w);
    }
    while (task->status < TASK_DONE && (w = task->joiners) != NULL)
        coaio__waiter_forget(w);
    task->waiting = NULL;
    task->lost = true;
    coaio__task_unlist(task);
    coaio__task_forget(L, task);
}

struct task *coaio__task_at_home(lua_State *L, struct state *s)
{
    struct task *task;
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->homes);
    lua_pushthread(L);
    lua_rawget(L, -2);
    task = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return task ? task : s->current;
}
