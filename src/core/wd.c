/*
 * What a caller may do with a working directory. See coaio.h.
 */
#include "ops/wd.h"

#include "core/core.h"

coaio_wd *coaio_wd_take(coaio_req *req)
{
    coaio_wd *wd = NULL;
    if (coaio__owned(req->engine) && coaio_result(req) >= 0 && req->op->info.result == COAIO_RESULT_WD) {
        wd = req->work.memory;
        req->work.memory = NULL;
    }
    return wd;
}

void coaio_wd_free(coaio_engine *engine, coaio_wd *wd)
{
    coaio__wd_unref(&engine->mem, wd);
}

int coaio_wd_fd(const coaio_wd *wd)
{
    return wd->fd;
}
