/*
 * What a request owns.
 */
#include "exec/request.h"

#include "ops/result.h"

/* A second step without progress: poll(2) says that the descriptor is ready, and it is not. Then a
   worker of the slow lane waits, or poller and worker would take turns for ever. */
static int64_t step(struct coaio_req *req, struct coaio__context *context)
{
    size_t before = req->work.size;
    context->disk = true;
    int64_t value = req->op->at_once(&req->args, context);
    if (value == -EAGAIN)
        return req->tried && req->work.size == before ? COAIO__REROUTE : COAIO__REROUTE_TO_POLLER;
    return value == -ENOSYS || value == -EOPNOTSUPP ? COAIO__REROUTE : value;
}

int64_t coaio__req_run(struct coaio_req *req, struct coaio__mem *mem)
{
    struct coaio__context context = coaio__req_context(req, mem);
    return req->stepwise ? step(req, &context) : req->op->run(&req->args, &context);
}

int64_t coaio__req_failed(struct coaio_req *req, int64_t error, struct coaio__mem *mem)
{
    if (req->op->waits_for != COAIO__OUTPUT)
        return error;
    coaio__free(mem, req->work.memory);
    req->work.memory = NULL;
    return coaio__req_has_begun(req) ? (int64_t)req->work.size : error;
}

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
