/*
 * The end of a task: how it ended, what it leaves, and who is told.
 */
#include "lua/task_end.h"

#include <assert.h>

#include "lua/cancel.h"
#include "lua/join.h"
#include "lua/outcome.h"

static void end(struct state *s, struct task *task, enum task_status status, lua_State *from)
{
    if (task->lost)
        return;
    assert(task->status < TASK_DONE && status >= TASK_DONE);
    task->status = (uint8_t)status;
    coaio__task_unlist(task);
    coaio__outcome_keep(s->L, task, from);
    task->co = task->home = NULL;
    coaio__join_tell(s->L, task);
}

void coaio__task_ended(struct state *s, struct task *task, lua_State *from, int status)
{
    if (status == LUA_OK && !task->failing)
        end(s, task, TASK_DONE, from);
    else if (task->cancelled && lua_gettop(from) > 0 && coaio__cancel_is_value(from, s, -1))
        end(s, task, TASK_CANCELLED, from);
    else
        end(s, task, TASK_FAILED, from);
}

void coaio__task_dropped(struct state *s, struct task *task)
{
    lua_settop(task->co, 0);
    lua_rawgeti(task->co, LUA_REGISTRYINDEX, s->cancelled);
    end(s, task, TASK_CANCELLED, task->co);
}
