/*
 * What a request owns.
 */
#include "exec/request.h"

#include "ops/result.h"

void coaio__req_drop_work(struct coaio_req *req, struct coaio__mem *mem)
{
    int64_t value = req->work.value;
    coaio__result_dispose(mem, req->op->info.result, &req->work);
    req->work = (struct coaio__result){.value = value};
}

void coaio__req_clear(struct coaio_req *req, struct coaio__mem *mem)
{
    if (req->flags & COAIO_COPY_BYTES)
        coaio__free(mem, req->args.memory);
    coaio__args_free(mem, &req->args);
    if (req->op->info.result == COAIO_RESULT_WD) /* nobody took it */
        coaio__result_dispose(mem, COAIO_RESULT_WD, &req->work);
    coaio__free(mem, req->work.memory);
    coaio__free(mem, req->member);
    req->work.memory = NULL;
}
