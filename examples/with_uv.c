/*
 * coaio inside a libuv loop of one's own: count the entries of the directories named, while a timer goes on ticking.
 * The loop ends by itself when no request is outstanding.
 *
 *     cc with_uv.c $(pkg-config --cflags --libs coaio libuv) && ./a.out / /etc /usr/bin
 */
#include <coaio/uv.h>
#include <stdio.h>
#include <uv.h>

static int ticks, failed;

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
    ticks++;
}

static void on_listed(coaio_req *req, void *path)
{
    int64_t count = coaio_result(req);
    if (count >= 0) {
        printf("%s: %lld\n", (char *)path, (long long)count);
        return;
    }
    fprintf(stderr, "%s: %s\n", (char *)path, coaio_strerror((int)count));
    failed = 1;
}

static void on_slept(coaio_req *req, void *data)
{
    (void)data;
    printf("slept: %lld, ticks: %s\n", (long long)coaio_result(req), ticks > 1 ? "some" : "none");
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    coaio_engine *engine;
    uv_timer_t timer;
    int error = coaio_engine_new(&engine, NULL);
    if (!error)
        error = coaio_uv_attach(engine, loop);
    if (error) {
        fprintf(stderr, "coaio: %s\n", coaio_strerror(error));
        return 1;
    }
    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, on_tick, 1, 1);
    uv_unref((uv_handle_t *)&timer); /* it alone does not keep the loop running */
    for (int i = 1; i < argc; i++)
        coaio_readdir(engine, NULL, argv[i], on_listed, argv[i]);
    coaio_sleep(engine, 0.1, on_slept, NULL);
    uv_run(loop, UV_RUN_DEFAULT);

    coaio_uv_detach(engine);
    coaio_engine_free(engine);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return uv_loop_close(loop) == 0 ? failed : 1;
}
