/*
 * A sendfile that never waits for the other end of a pipe or socket. See at_once.h; run_sendfile.c
 * says what it means.
 *
 * Bytes of a pipe or socket cannot be put back. So none are taken before the output has room, and
 * no more than fit into the least room that poll(2) calls one; between two pipes the kernel moves
 * them itself. Where a stranger's write took that room first, what could not be passed on is kept
 * with the request and goes out before anything else.
 *
 * A file may have to wait for a disk, so one is read or written on a worker only, and there for as
 * long as the other end takes part. Its bytes are not taken: what could not be written is read
 * again.
 */
#include "ops/at_once.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/narrow.h"
#include "ops/read.h"
#include "ops/result.h"
#include "ops/run.h"
#include "ops/sendfile.h"

enum kind {
    DISK, /* a regular file or block device */
    PIPE,
    STREAM, /* a socket */
    OTHER   /* that poll(2) knows, and that cannot be asked not to wait */
};

struct end {
    int fd;
    enum kind kind;
    bool writes;
    short ready; /* events */
};

struct passage {
    struct end in, out;
    struct coaio__args *args;
    struct coaio__context *context;
    struct coaio__result *result; /* bytes that have reached the output, and what was taken */
    bool by_hand; /* the system does not know the pair: `run` would read and write */
};

/* ---- the two ends ---------------------------------------------------------------------------- */

static int kind_of_socket(int fd)
{
    int type = 0, listens = 0;
    socklen_t size = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        return -ENOSYS;
    size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens)
        return -ENOSYS;
    return type == SOCK_STREAM ? STREAM : OTHER;
}

/* -ENOSYS: only the plain calls know what it does. */
static int kind_of(int fd)
{
    mode_t mode;
    int64_t size;

    if (coaio__known_size(fd, &mode, &size) < 0)
        return -ENOSYS;
    if (S_ISREG(mode) || S_ISBLK(mode))
        return coaio__is_direct(fd) ? -ENOSYS : DISK;
    if (S_ISFIFO(mode))
        return PIPE;
    if (S_ISSOCK(mode))
        return kind_of_socket(fd);
    return isatty(fd) ? OTHER : -ENOSYS;
}

static bool know(struct end *end, int fd, bool writes)
{
    int flags = fcntl(fd, F_GETFL), kind;

    if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == (writes ? O_RDONLY : O_WRONLY))
        return false;
    kind = kind_of(fd);
    *end = (struct end){.fd = fd, .kind = (enum kind)kind, .writes = writes};
    return kind >= 0;
}

/* True if the end does not wait: also if it has an error, or was hung up. */
static bool is_ready(const struct end *end)
{
    return end->kind == DISK
           || end->ready & ((end->writes ? POLLOUT : POLLIN) | POLLERR | POLLHUP | POLLNVAL);
}

/* True for a unix socket. TCP may refuse bytes although there is room (TCP_NOTSENT_LOWAT), and
   those of a pipe could not be put back then. */
static bool is_local(int fd)
{
    int domain = 0;
    socklen_t size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/* poll(2) calls a socket writable when much of its buffer is free, and a write waits when nothing
   is. */
static bool has_room(const struct passage *passage)
{
#ifdef SO_MEMINFO
    uint32_t memory[SK_MEMINFO_VARS];
    socklen_t size = sizeof memory;

    if (passage->out.kind != STREAM || passage->context->tried
        || (passage->in.kind != DISK && !is_local(passage->out.fd))
        || getsockopt(passage->out.fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0
        || size < sizeof memory)
        return false;
    uint64_t limit = memory[SK_MEMINFO_SNDBUF];
    uint64_t keep =
        passage->in.kind == DISK ? 1 : limit / COAIO__SOCKET_PART * COAIO__SOCKET_PARTS_KEPT;
    return memory[SK_MEMINFO_WMEM_QUEUED] + keep <= limit
           && memory[SK_MEMINFO_WMEM_ALLOC] + keep <= limit;
#else
    (void)passage;
    return false;
#endif
}

static void look(struct end *end)
{
    struct pollfd pollfd = {.fd = end->fd, .events = end->writes ? POLLOUT : POLLIN};

    if (end->kind != DISK && poll(&pollfd, 1, 0) >= 0)
        end->ready = pollfd.revents;
}

/* Only the plain call knows whether some errors are its own, or come from asking it not to wait. */
static int64_t answer(int64_t error)
{
    bool doubtful = error == -EOPNOTSUPP || error == -EINVAL || error == -EPERM || error == -EINTR
                    || error == -ENXIO || error == -ESPIPE;
    return doubtful ? -ENOSYS : error;
}

/* That no bytes are needed to learn. 0 or -errno. */
static int64_t error_of(const struct end *out)
{
    int64_t rc;

    if (out->kind == PIPE)
        return out->ready & POLLERR ? -EPIPE : 0;
    if (out->kind != STREAM || out->ready == POLLOUT)
        return 0;
    rc = coaio__value(send(out->fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL));
    return rc == -EAGAIN ? 0 : answer(rc);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int64_t wait_for(struct passage *passage, const struct end *end)
{
    passage->context->waits_for = end->writes ? COAIO__OUTPUT : COAIO__INPUT;
    return -EAGAIN;
}

/* If something was copied, the result is that. */
static int64_t wait_for_input(struct passage *passage)
{
    if (passage->result->size)
        return 0;
    return coaio__waits_plainly(passage->in.fd, false) ? wait_for(passage, &passage->in) : -ENOSYS;
}

/* True if bytes were taken that cannot be read again: these have to go out first. */
static bool owes(const struct passage *passage)
{
    return passage->in.kind != DISK && passage->result->memory;
}

/* Copying by hand waits for any output. The system's call waits for one that is not O_NONBLOCK, and
   fills a pipe only once. */
static int64_t wait_for_output(struct passage *passage)
{
    bool filled = passage->out.kind == PIPE && passage->args->ending == COAIO__END_NONE;
    bool waits = passage->by_hand || !passage->result->size || owes(passage);

    if (!waits && (filled || !coaio__waits_plainly(passage->out.fd, true)))
        return 0;
    return wait_for(passage, &passage->out);
}

/* Positive: both are ready. */
static int64_t meet(struct passage *passage)
{
    int64_t error;

    look(&passage->in);
    if (!owes(passage) && !is_ready(&passage->in))
        return wait_for_input(passage);
    look(&passage->out);
    error = error_of(&passage->out);
    if (error < 0)
        return error;
    return is_ready(&passage->out) || has_room(passage) ? 1 : wait_for_output(passage);
}

/* ---- passing on ------------------------------------------------------------------------------ */

static off_t position(const struct passage *passage)
{
    if (passage->args->offset < 0)
        return lseek(passage->in.fd, 0, SEEK_CUR);
    return passage->args->offset + (off_t)passage->result->size;
}

static int64_t take(struct passage *passage, struct coaio__taken *taken, size_t most)
{
    int64_t n;

    if (passage->in.kind == DISK) {
        n = answer(coaio__value(pread(passage->in.fd, taken->bytes, most, position(passage))));
        n = n == -EAGAIN ? -ENOSYS : n; /* a file that waits is not asked again */
    } else {
        n = answer(coaio__move_at_once(passage->in.fd, false, taken->bytes, most));
    }
    taken->begin = 0;
    taken->end = n > 0 ? (size_t)n : 0;
    return n == -EAGAIN ? wait_for_input(passage) : n;
}

/* To a file all of it, or there is an error. */
static int64_t put_to_file(const struct passage *passage, struct coaio__taken *taken)
{
    struct coaio__context never = {.cancelled = NULL}; /* what was taken has to go somewhere */
    const char *from = taken->bytes + taken->begin;
    int error;
    size_t n = coaio__write_all(passage->out.fd, from, taken->end - taken->begin, &never, &error);

    taken->begin += n;
    passage->result->size += n;
    return error ? error : (int64_t)n;
}

static int64_t put(struct passage *passage, struct coaio__taken *taken)
{
    int64_t n;

    if (passage->out.kind == DISK)
        return put_to_file(passage, taken);
    n = coaio__move_at_once(passage->out.fd, true, taken->bytes + taken->begin,
                            taken->end - taken->begin);
    if (n == -EAGAIN || n == -EINPROGRESS) /* the latter: a connection that the first bytes open */
        return wait_for_output(passage);
    if (n < 0)
        return answer(n);
    taken->begin += (size_t)n;
    passage->result->size += (size_t)n;
    if (passage->in.kind == DISK && passage->args->offset < 0)
        (void)lseek(passage->in.fd, (off_t)n, SEEK_CUR);
    return n;
}

/* Bytes that were taken and not put stay with the request, unless they can be read again. */
static int64_t pass(struct passage *passage, size_t most)
{
    struct coaio__result *result = passage->result;
    bool fresh = !result->memory;
    int64_t n = 1;

    if (fresh
        && !(result->memory = coaio__alloc(passage->context->mem, sizeof(struct coaio__taken))))
        return -ENOMEM;
    struct coaio__taken *taken = result->memory;
    if (fresh)
        n = take(passage, taken, most);
    if (n > 0)
        n = put(passage, taken);
    if (passage->in.kind == DISK || taken->begin == taken->end)
        coaio__taken_drop(passage->context->mem, result);
    return n;
}

/* The kernel's own way between pipes, which takes nothing that it does not pass on. */
static int64_t pass_pipe(struct passage *passage, size_t most)
{
    int64_t n =
        coaio__value(splice(passage->in.fd, NULL, passage->out.fd, NULL, most, SPLICE_F_NONBLOCK));

    passage->result->size += n > 0 ? (size_t)n : 0;
    return n == -EAGAIN ? wait_for(passage, &passage->out) : answer(n);
}

static size_t room_of(const struct end *out)
{
    int size = 0;
    socklen_t length = sizeof size;

    if (out->kind != STREAM || getsockopt(out->fd, SOL_SOCKET, SO_SNDBUF, &size, &length) < 0)
        return COAIO__SURE_ROOM;
    return size / COAIO__SOCKET_PART < 1
               ? 1
               : coaio__at_most((uint64_t)size / COAIO__SOCKET_PART, COAIO__SURE_ROOM);
}

/* Bytes, 0: there are no more, or an answer. */
static int64_t step(struct passage *passage, uint64_t left)
{
    bool by_disk = passage->in.kind == DISK || passage->out.kind == DISK;
    int64_t n = meet(passage);

    if (n <= 0)
        return n;
    if (passage->in.kind == OTHER || passage->out.kind == OTHER)
        return -ENOSYS;
    if (by_disk && !passage->context->disk)
        return -EINPROGRESS;
    if (passage->in.kind == PIPE && passage->out.kind == PIPE)
        return pass_pipe(passage, coaio__at_most(left, COAIO__POLLER_TURN));
    return pass(passage, coaio__at_most(left, by_disk ? COAIO__TAKEN_MAX : room_of(&passage->out)));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool prepare(struct passage *passage, struct coaio__args *args,
                    struct coaio__context *context)
{
    *passage = (struct passage){.args = args, .context = context, .result = context->result};
    if (!know(&passage->in, args->fd2, false) || !know(&passage->out, args->fd, true))
        return false;
    if (passage->in.kind == DISK ? passage->out.kind == DISK : args->offset >= 0)
        return false;
    passage->by_hand =
        passage->in.kind == PIPE || (passage->in.kind == STREAM && passage->out.kind != PIPE);
    return passage->by_hand || passage->result->size || coaio__waits_plainly(passage->out.fd, true);
}

/* How far it may go is said by the file, which only a worker asks. False: further than can be
   counted here. */
static bool limit(struct passage *passage)
{
    struct coaio__args *args = passage->args;
    uint64_t most = COAIO__TRANSFER_MAX;

    if (args->ending != COAIO__END_NONE && passage->in.kind == DISK)
        most = passage->context->disk ? coaio__sendfile_limit(args, passage->result->size)
                                      : UINT64_MAX;
    if (args->length > most)
        args->length = most;
    return args->length <= PTRDIFF_MAX || !passage->context->disk;
}

/* An error after a part is told by the next call; but what goes on to the end of a file ends with
   it. */
static int64_t finish(struct passage *passage, int64_t error)
{
    struct coaio__result *result = passage->result;
    bool told = passage->in.kind == DISK && passage->args->ending != COAIO__END_NONE;

    coaio__taken_drop(passage->context->mem, result);
    if (error == 0 || (result->size && !told))
        return (int64_t)result->size;
    result->size = 0;
    return error;
}

int64_t coaio__sendfile_at_once(struct coaio__args *args, struct coaio__context *context)
{
    struct coaio__result *result = context->result;
    size_t turn = result->size + (context->disk ? COAIO__WORKER_TURN : COAIO__POLLER_TURN);
    struct passage passage;
    int64_t n = 1;

    if (!prepare(&passage, args, context) || !limit(&passage))
        return -ENOSYS;
    while (n > 0 && result->size < args->length) {
        if (result->size >= turn || coaio__cancelled(context))
            return wait_for(&passage, &passage.out);
        n = step(&passage, args->length - result->size);
    }
    if (n == -EAGAIN || n == -ENOSYS || n == -EINPROGRESS)
        return n;
    return finish(&passage, n < 0 ? n : 0);
}

#endif
