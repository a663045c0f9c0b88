/*
 * The typed functions of the requests that are more than one system call, and of those that pass things on to the
 * kernel: as in api.c, one line each.
 */
#include "core/api.h"

coaio_req *coaio_pathsync(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_PATHSYNC, path_in(wd, path));
}

coaio_req *coaio_slurp(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t offset, uint64_t length,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SLURP, path_in(wd, path), integer(offset), count(length));
}

coaio_req *coaio_load(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_LOAD, path_in(wd, path));
}

coaio_req *coaio_copy(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd, const char *new_path,
                      coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_COPY, path_in(wd, path), path_in(new_wd, new_path));
}

coaio_req *coaio_move(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd, const char *new_path,
                      coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MOVE, path_in(wd, path), path_in(new_wd, new_path));
}

coaio_req *coaio_scandir(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t maxreq, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SCANDIR, path_in(wd, path), count(maxreq));
}

coaio_req *coaio_rmtree(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_RMTREE, path_in(wd, path));
}

coaio_req *coaio_wd_open(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_WD, path_in(wd, path), integer(flags));
}

coaio_req *coaio_fcntl(coaio_engine *engine, int fd, int64_t command, int64_t value, const void *bytes, size_t size,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FCNTL, integer(fd), integer(command), argument(value, bytes, size));
}

coaio_req *coaio_ioctl(coaio_engine *engine, int fd, int64_t command, int64_t value, const void *bytes, size_t size,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_IOCTL, integer(fd), integer(command), argument(value, bytes, size));
}

coaio_req *coaio_flock(coaio_engine *engine, int fd, int operation, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FLOCK, integer(fd), integer(operation));
}

coaio_req *coaio_fiemap(coaio_engine *engine, int fd, int64_t offset, uint64_t length, uint32_t flags, uint32_t most,
                        coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FIEMAP, integer(fd), integer(offset), count(length), integer(flags), count(most));
}

coaio_req *coaio_msync(coaio_engine *engine, void *memory, size_t length, uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MSYNC, range(memory, length), integer(flags));
}

coaio_req *coaio_mtouch(coaio_engine *engine, void *memory, size_t length, uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MTOUCH, range(memory, length), integer(flags));
}

coaio_req *coaio_mlock(coaio_engine *engine, const void *memory, size_t length, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MLOCK, range(memory, length));
}

coaio_req *coaio_mlockall(coaio_engine *engine, uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MLOCKALL, integer(flags));
}
