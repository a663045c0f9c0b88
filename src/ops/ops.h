/*
 * What a request is: the row type of the table, and the arguments it carries.
 *
 * Knows nothing of threads, rings or engines. A worker calls `run` with a request's arguments and
 * gets a result; the functions that fill a ring entry (prep.h) and that try to complete at once
 * (try.h) see the same two structs.
 */
#ifndef COAIO_OPS_OPS_H
#define COAIO_OPS_OPS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"
#include "coaio.h"

struct io_uring_sqe;
struct coaio__group;
struct coaio__mounts;

/* How far a transfer goes on (COAIO_TO_END). */
enum coaio__ending {
    COAIO__END_NONE,    /* it does not: one call */
    COAIO__END_UNKNOWN, /* until no more comes */
    COAIO__END_CLAIMED  /* the same, of a read whose length is one byte more than its file claims to
                           have */
};

/* The arguments of a request. Owned by the request, but for memory that the caller lent. One field
   per kind. */
struct coaio__args {
    coaio_wd *wd, *wd2;
    char *path; /* owned copy, in a bare block as long as it is; NULL: the target is fd */
    union {
        char *path2;
        char *text;  /* what a symbolic link says */
        void *block; /* fcntl, ioctl: copy of an argument in memory; NULL: it is the integer */
    };
    union {
        void *memory;               /* where to read to, where to write from */
        struct coaio__group *group; /* of aio_group: its members */
    };
    union {
        int64_t offset; /* bytes; -1: the descriptor's own position */
        int64_t delta;  /* bytes, signed */
        int64_t atime_sec;
        int64_t argument; /* of fcntl, ioctl */
        uint64_t dev;
        double seconds;
    };
    union {
        uint64_t length; /* bytes */
        int64_t mtime_sec;
        uint64_t end; /* of aio_sleep, on the clock of deadlines */
        struct {
            uint32_t uid, gid; /* UINT32_MAX leaves it */
        };
    };
    int fd, fd2;
    union {
        uint32_t flags;
        int32_t whence;
        uint32_t command;    /* of fcntl, ioctl */
        uint32_t ending;     /* of read, sendfile: enum coaio__ending */
        uint32_t atime_nsec; /* enum coaio_nsec among them */
    };
    union {
        uint32_t mode;
        uint32_t count; /* UINT32_MAX: no limit */
        uint32_t mtime_nsec;
        uint32_t mask; /* of statx */
    };
};

/*
 * What an operation made: `value` (>= 0 or -errno) and, for some kinds, memory from coaio__alloc. A
 * result that nobody will see must be disposed of: see coaio__result_dispose.
 */
struct coaio__result {
    int64_t value;
    void *memory;
    size_t size; /* bytes of memory that are meant for the caller; of an unfinished read: bytes
                    already there; of a write or sendfile: bytes already written, from where `run`
                    and `at_once` go on */
};

/* A result of kind CONTROL without memory has this size when its value is a new descriptor. */
enum { COAIO__OWNS_FD = 1 };

/* The things that an operation may use besides its arguments. */
struct coaio__context {
    struct coaio__mem *mem;
    struct coaio__result *result; /* for operations that make memory */
    _Atomic uint8_t *cancelled;   /* non-zero: give up early, with any result; NULL: never */
    bool cached;                  /* the descriptor is known not to be O_DIRECT: saves looking */
    struct coaio__mounts *mounts; /* of an attempt by the owner: what the engine knows of mounts */
    bool disk;                    /* `at_once` may wait for a disk: it is on a worker */
    bool tried;                   /* `at_once` was on a worker before, and had to wait */
    uint8_t waits_for;            /* enum coaio__direction: what `at_once` would have to wait for */
};

/* Runs on a worker and may block. Returns the value of the result; -EINTR is retried unless
   cancelled. */
typedef int64_t coaio__run(struct coaio__args *args, struct coaio__context *context);

/* Fills a zeroed ring entry, all but its user_data. Must mean exactly what `run` does. */
typedef void coaio__prep(struct io_uring_sqe *sqe, struct coaio__args *args,
                         struct coaio__result *result);

/* Turns what the ring returned into the result: NULL where it needs no turning. -EAGAIN: repeat it
   on a worker. */
typedef int64_t coaio__after(struct coaio__args *args, struct coaio__context *context,
                             int64_t value);

/*
 * Makes the memory for the result before anything else is done, if there is none yet: on the
 * owner's thread, for the ring and for workers that share (core/place.c). Returns 0, or -errno for
 * the request's result.
 */
typedef int coaio__memory(struct coaio__args *args, struct coaio__context *context);

/* Whether the ring would do this otherwise than the system call: then a worker does it. */
typedef bool coaio__refuses(const struct coaio__args *args);

/*
 * Runs on the owner's thread, inside submit or later, and must not block; -EAGAIN: it would have.
 * Reads at an offset are tried by workers as well (core/place.c).
 */
typedef int64_t coaio__try(struct coaio__args *args, struct coaio__context *context);

/*
 * Does what can be done at once, on any thread that blocks SIGPIPE, and never waits for a
 * descriptor. The value, or -EAGAIN: call it again when poll(2) says that the descriptor is ready;
 * -EOPNOTSUPP: the file cannot be asked not to wait, so `run` is to do it then; -ENOSYS: let `run`
 * do it now, with or without waiting; -EINPROGRESS: a disk is next, call it on a worker.
 */
typedef int64_t coaio__at_once(struct coaio__args *args, struct coaio__context *context);

/* Whether it waits until somebody else gives up a lock. */
typedef bool coaio__waits(const struct coaio__args *args);

/* The meaning of a length that the caller left out (coaio_op_left_out). */
enum coaio__length {
    COAIO__LENGTH_ZERO,
    COAIO__LENGTH_TO_END, /* as far as there is something */
    COAIO__LENGTH_NEEDED  /* nothing: it must be given */
};

enum coaio__direction { COAIO__INPUT, COAIO__OUTPUT, COAIO__DIRECTIONS };

/* Which workers may run it, when the ring does not. */
enum coaio__lane {
    COAIO__LANE_NONE,      /* completes without any */
    COAIO__LANE_ORDINARY,  /* bounded by the disk */
    COAIO__LANE_SLOW,      /* may wait without bound */
    COAIO__LANE_BY_FD,     /* slow unless its descriptors are regular files, directories or block
                              devices */
    COAIO__LANE_BY_PATH,   /* slow when the path names a FIFO or a device */
    COAIO__LANE_BY_COMMAND /* slow when `waits` says so */
};

/* How long it takes where no disk has to be waited for. */
enum coaio__span {
    COAIO__SPAN_LONG,   /* or it is not known */
    COAIO__SPAN_VARIES, /* with what there is to do: often no longer than the next */
    COAIO__SPAN_BRIEF   /* about as long as a system call */
};

enum { COAIO__MODE_BITS = 0177777 /* permissions, set-id and sticky bits, type */ };

struct coaio__op {
    coaio_op info;
    coaio__run *run;
    enum coaio__lane lane;
    enum coaio__span span;
    coaio__try *try_inline;
    int cost;   /* of that: about its time, in sixteenths of a system call's */
    bool alone; /* to be tried only while few are under way: executors are quicker with many */
    coaio__prep *prep;
    int opcode;                   /* IORING_OP_*, to be probed; meaningless without prep */
    coaio__memory *memory;        /* NULL: needs none, or `run` makes it */
    coaio__refuses *ring_refuses; /* NULL: nothing */
    coaio__after *after;
    coaio__at_once *at_once; /* NULL: a worker waits */
    uint8_t waits_for; /* enum coaio__direction: of its first descriptor, where `at_once` would have
                          to wait; for input from a second one (FD2) as well */
    bool interruptible;    /* by a signal on every lane, not only on the slow one */
    bool own_position;     /* offset -1 is the descriptor's own position, elsewhere it is -EINVAL */
    bool goes_on;          /* with COAIO_TO_END, until nothing more comes */
    bool command_has_size; /* of the argument in memory that goes with it */
    coaio__waits *waits;
    enum coaio__length length;
    bool moves_position; /* of its first descriptor, whatever its arguments */
    struct {
        uint32_t mask, left_out; /* the bits of a mode that count, and what a mode left out is */
    } mode;
};

/* The row of a code, NULL for an unknown code. */
const struct coaio__op *coaio__op_of(int code);

/* args.c: copy arguments in, by kind; 0, -EINVAL, -ENOMEM. On failure nothing is kept. */
int coaio__args_copy(struct coaio__mem *mem, struct coaio__args *args, const struct coaio__op *op,
                     const coaio_arg *given, uint32_t n);

/* The value that stands for argument `index` if it is left out: 0, or -EINVAL if it may not be. */
int coaio__args_left_out(const struct coaio__op *op, uint32_t index, coaio_arg *value);

void coaio__args_free(struct coaio__mem *mem, struct coaio__args *args);

#endif
