/*
 * What a worker runs: one function per request, each of them ONE operation. It may block, it does
 * not repeat itself on EINTR (the worker does, unless the request was cancelled meanwhile), and it
 * returns the result's value or -errno. What it makes in memory goes to context->result; after a
 * failure nothing is left there.
 */
#ifndef COAIO_OPS_RUN_H
#define COAIO_OPS_RUN_H

#include <errno.h>

#include "ops/result.h"

struct statx;

/* run_nop.c */
coaio__run coaio__run_nop, coaio__run_busy;

/* run_file.c */
coaio__run coaio__run_open, coaio__run_close, coaio__run_seek, coaio__run_write,
    coaio__run_truncate, coaio__run_allocate;

/* Whether an open has no effect but to read: others create or truncate files, or copy them up. */
bool coaio__open_only_reads(const struct coaio__args *args);

/* run_read.c */
coaio__run coaio__run_read;

/* run_sendfile.c */
coaio__run coaio__run_sendfile;

/* run_stat.c */
coaio__run coaio__run_stat, coaio__run_lstat, coaio__run_statvfs;

/* Memory that is large enough for what the ring reads, and for the result. */
coaio__memory coaio__stat_memory;

/* run_statx.c */
coaio__run coaio__run_statx;

void coaio__stat_of_statx(coaio_statbuf *to, const struct statx *from);

/* run_path.c */
coaio__run coaio__run_utime, coaio__run_chown, coaio__run_chmod, coaio__run_unlink,
    coaio__run_rmdir, coaio__run_mkdir, coaio__run_mknod, coaio__run_symlink, coaio__run_rename,
    coaio__run_rename2;

/* run_link.c */
coaio__run coaio__run_link, coaio__run_readlink;

/* The text of the symbolic link `path` in `dirfd` becomes the result: its length or -errno. */
int64_t coaio__read_link(int dirfd, const char *path, struct coaio__context *context);

/* run_realpath.c */
coaio__run coaio__run_realpath;

/* run_wd.c */
coaio__run coaio__run_wd;

/* run_dir.c */
coaio__run coaio__run_readdir;

/* run_sync.c */
coaio__run coaio__run_sync, coaio__run_syncfs, coaio__run_fsync, coaio__run_fdatasync,
    coaio__run_sync_file_range, coaio__run_readahead;

/* The most that one call may move: Linux's own limit. */
#define COAIO__TRANSFER_MAX 0x7ffff000u

/* The value of a call that returns -1 and errno when it fails. */
static inline int64_t coaio__value(int64_t returned)
{
    return returned < 0 ? -errno : returned;
}

static inline bool coaio__cancelled(const struct coaio__context *context)
{
    return context->cancelled && *context->cancelled;
}

#endif
