/*
 * The typed functions, one per request and kind of target: each puts its arguments in the order of
 * the request's row (src/ops.c) and submits. What they mean is said in coaio/requests.h.
 */
#include "core/typed.h"

coaio_req *coaio_open(coaio_engine *engine, coaio_wd *wd, const char *path, int flags,
                      uint32_t mode, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_OPEN, path_in(wd, path), integer(flags), integer(mode));
}

coaio_req *coaio_close(coaio_engine *engine, int fd, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_CLOSE, integer(fd));
}

coaio_req *coaio_seek(coaio_engine *engine, int fd, int64_t offset, int whence, coaio_cb cb,
                      void *data)
{
    return SUBMIT(COAIO_SEEK, integer(fd), integer(offset), integer(whence));
}

coaio_req *coaio_read(coaio_engine *engine, int fd, void *buf, size_t length, int64_t offset,
                      coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_READ, integer(fd), integer(offset), count(length), memory(buf));
}

coaio_req *coaio_write(coaio_engine *engine, int fd, const void *buf, size_t length, int64_t offset,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_WRITE, integer(fd), integer(offset), count(length), memory(buf));
}

coaio_req *coaio_sendfile(coaio_engine *engine, int out_fd, int in_fd, int64_t in_offset,
                          size_t length, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SENDFILE, integer(out_fd), integer(in_fd), integer(in_offset),
                  count(length));
}

coaio_req *coaio_readahead(coaio_engine *engine, int fd, int64_t offset, size_t length, coaio_cb cb,
                           void *data)
{
    return SUBMIT(COAIO_READAHEAD, integer(fd), integer(offset), count(length));
}

coaio_req *coaio_truncate(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t length,
                          coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_TRUNCATE, target_in(wd, path), count((uint64_t)length));
}

coaio_req *coaio_ftruncate(coaio_engine *engine, int fd, int64_t length, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_TRUNCATE, integer(fd), count((uint64_t)length));
}

coaio_req *coaio_allocate(coaio_engine *engine, int fd, int mode, int64_t offset, int64_t length,
                          coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_ALLOCATE, integer(fd), integer(mode), integer(offset),
                  count((uint64_t)length));
}

coaio_req *coaio_stat(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_STAT, target_in(wd, path));
}

coaio_req *coaio_lstat(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                       void *data)
{
    return SUBMIT(COAIO_LSTAT, path_in(wd, path));
}

coaio_req *coaio_fstat(coaio_engine *engine, int fd, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FSTAT, integer(fd));
}

coaio_req *coaio_statx(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags,
                       uint32_t mask, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_STATX, target_in(wd, path), integer(flags), integer(mask));
}

coaio_req *coaio_fstatx(coaio_engine *engine, int fd, uint32_t flags, uint32_t mask, coaio_cb cb,
                        void *data)
{
    return SUBMIT(COAIO_STATX, integer(fd), integer(flags), integer(mask));
}

coaio_req *coaio_statvfs(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                         void *data)
{
    return SUBMIT(COAIO_STATVFS, target_in(wd, path));
}

coaio_req *coaio_fstatvfs(coaio_engine *engine, int fd, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_STATVFS, integer(fd));
}

coaio_req *coaio_utime(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t atime_ns,
                       int64_t mtime_ns, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_UTIME, target_in(wd, path), integer(atime_ns), integer(mtime_ns));
}

coaio_req *coaio_futime(coaio_engine *engine, int fd, int64_t atime_ns, int64_t mtime_ns,
                        coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_UTIME, integer(fd), integer(atime_ns), integer(mtime_ns));
}

coaio_req *coaio_utimens(coaio_engine *engine, coaio_wd *wd, const char *path,
                         const coaio_time *atime, const coaio_time *mtime, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_UTIME, target_in(wd, path), exact_time(atime), exact_time(mtime));
}

coaio_req *coaio_futimens(coaio_engine *engine, int fd, const coaio_time *atime,
                          const coaio_time *mtime, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_UTIME, integer(fd), exact_time(atime), exact_time(mtime));
}

coaio_req *coaio_chown(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t uid,
                       int64_t gid, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_CHOWN, target_in(wd, path), integer(uid), integer(gid));
}

coaio_req *coaio_fchown(coaio_engine *engine, int fd, int64_t uid, int64_t gid, coaio_cb cb,
                        void *data)
{
    return SUBMIT(COAIO_CHOWN, integer(fd), integer(uid), integer(gid));
}

coaio_req *coaio_chmod(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t mode,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_CHMOD, target_in(wd, path), integer(mode));
}

coaio_req *coaio_fchmod(coaio_engine *engine, int fd, uint32_t mode, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_CHMOD, integer(fd), integer(mode));
}

coaio_req *coaio_unlink(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                        void *data)
{
    return SUBMIT(COAIO_UNLINK, path_in(wd, path));
}

coaio_req *coaio_rmdir(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                       void *data)
{
    return SUBMIT(COAIO_RMDIR, path_in(wd, path));
}

coaio_req *coaio_mkdir(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t mode,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MKDIR, path_in(wd, path), integer(mode));
}

coaio_req *coaio_mknod(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t mode,
                       uint64_t dev, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MKNOD, path_in(wd, path), integer(mode), count(dev));
}

coaio_req *coaio_link(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                      const char *new_path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_LINK, target_in(wd, path), path_in(new_wd, new_path));
}

coaio_req *coaio_flink(coaio_engine *engine, int fd, coaio_wd *new_wd, const char *new_path,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_LINK, integer(fd), path_in(new_wd, new_path));
}

coaio_req *coaio_symlink(coaio_engine *engine, const char *target, coaio_wd *wd, const char *path,
                         coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SYMLINK, memory(target), path_in(wd, path));
}

coaio_req *coaio_rename(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                        const char *new_path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_RENAME, path_in(wd, path), path_in(new_wd, new_path));
}

coaio_req *coaio_rename2(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                         const char *new_path, uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_RENAME2, path_in(wd, path), path_in(new_wd, new_path), integer(flags));
}

coaio_req *coaio_readlink(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                          void *data)
{
    return SUBMIT(COAIO_READLINK, path_in(wd, path));
}

coaio_req *coaio_realpath(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                          void *data)
{
    return SUBMIT(COAIO_REALPATH, path_in(wd, path));
}

coaio_req *coaio_readdir(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                         void *data)
{
    return SUBMIT(COAIO_READDIR, path_in(wd, path));
}

coaio_req *coaio_readdirx(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags,
                          coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_READDIRX, path_in(wd, path), integer(flags));
}

coaio_req *coaio_sync(coaio_engine *engine, coaio_cb cb, void *data)
{
    return coaio_submit(engine, COAIO_SYNC, NULL, 0, cb, data);
}

coaio_req *coaio_syncfs(coaio_engine *engine, int fd, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SYNCFS, integer(fd));
}

coaio_req *coaio_fsync(coaio_engine *engine, int fd, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FSYNC, integer(fd));
}

coaio_req *coaio_fdatasync(coaio_engine *engine, int fd, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FDATASYNC, integer(fd));
}

coaio_req *coaio_sync_file_range(coaio_engine *engine, int fd, int64_t offset, int64_t length,
                                 uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SYNC_FILE_RANGE, integer(fd), integer(offset), count((uint64_t)length),
                  integer(flags));
}

coaio_req *coaio_nop(coaio_engine *engine, coaio_cb cb, void *data)
{
    return coaio_submit(engine, COAIO_NOP, NULL, 0, cb, data);
}

coaio_req *coaio_busy(coaio_engine *engine, double seconds, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_BUSY, number(seconds));
}

coaio_req *coaio_sleep(coaio_engine *engine, double seconds, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SLEEP, number(seconds));
}

coaio_req *coaio_pathsync(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                          void *data)
{
    return SUBMIT(COAIO_PATHSYNC, path_in(wd, path));
}

coaio_req *coaio_slurp(coaio_engine *engine, coaio_wd *wd, const char *path, int64_t offset,
                       uint64_t length, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SLURP, path_in(wd, path), integer(offset), count(length));
}

coaio_req *coaio_load(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_LOAD, path_in(wd, path));
}

coaio_req *coaio_copy(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                      const char *new_path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_COPY, path_in(wd, path), path_in(new_wd, new_path));
}

coaio_req *coaio_move(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_wd *new_wd,
                      const char *new_path, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MOVE, path_in(wd, path), path_in(new_wd, new_path));
}

coaio_req *coaio_scandir(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t maxreq,
                         coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_SCANDIR, path_in(wd, path), count(maxreq));
}

coaio_req *coaio_rmtree(coaio_engine *engine, coaio_wd *wd, const char *path, coaio_cb cb,
                        void *data)
{
    return SUBMIT(COAIO_RMTREE, path_in(wd, path));
}

coaio_req *coaio_wd_open(coaio_engine *engine, coaio_wd *wd, const char *path, uint32_t flags,
                         coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_WD, path_in(wd, path), integer(flags));
}

coaio_req *coaio_fcntl(coaio_engine *engine, int fd, int64_t command, int64_t value,
                       const void *bytes, size_t size, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FCNTL, integer(fd), integer(command), argument(value, bytes, size));
}

coaio_req *coaio_ioctl(coaio_engine *engine, int fd, int64_t command, int64_t value,
                       const void *bytes, size_t size, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_IOCTL, integer(fd), integer(command), argument(value, bytes, size));
}

coaio_req *coaio_flock(coaio_engine *engine, int fd, int operation, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FLOCK, integer(fd), integer(operation));
}

coaio_req *coaio_fiemap(coaio_engine *engine, int fd, int64_t offset, uint64_t length,
                        uint32_t flags, uint32_t most, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_FIEMAP, integer(fd), integer(offset), count(length), integer(flags),
                  count(most));
}

coaio_req *coaio_msync(coaio_engine *engine, void *memory, size_t length, uint32_t flags,
                       coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MSYNC, range(memory, length), integer(flags));
}

coaio_req *coaio_mtouch(coaio_engine *engine, void *memory, size_t length, uint32_t flags,
                        coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MTOUCH, range(memory, length), integer(flags));
}

coaio_req *coaio_mlock(coaio_engine *engine, const void *memory, size_t length, coaio_cb cb,
                       void *data)
{
    return SUBMIT(COAIO_MLOCK, range(memory, length));
}

coaio_req *coaio_mlockall(coaio_engine *engine, uint32_t flags, coaio_cb cb, void *data)
{
    return SUBMIT(COAIO_MLOCKALL, integer(flags));
}
