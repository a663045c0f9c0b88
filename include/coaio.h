/*
 * coaio: asynchronous file and directory I/O.          See LICENSE for copyright.
 *
 * A program makes an engine, submits requests to it, and collects their completions: by callback (coaio_poll) or
 * one by one (coaio_reap). Requests run on an io_uring ring or on worker threads; the caller cannot tell which.
 *
 * TRAPS, before anything else
 *
 *  - Threads. An engine belongs to the thread that made it: every call on it, or on one of its requests, from another
 *    thread fails with -EPERM (those that return a pointer return NULL, coaio_reap 0; coaio_next and coaio_unref do
 *    nothing). coaio_wakeup and coaio_free are for any thread. What only reads a request, coaio_take, coaio_wd_free and
 *    coaio_wd_fd do not check, and are the owner's all the same. Allocator hooks are called from any thread.
 *  - Fork. In a forked child the engines of the parent fail the same way until coaio_reinit, and so does the call that
 *    a callback returns to if it forked. Their requests are never delivered in the child.
 *  - Memory that you lend. The buffer given to coaio_read or coaio_write must stay valid until the request completes,
 *    also after coaio_cancel: such a request completes only when nothing can touch the buffer any more. Give a NULL
 *    buffer to coaio_read to be free of this rule: the engine then owns the memory and hands it over with the result.
 *  - Life of a request. It dies when its callback returns, or, without a callback, at the next coaio_reap.
 *    coaio_ref keeps it (and its result memory) longer, but never beyond coaio_engine_free: unref it before.
 *  - Callbacks run only inside coaio_poll, on the owner's thread, never inside a submit. Inside a callback you may
 *    submit, cancel and coaio_req_wait; coaio_poll and coaio_engine_free answer -EBUSY there.
 *  - Cancelling. A cancelled request is always delivered, as -ECANCELED. Whether its operation took effect is then
 *    unknown: coaio_outcome tells, once it is known.
 *  - Descriptors. Never close one that a request still uses: the number may be reused by a stranger. Order a
 *    coaio_close after the completion of the requests before it. Descriptors that coaio opens are close-on-exec.
 *
 * Results are >= 0 or -errno, everywhere. Strings are bytes ended by NUL; names are bytes, not UTF-8. Times are
 * nanoseconds. All integers in structs have fixed widths, all types are opaque or of fixed layout, and nothing is a
 * macro that a foreign function interface would have to expand. Fixed layout: a field stands at the same offset, and a
 * struct has the same size, on every machine. A pointer has room for 8 bytes, and uses the first 4 of them where it has
 * 32 bits: COAIO_ALIGNED says so to compilers.
 */
#ifndef COAIO_H
#define COAIO_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define COAIO_EXTERN __attribute__((visibility("default")))
#define COAIO_ALIGNED __attribute__((aligned(8)))
#else
#define COAIO_EXTERN
#define COAIO_ALIGNED
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coaio_engine coaio_engine;
typedef struct coaio_req coaio_req;
typedef struct coaio_wd coaio_wd; /* a working directory; NULL means the process's own */

/* Called by coaio_poll with the finished request. The request dies when it returns, unless coaio_ref was called. */
typedef void (*coaio_cb)(coaio_req *req, void *data);

/* An allocator in the manner of Lua's: resize `ptr` from `osize` to `nsize` bytes, 0 frees; NULL means no memory.
   Called from any thread, also with locks of coaio's held: it must not fork, nor call coaio. */
typedef void *(*coaio_alloc)(void *ud, void *ptr, size_t osize, size_t nsize);

/* ---- versions ------------------------------------------------------------------------------------------------ */

/* The library's version, as in "0.1.0". */
COAIO_EXTERN const char *coaio_version(void);

/* ---- engines ------------------------------------------------------------------------------------------------- */

enum coaio_backend_choice {
    COAIO_BACKEND_DEFAULT = 0, /* what the environment variable COAIO_BACKEND says (threads, uring, auto), else auto */
    COAIO_BACKEND_AUTO = 1,    /* io_uring where the kernel lets us, silently threads elsewhere */
    COAIO_BACKEND_THREADS = 2, /* worker threads only */
    COAIO_BACKEND_URING = 3    /* io_uring is required: creation fails with the kernel's error without it */
};

typedef struct coaio_options {
    uint32_t    size;       /* sizeof (coaio_options), so that later versions may add fields */
    uint32_t    backend;    /* enum coaio_backend_choice */
    uint32_t    ring_depth; /* requests in flight on the ring at once, 1..4096; 0: 128 */
    uint32_t    reserved;   /* 0 */
    coaio_alloc alloc;      /* NULL: realloc and free */
    void       *alloc_data COAIO_ALIGNED; /* first argument of alloc */
} coaio_options;

/*
 * Make an engine that belongs to the calling thread. `options` may be NULL.
 * 0, or -ENOMEM, -EMFILE, -EINVAL (options). If a ring is required: -ENOTSUP when this library was built without
 * liburing, or the kernel's refusal (-EPERM, -ENOSYS, ...).
 */
COAIO_EXTERN int coaio_engine_new(coaio_engine **out, const coaio_options *options);

/*
 * Cancel every request, wait up to COAIO_DRAIN_TIMEOUT for the operations already under way, then abandon what
 * remains together with its memory. Runs no callbacks. 0, or -EBUSY inside a callback, -EPERM.
 */
COAIO_EXTERN int coaio_engine_free(coaio_engine *engine);

/*
 * Make an engine inherited through fork(2) usable in the child: its requests are forgotten without a trace, its ring
 * and threads, which are the parent's, are not touched, and its owner is the calling thread. The descriptor to watch is
 * another one: ask coaio_fileno again. In the parent it is a no-op. 0 or as coaio_engine_new.
 */
COAIO_EXTERN int coaio_reinit(coaio_engine *engine);

/* The engine's executor, "threads" or "uring"; a ring that the kernel refuses later on gives way to "threads". */
COAIO_EXTERN const char *coaio_backend(const coaio_engine *engine);

enum coaio_key {
    /* limits: read and write (IO::AIO's functions of the same names) */
    COAIO_MIN_PARALLEL = 1,  /* raise max_parallel to at least this */
    COAIO_MAX_PARALLEL = 2,  /* requests executing on ordinary workers at once, default 8; 0 pauses all executors */
    COAIO_MAX_IDLE = 3,      /* idle workers kept for ever, default 4 */
    COAIO_IDLE_TIMEOUT = 4,  /* nanoseconds until a surplus idle worker exits, default 10 s */
    COAIO_MAX_POLL_REQS = 5, /* callbacks per coaio_poll, 0: no limit (the default) */
    COAIO_MAX_POLL_TIME = 6, /* nanoseconds per coaio_poll, 0: no limit (the default) */
    COAIO_RING_DEPTH = 7,    /* requests in flight on the ring at once; at most what the ring was made with */
    COAIO_INLINE = 8,        /* requests that a callback, or the code between two polls, may complete inside submit
                                when that cannot block, default 64; less in a poll that has many callbacks */
    COAIO_SIGNAL = 9,        /* the signal that interrupts a worker's system call, default SIGURG; 0: never */
    COAIO_MAX_SLOW = 10,     /* workers of the slow lane, default 256. Reads and writes that wait need none. */
    COAIO_DRAIN_TIMEOUT = 11, /* nanoseconds coaio_engine_free waits, default 1 s */
    COAIO_STUCK_AFTER = 12,  /* nanoseconds until what executes counts as stuck, default 100 ms */
    /* gauges: read only */
    COAIO_NREQS = 32,    /* requests submitted and not yet delivered */
    COAIO_NREADY = 33,   /* of these, not yet executing; what waits for a pipe or socket executes */
    COAIO_NPENDING = 34, /* of these, finished and not yet delivered */
    COAIO_NTHREADS = 35, /* worker threads, both lanes */
    COAIO_NSTUCK = 36,   /* requests that are stuck on ordinary workers or on the ring: coaio_stuck tells which */
    COAIO_NWAITING = 37  /* of COAIO_NREQS, those that wait for time or for others: sleeps, groups, what the slow lane
                            has, closes that wait for operations on their descriptor. A limit should not count them */
};

/* Set a limit. 0, or -EINVAL (unknown or read-only key, value out of range), -EPERM. */
COAIO_EXTERN int coaio_set(coaio_engine *engine, int key, int64_t value);

/* Read a limit or a gauge; -EINVAL for an unknown key. */
COAIO_EXTERN int64_t coaio_get(const coaio_engine *engine, int key);

enum coaio_where {
    COAIO_ON_ORDINARY = 1, /* a worker; it has been replaced where requests were waiting for it */
    COAIO_ON_SLOW = 2,     /* a worker of the slow lane: to wait is what that is for */
    COAIO_ON_RING = 3,
    COAIO_ON_POLLER = 4    /* no thread: it waits until its pipe, socket or terminal is ready */
};

enum { COAIO_STUCK_PATH = 4096 };

typedef struct coaio_stuck_info {
    int64_t  for_ns;    /* how long it has been executing */
    uint32_t op;        /* enum coaio_opcode */
    int32_t  fd;        /* its first descriptor, -1 where it has a path or neither */
    uint32_t where;     /* enum coaio_where */
    uint32_t cancelled; /* 1: it was cancelled or timed out; its request may be delivered already */
    char     path[COAIO_STUCK_PATH]; /* its first path, ended by NUL, relative to its wd; "" where it has none */
} coaio_stuck_info;

/*
 * List what has been executing for longer than COAIO_STUCK_AFTER: up to `max` entries of `size` bytes each (sizeof
 * (coaio_stuck_info), so that later versions may add fields), in no order. `out` may be NULL to count. The number that
 * there are, which may be more than `max`; -EINVAL for a size that no version has; -EPERM. Waits for nobody.
 */
COAIO_EXTERN int64_t coaio_stuck(coaio_engine *engine, coaio_stuck_info *out, uint32_t size, uint32_t max);

/* ---- delivery ------------------------------------------------------------------------------------------------ */

/*
 * A descriptor to watch for readability: readable whenever coaio_poll has something to do (unsubmitted requests,
 * completions, expired timeouts, what an earlier poll left over). Only watch it: never read, write or close it.
 */
COAIO_EXTERN int coaio_fileno(coaio_engine *engine);

/*
 * Submit what is queued, collect what is finished, run the callbacks, and go on while that finishes more at once.
 * The number of callbacks run, or -EBUSY inside a callback, -EPERM. Never blocks.
 */
COAIO_EXTERN int coaio_poll(coaio_engine *engine);

/*
 * Submit, then wait until coaio_poll or coaio_reap has something to do, up to `timeout_ns` (-1: for ever).
 * 1 ready, or the last request has ended; 0 timeout; -EINTR when a signal handler ran; -EPERM. Delivers nothing.
 * Where no request is outstanding only coaio_wakeup and signals end it: ask coaio_get(engine, COAIO_NREQS) first.
 */
COAIO_EXTERN int coaio_wait(coaio_engine *engine, int64_t timeout_ns);

/*
 * Submit, then hand out up to `max` finished requests that have no callback. They, and their results, live until the
 * next coaio_reap. The number stored in `out`. Never blocks.
 */
COAIO_EXTERN size_t coaio_reap(coaio_engine *engine, coaio_req **out, size_t max);

/* Nanoseconds until the engine's next timeout or timer, 0 when it has something to do now, -1 when it has neither. */
COAIO_EXTERN int64_t coaio_timeout(coaio_engine *engine);

/* Make the engine's descriptor readable and a coaio_wait return. From any thread and signal handler. 0, -errno; -EPERM
   in a forked child. */
COAIO_EXTERN int coaio_wakeup(coaio_engine *engine);

/* ---- requests ------------------------------------------------------------------------------------------------ */

enum coaio_next_flags {
    COAIO_SLOW = 1,    /* may wait without bound: run it on the slow lane, whatever it is */
    COAIO_NO_INLINE = 2, /* never complete inside submit */
    COAIO_DETACHED = 4, /* nobody waits for it: neither poll nor reap deliver it; it dies when finished */
    COAIO_REGULAR = 8, /* a hint: the descriptor is a regular file without O_DIRECT; saves two system calls */
    COAIO_COPY_BYTES = 16, /* copy the bytes to be written: the request then borrows no memory */
    COAIO_BUFFERED = 32, /* a hint: the descriptor was opened without O_DIRECT; saves a system call */
    COAIO_TO_END = 64 /* a read or sendfile goes on to the end of a file or block device: see coaio_read */
};

/*
 * Settings of the next submitted request, and of it alone. `priority` -4..4, clamped: of those that are ready the
 * highest are started first, of those that are done delivered first, equals as they came. `timeout_ns`: the
 * request completes as -ETIMEDOUT when it is not finished by then, under the same rules as coaio_cancel; -1: never.
 */
COAIO_EXTERN void coaio_next(coaio_engine *engine, int priority, int64_t timeout_ns, uint32_t flags);

/*
 * The result: >= 0 or -errno once the request is finished, -EINPROGRESS before. What it counts is the request's
 * business (coaio/requests.h).
 */
COAIO_EXTERN int64_t coaio_result(const coaio_req *req);

/*
 * What the operation itself returned. The same as coaio_result, but for a request that was cancelled or timed out:
 * there it is -ECANCELED when the operation never ran, -EINPROGRESS while it still runs, and its true result after
 * (see it with coaio_ref). Descriptors and memory of such a result are already disposed of.
 */
COAIO_EXTERN int64_t coaio_outcome(const coaio_req *req);

/* 1 if the request waits until another process gives up a lock (a flock or fcntl that asks for that), else 0. */
COAIO_EXTERN int coaio_req_waits_for_lock(const coaio_req *req);

/*
 * The memory that belongs to the result, NULL where there is none: bytes (coaio_read with a NULL buffer, slurp, load,
 * readlink, realpath; always ended by an extra NUL), or what enum coaio_result_kind says. `size` (or NULL) receives its
 * length in bytes. Owned by the request.
 */
COAIO_EXTERN const void *coaio_data(const coaio_req *req, size_t *size);

/* As coaio_data, but the caller becomes the owner and releases it with coaio_free. */
COAIO_EXTERN void *coaio_take(coaio_req *req, size_t *size);

/* Release memory from coaio_take, NULL is fine. `engine` is the engine that made it, and must still be there. */
COAIO_EXTERN void coaio_free(coaio_engine *engine, void *memory);

/*
 * The path that a failed composite request (slurp, load, copy, move, scandir, rmtree, pathsync) failed on, ended by
 * NUL: of two paths the one it was, of a tree the file in it. NULL where there is none. Owned by the request.
 */
COAIO_EXTERN const char *coaio_error_path(const coaio_req *req);

/*
 * Cancel. 0: the request will be delivered as -ECANCELED; at once when it had not started, or holds no memory of the
 * caller (its operation then finishes by itself, and what it makes is disposed of), else as soon as the operation
 * lets go. -ENOENT: already delivered. -EPERM.
 */
COAIO_EXTERN int coaio_cancel(coaio_req *req);

/* Keep a request, and drop such a keep. coaio_ref returns its argument. References end with the engine: the memory of
   what is still kept when it is freed is lost. */
COAIO_EXTERN coaio_req *coaio_ref(coaio_req *req);
COAIO_EXTERN void coaio_unref(coaio_req *req);

/*
 * Wait for one request, up to `timeout_ns` (-1: for ever, 0: only look). 1 finished, 0 timeout, -EINTR, -EPERM.
 * The other requests go on but are not delivered; nor is this one: its callback still comes from coaio_poll.
 */
COAIO_EXTERN int coaio_req_wait(coaio_req *req, int64_t timeout_ns);

/*
 * Take a finished request out of delivery: neither poll nor reap will see it; it lives until coaio_unref.
 * 1 taken, 0 not finished yet, -ENOENT already delivered, -EPERM.
 */
COAIO_EXTERN int coaio_claim(coaio_req *req);

/* What it is, where it goes: the request's code, its caller's data, its engine, and who served it so far
   ("threads", "uring", "inline", or "" when nobody did). */
COAIO_EXTERN int coaio_req_op(const coaio_req *req);
COAIO_EXTERN void *coaio_req_data(const coaio_req *req);
COAIO_EXTERN coaio_engine *coaio_req_engine(const coaio_req *req);
COAIO_EXTERN const char *coaio_req_backend(const coaio_req *req);

/* Replace the callback and its data. Not on a request that was delivered: -ENOENT. */
COAIO_EXTERN int coaio_req_cb(coaio_req *req, coaio_cb cb, void *data);

/* Change the priority (clamped to -4..4) of a request that is not executing yet; afterwards it has no effect. 0. */
COAIO_EXTERN int coaio_req_pri(coaio_req *req, int priority);

/*
 * Give the request, whatever it is doing, a timeout as that of coaio_next: `timeout_ns` from now, in place of the one
 * it had; 0: the next look finds it expired; -1: no timeout. It never overrules a request that is finished or
 * cancelled already. 0, -ENOENT (delivered), -ENOMEM (the one before still counts), -EPERM.
 */
COAIO_EXTERN int coaio_req_timeout(coaio_req *req, int64_t timeout_ns);

/* ---- working directories ---------------------------------------------------------------------------------------- */

/*
 * Paths below a working directory are resolved from its descriptor: it may be renamed or removed meanwhile. Requests
 * keep it for as long as they need it. Free it before the engine that made it.
 */
enum coaio_wd_flags {
    COAIO_WD_BENEATH = 1 /* no path may lead out of it, by "..", an absolute path or a symbolic link: -EXDEV */
};

/* The working directory that a coaio_wd_open made, once: the caller becomes its owner. NULL where there is none. */
COAIO_EXTERN coaio_wd *coaio_wd_take(coaio_req *req);

/* Let go of it. `engine` is the engine that made it. NULL is fine. */
COAIO_EXTERN void coaio_wd_free(coaio_engine *engine, coaio_wd *wd);

/* Its descriptor (O_PATH), to be used by other *at calls while it lives. Do not close it. */
COAIO_EXTERN int coaio_wd_fd(const coaio_wd *wd);

/* ---- groups: requests that wait for other requests (IO::AIO's aio_group) ---------------------------------------- */

/*
 * Start a group: a request that finishes, at a poll, reap or wait, as soon as it is empty. One that never had a member
 * finishes at the next. Members may be added until then, also in callbacks of its members. Result: what
 * coaio_group_result set, 0 by default. Cancelling a group cancels its members and completes it at once.
 * Its functions return -EINVAL for a request that is not a group, -ENOENT for a finished group, -EPERM.
 */
COAIO_EXTERN coaio_req *coaio_group(coaio_engine *engine, coaio_cb cb, void *data);

/*
 * Have the group wait for a request of any kind, until that was delivered (with a callback: until it returned). One
 * that was delivered already changes nothing. 0, -EBUSY (it is in a group), -EINVAL (it is the group itself, or
 * contains it at some depth: none of them would ever finish), -ENOMEM (also for a `req` that is NULL, as a submit
 * returns it when out of memory).
 */
COAIO_EXTERN int coaio_group_add(coaio_req *group, coaio_req *req);

/* Hold the group open (1): it does not finish, even when empty, until released (0). 0. */
COAIO_EXTERN int coaio_group_hold(coaio_req *group, int open);

/* Cancel the members and drop the feeder, but not the group: it then finishes. 0. */
COAIO_EXTERN int coaio_group_cancel_subs(coaio_req *group);

/* Set the result that the group will have, >= 0 or -errno. 0. */
COAIO_EXTERN int coaio_group_result(coaio_req *group, int64_t result);

/* Called to add members to a group. One that adds none is dropped. May not poll. */
typedef void (*coaio_feeder)(coaio_req *group, void *data);

/* Call `feeder` now and whenever the group has fewer members than its limit. NULL drops the one before. 0. */
COAIO_EXTERN int coaio_group_feed(coaio_req *group, coaio_feeder feeder, void *data);

/* How many members a feeder keeps the group at; 2 by default, 0 pauses the feeder. 0. */
COAIO_EXTERN int coaio_group_limit(coaio_req *group, uint32_t limit);

/* ---- describing requests to other languages ------------------------------------------------------------------- */

/* One argument: the field that its kind names is read, the others are ignored. */
typedef struct coaio_arg {
    int64_t     i;
    double      d;
    const void *p;
    uint64_t    n COAIO_ALIGNED;
} coaio_arg;

enum coaio_arg_kind {
    COAIO_ARG_NONE = 0,
    COAIO_ARG_FD = 1,       /* i: a descriptor */
    COAIO_ARG_FD2 = 2,      /* i: the second one */
    COAIO_ARG_PATH = 3,     /* p: bytes; n: their number, 0: up to NUL; i: a coaio_wd pointer or 0 */
    COAIO_ARG_PATH2 = 4,    /* the second one */
    COAIO_ARG_TARGET = 5,   /* as PATH, or with p NULL as FD */
    COAIO_ARG_TEXT = 6,     /* as PATH, without a wd: what a symbolic link says */
    COAIO_ARG_FLAGS = 7,    /* i: 0..2^32-1 */
    COAIO_ARG_MODE = 8,     /* i: permission bits, 0..07777; mknod: with the file type, which others ignore */
    COAIO_ARG_OFFSET = 9,   /* i: bytes from the start, >= 0; -1 where a request knows the descriptor's own position */
    COAIO_ARG_LENGTH = 10,  /* n: bytes */
    COAIO_ARG_MEMORY = 11,  /* p: where to read to, or NULL: the engine's own memory */
    COAIO_ARG_BYTES = 12,   /* p: what to write */
    COAIO_ARG_DELTA = 13,   /* i: a signed distance in bytes (seek) */
    COAIO_ARG_WHENCE = 14,  /* i: SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE */
    COAIO_ARG_UID = 15,     /* i: -1 leaves it */
    COAIO_ARG_GID = 16,     /* i: -1 leaves it */
    COAIO_ARG_ATIME = 17,   /* i: nanoseconds since 1970, COAIO_TIME_NOW, _OMIT, or _EXACT with p: a coaio_time */
    COAIO_ARG_MTIME = 18,   /* the same */
    COAIO_ARG_DEV = 19,     /* n: a device number as makedev(3) makes it */
    COAIO_ARG_SECONDS = 20, /* d: seconds, >= 0 */
    COAIO_ARG_COUNT = 21,   /* n: how many at most; left out: no limit */
    COAIO_ARG_COMMAND = 22, /* i: the number of an fcntl or ioctl */
    COAIO_ARG_ARGUMENT = 23, /* i: what goes with it, or p: n bytes of it, copied in and handed back with the result */
    COAIO_ARG_RANGE = 24,   /* p: where it begins; n: bytes: memory of the caller's, in use until completion */
    COAIO_ARG_MASK = 25     /* i: what is wanted, 0..2^32-1; left out: STATX_BASIC_STATS and STATX_BTIME */
};

enum coaio_result_kind {
    COAIO_RESULT_NONE = 0,     /* 0 */
    COAIO_RESULT_FD = 1,       /* a new descriptor */
    COAIO_RESULT_COUNT = 2,    /* bytes transferred */
    COAIO_RESULT_POSITION = 3, /* bytes from the start */
    COAIO_RESULT_BYTES = 4,    /* bytes transferred; coaio_data has them when the engine owned the memory */
    COAIO_RESULT_STRING = 5,   /* coaio_data: a string; the result is its length */
    COAIO_RESULT_STAT = 6,     /* coaio_data: coaio_statbuf */
    COAIO_RESULT_STATVFS = 7,  /* coaio_data: coaio_statvfsbuf */
    COAIO_RESULT_NAMES = 8,    /* coaio_data: coaio_listing; the result is the number of entries */
    COAIO_RESULT_ENTRIES = 9,  /* the same, with types and inodes, and flags that matter */
    COAIO_RESULT_EXTENTS = 10, /* coaio_data: an array of coaio_extent; the result is their number */
    COAIO_RESULT_WD = 11,      /* 0; coaio_wd_take hands it over */
    COAIO_RESULT_CONTROL = 12, /* what the call returned; coaio_data: the bytes of the argument, as it left them */
    COAIO_RESULT_LISTS = 13,   /* coaio_data: coaio_lists; the result is the number of entries in both */
    COAIO_RESULT_STATX = 14    /* coaio_data: coaio_statxbuf */
};

enum { COAIO_ARGS_MAX = 6 };

typedef struct coaio_op {
    const char *name;                   /* "aio_open" */
    uint32_t    code COAIO_ALIGNED;     /* COAIO_OPEN */
    uint32_t    result;                 /* enum coaio_result_kind */
    uint32_t    nargs;                  /* how many of args are used */
    uint8_t     args[COAIO_ARGS_MAX + 2]; /* enum coaio_arg_kind, in order */
} coaio_op;

/* Row `index` (from 0) of the table of requests; NULL past its end. */
COAIO_EXTERN const coaio_op *coaio_ops(uint32_t index);

/* What a binding should take for argument `index` of request `op` that its caller leaves out: 0, stored in `value`;
   -EINVAL if it has to be given. A length of UINT64_MAX: as far as there is something, with COAIO_TO_END. */
COAIO_EXTERN int coaio_op_left_out(int op, uint32_t index, coaio_arg *value);

/*
 * Submit request `op` (enum coaio_opcode) with `n` arguments in the order of its row. Arguments left out are 0, NULL
 * or the kind's neutral value (offset -1, times now, ids -1). NULL: out of memory (or not the owner's thread).
 * Wrong arguments complete with -EINVAL.
 */
COAIO_EXTERN coaio_req *coaio_submit(coaio_engine *engine, int op, const coaio_arg *args, uint32_t n, coaio_cb cb,
                                     void *data);

/* The value of a constant of this system, by name ("O_RDONLY", "ENOENT"). 0, or -ENOENT where the system lacks it. */
COAIO_EXTERN int coaio_constant(const char *name, int64_t *value);

/* Constant number `index` (from 0): its name, with its value stored in `value`; NULL past the end. */
COAIO_EXTERN const char *coaio_constants(uint32_t index, int64_t *value);

/* "ENOENT" for ENOENT or -ENOENT, NULL for an unknown number; and the system's message. Static storage. */
COAIO_EXTERN const char *coaio_errname(int error);
COAIO_EXTERN const char *coaio_strerror(int error);

#ifdef __cplusplus
}
#endif

#include "coaio/requests.h"

#endif
