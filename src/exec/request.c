/*
 * What a request owns.
 */
#include "exec/request.h"

void coaio__req_drop_work(struct coaio_req *req, struct coaio__mem *mem)
{
    int64_t value = req->work.value;
    coaio__result_dispose(mem, req->op->info.result, &req->work);
    req->work = (struct coaio__result){.value = value};
}

void coaio__req_clear(struct coaio_req *req, struct coaio__mem *mem)
{
    if (req->flags & COAIO_COPY)
        coaio__free(mem, req->args.memory);
    coaio__args_free(mem, &req->args);
    coaio__free(mem, req->work.memory);
    coaio__free(mem, req->member);
    req->work.memory = NULL;
}
