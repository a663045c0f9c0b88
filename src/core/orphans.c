/*
 * Orphans: operations that run on although their caller was told "cancelled" or "timed out"
 * already.
 *
 * Whoever was told so may close the descriptor next, while a worker is just about to read from it;
 * the number would go to a stranger, and the stranger's bytes to the orphan. So a close waits here
 * for the orphans of its descriptor.
 */
#include "core/orphans.h"

#include <assert.h>
#include <errno.h>

#include "core/life.h"

int coaio__orphan_add(coaio_engine *engine, struct coaio_req *req)
{
    assert(req->held);
    struct coaio__orphans *orphans = &engine->orphans;
    if (orphans->count == orphans->room) {
        uint32_t room = orphans->room ? 2 * orphans->room : 16;
        struct coaio_req **list = coaio__realloc(&engine->mem, orphans->list, room * sizeof *list);
        if (!list)
            return -ENOMEM;
        orphans->list = list;
        orphans->room = room;
    }
    orphans->list[orphans->count++] = req;
    return 0;
}

void coaio__orphan_remove(coaio_engine *engine, struct coaio_req *req)
{
    struct coaio__orphans *orphans = &engine->orphans;
    struct coaio__link *link;
    for (uint32_t i = 0; i < orphans->count; i++) {
        if (orphans->list[i] != req)
            continue;
        orphans->list[i] = orphans->list[--orphans->count];
        break;
    }
    while ((link = coaio__queue_pop(&engine->queues.closes)) != NULL) /* each looks again */
        coaio__enqueue(engine, coaio__req_of(link));
}

static bool uses(const struct coaio_req *req, int fd)
{
    return !req->args.path
           && (req->args.fd == fd
               || (req->op->info.args[1] == COAIO_ARG_FD2 && req->args.fd2 == fd));
}

bool coaio__orphan_delays(coaio_engine *engine, struct coaio_req *close)
{
    struct coaio__orphans *orphans = &engine->orphans;
    if (close->op->info.code != COAIO_CLOSE)
        return false;
    for (uint32_t i = 0; i < orphans->count; i++) {
        if (!uses(orphans->list[i], close->args.fd))
            continue;
        assert(close->state == COAIO__READY);
        close->state = COAIO__PARKED;
        coaio__queue_push(&engine->queues.closes, &close->link);
        return true;
    }
    return false;
}
