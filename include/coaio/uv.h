/*
 * coaio in a program that has a libuv loop of its own.     See LICENSE for copyright.
 *
 * The only header that needs libuv's.
 */
#ifndef COAIO_UV_H
#define COAIO_UV_H

#include <uv.h>

#include "../coaio.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Have `loop` call coaio_poll on the engine whenever there is something to do, so that callbacks run from uv_run. The
 * loop is kept alive while requests are outstanding, and only then; it looks once per iteration, before it blocks.
 * Engine and loop must belong to the same thread. An engine has one loop at a time. In a forked child its descriptor is
 * another one after coaio_reinit: detach then, and attach again, before the loop runs.
 * 0, -EBUSY (attached already), -EPERM, -ENOMEM, or libuv's error.
 */
COAIO_EXTERN int coaio_uv_attach(coaio_engine *engine, uv_loop_t *loop);

/*
 * End that. Not from within a callback of the engine's (-EBUSY). libuv closes handles in its next iterations: run the
 * loop once more before uv_loop_close. Needed before coaio_engine_free. 0, -ENOENT (not attached), -EBUSY, -EPERM.
 */
COAIO_EXTERN int coaio_uv_detach(coaio_engine *engine);

#ifdef __cplusplus
}
#endif

#endif
