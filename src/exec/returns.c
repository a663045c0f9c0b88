/*
 * The pile of returned requests: a stack that any thread pushes to and the engine takes whole.
 */
#include "exec/returns.h"

#include <errno.h>

int coaio__returns_new(struct coaio__returns **out, const struct coaio__mem *mem)
{
    struct coaio__mem hooks = {.alloc = mem->alloc,
                               .ud = mem->ud}; /* the blocks it keeps are its owner's */
    struct coaio__returns *returns = coaio__calloc(&hooks, sizeof *returns);
    if (!returns)
        return -ENOMEM;
    returns->mem = hooks;
    atomic_init(&returns->pile, NULL);
    atomic_init(&returns->attentive, 0);
    atomic_init(&returns->refs, 1);
    int error = coaio__wakeup_open(&returns->wakeup);
    if (error) {
        coaio__free(&hooks, returns);
        return error;
    }
    *out = returns;
    return 0;
}

struct coaio__returns *coaio__returns_ref(struct coaio__returns *returns)
{
    atomic_fetch_add(&returns->refs, 1);
    return returns;
}

/* Only after the engine is gone can there be anything left: its requests were abandoned. */
static void dispose_of_rest(struct coaio__returns *returns)
{
    struct coaio_req *req = coaio__returns_take(returns);
    while (req) {
        struct coaio_req *next = req->returned;
        coaio__req_drop_work(req, &returns->mem);
        coaio__req_clear(req, &returns->mem);
        coaio__free_bare(&returns->mem, req, sizeof *req);
        req = next;
    }
}

void coaio__returns_unref(struct coaio__returns *returns)
{
    if (atomic_fetch_sub(&returns->refs, 1) != 1)
        return;
    dispose_of_rest(returns);
    coaio__wakeup_close(&returns->wakeup);
    struct coaio__mem hooks = returns->mem;
    coaio__free(&hooks, returns);
}

bool coaio__returns_put(struct coaio__returns *returns, struct coaio_req *req)
{
    struct coaio_req *top = atomic_load_explicit(&returns->pile, memory_order_relaxed);
    do
        req->returned = top;
    while (!atomic_compare_exchange_weak(&returns->pile, &top, req));
    /* Both sides are sequentially consistent: either the engine's last look sees this request, or
       we see that it stopped being attentive. */
    return !atomic_load(&returns->attentive);
}

void coaio__returns_wake(struct coaio__returns *returns)
{
    (void)coaio__wakeup_raise(&returns->wakeup);
}

struct coaio_req *coaio__returns_take(struct coaio__returns *returns)
{
    struct coaio_req *top = atomic_exchange(&returns->pile, NULL), *oldest = NULL;
    while (top) {
        struct coaio_req *next = top->returned;
        top->returned = oldest;
        oldest = top;
        top = next;
    }
    return oldest;
}

bool coaio__returns_any(const struct coaio__returns *returns)
{
    return atomic_load(&returns->pile) != NULL;
}
