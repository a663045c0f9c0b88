/*
 * Print a file: open, read, print, read on, close, each started by the callback of the one before.
 *
 *     cc minimal.c $(pkg-config --cflags --libs coaio) && ./a.out /etc/passwd
 */
#include <coaio.h>
#include <fcntl.h>
#include <stdio.h>

static coaio_engine *engine;
static int           fd, failed;
static int64_t       position;

static void fail(const char *what, coaio_req *req)
{
    fprintf(stderr, "%s: %s\n", what, coaio_strerror((int)coaio_result(req)));
    failed = 1;
}

static void on_closed(coaio_req *req, void *path)
{
    if (coaio_result(req) < 0)
        fail(path, req);
}

static void on_read(coaio_req *req, void *path)
{
    size_t size;
    const void *bytes = coaio_data(req, &size); /* the engine's memory, ours until this function returns */
    if (coaio_result(req) > 0) {
        fwrite(bytes, 1, size, stdout);
        position += coaio_result(req);
        coaio_read(engine, fd, NULL, 65536, position, on_read, path);
        return;
    }
    if (coaio_result(req) < 0)
        fail(path, req);
    coaio_close(engine, fd, on_closed, path);
}

static void on_opened(coaio_req *req, void *path)
{
    fd = (int)coaio_result(req);
    if (fd < 0)
        fail(path, req);
    else
        coaio_read(engine, fd, NULL, 65536, 0, on_read, path);
}

int main(int argc, char **argv)
{
    char *path = argc > 1 ? argv[1] : argv[0];
    int error = coaio_engine_new(&engine, NULL);
    if (error) {
        fprintf(stderr, "coaio: %s\n", coaio_strerror(error));
        return 1;
    }
    coaio_open(engine, NULL, path, O_RDONLY, 0, on_opened, path);
    while (coaio_get(engine, COAIO_NREQS) > 0) {
        coaio_wait(engine, -1);
        coaio_poll(engine);
    }
    coaio_engine_free(engine);
    return failed;
}
