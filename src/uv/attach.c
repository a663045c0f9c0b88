/*
 * An engine in a libuv loop: a poll handle on the engine's descriptor, and a prepare handle that
 * looks once more before the loop blocks, which saves the round through the descriptor for what the
 * loop's own callbacks submitted.
 *
 * The handles are referenced, and so keep the loop alive, exactly while requests are outstanding.
 */
#include "coaio/uv.h"

#include <errno.h>
#include <stdlib.h>

#include "core/core.h"

struct coaio__attachment {
    uv_poll_t readable;
    uv_prepare_t before_block;
    coaio_engine *engine;
    int open; /* handles that libuv has not closed yet */
};

/* A loop ends when nothing is referenced; only outstanding requests are worth staying for. */
static void keep_alive(coaio_engine *engine, bool busy)
{
    if (busy)
        uv_ref((uv_handle_t *)&engine->attachment->readable);
    else
        uv_unref((uv_handle_t *)&engine->attachment->readable);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct coaio__attachment *attachment = handle->data;
    (void)status, (void)events;
    (void)coaio_poll(attachment->engine);
}

static void on_prepare(uv_prepare_t *handle)
{
    struct coaio__attachment *attachment = handle->data;
    (void)coaio_poll(attachment->engine);
}

static void on_close(uv_handle_t *handle)
{
    struct coaio__attachment *attachment = handle->data;
    if (--attachment->open == 0)
        free(attachment);
}

int coaio_uv_attach(coaio_engine *engine, uv_loop_t *loop)
{
    int fd = coaio_fileno(engine);
    if (fd < 0)
        return fd;
    if (engine->attachment)
        return -EBUSY;
    struct coaio__attachment *attachment = calloc(1, sizeof *attachment);
    if (!attachment)
        return -ENOMEM;
    attachment->engine = engine;
    int error = uv_poll_init(loop, &attachment->readable, fd);
    if (error) {
        free(attachment);
        return error;
    }
    (void)uv_prepare_init(loop, &attachment->before_block); /* these three cannot fail */
    attachment->readable.data = attachment->before_block.data = attachment;
    attachment->open = 2;
    engine->attachment = attachment;
    (void)uv_poll_start(&attachment->readable, UV_READABLE, on_readable);
    (void)uv_prepare_start(&attachment->before_block, on_prepare);
    uv_unref((uv_handle_t *)&attachment->before_block);
    engine->on_busy = keep_alive;
    keep_alive(engine, engine->nreqs > 0);
    return 0;
}

int coaio_uv_detach(coaio_engine *engine)
{
    if (!coaio__owned(engine))
        return -EPERM;
    struct coaio__attachment *attachment = engine->attachment;
    if (!attachment)
        return -ENOENT;
    if (engine->turn.delivering)
        return -EBUSY;
    engine->attachment = NULL;
    engine->on_busy = NULL;
    uv_close((uv_handle_t *)&attachment->readable, on_close);
    uv_close((uv_handle_t *)&attachment->before_block, on_close);
    return 0;
}
