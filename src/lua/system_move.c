/*
 * sendfile, splice, tee, pipe2, pipesize and accept4. What writes does so without signals, as
 * requests do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/sendfile.h>
#endif

#include "lua/quiet.h"
#include "lua/system.h"

enum { COPY_SIZE = 32 << 10, TRANSFER_MAX = 0x7ffff000 };

/* ---- sendfile -------------------------------------------------------------------------------- */

struct transfer {
    int out, in;
    int64_t offset; /* -1: its own position */
    size_t length;
};

static int64_t copy_by_system(const struct transfer *transfer)
{
#ifdef __linux__
    off_t offset = transfer->offset;
    return coaio__system_value(
        sendfile(transfer->out, transfer->in, offset < 0 ? NULL : &offset, transfer->length));
#else
    (void)transfer;
    return -ENOSYS;
#endif
}

/* All bytes that were read go out: those from a pipe cannot be put back, so a full output is waited
   for. */
static int64_t write_all(int fd, const char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t n = write(fd, bytes + done, length - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (errno != EINTR)
            return done > 0 ? (int64_t)done : -errno;
    }
    return (int64_t)done;
}

/* One read, so that it waits no more than a read does. */
static int64_t copy_by_hand(const struct transfer *transfer)
{
    char bytes[COPY_SIZE];
    size_t length = transfer->length < COPY_SIZE ? transfer->length : COPY_SIZE;
    int64_t n = coaio__system_value(transfer->offset < 0
                                        ? read(transfer->in, bytes, length)
                                        : pread(transfer->in, bytes, length, transfer->offset));
    int64_t written = n > 0 ? write_all(transfer->out, bytes, (size_t)n) : n;
    if (written < n && transfer->offset < 0)
        (void)lseek(transfer->in, (written > 0 ? written : 0) - n, SEEK_CUR);
    return written;
}

/* In pieces, until the end, an error, or all is done. */
static int64_t copy_pieces(struct transfer transfer)
{
    size_t wanted = transfer.length, piece;
    int64_t done = 0, n;
    do {
        piece = wanted - (size_t)done < COPY_SIZE ? wanted - (size_t)done : COPY_SIZE;
        transfer.length = piece;
        n = copy_by_hand(&transfer);
        done += n > 0 ? n : 0;
        transfer.offset += transfer.offset >= 0 && n > 0 ? n : 0;
    } while (n == (int64_t)piece && (size_t)done < wanted);
    return done > 0 ? done : n;
}

static int64_t copy(const struct transfer *transfer)
{
    int64_t n = copy_by_system(transfer);
    return n == -EINVAL || n == -ENOSYS || n == -EOPNOTSUPP ? copy_pieces(*transfer) : n;
}

/* How much there is to the end, at most: files of /proc claim to be empty. 0: it has no end. */
static uint64_t bytes_ahead(const struct transfer *transfer)
{
    struct stat from;
    int64_t start = transfer->offset < 0 ? lseek(transfer->in, 0, SEEK_CUR) : transfer->offset;
    if (fstat(transfer->in, &from) < 0 || (!S_ISREG(from.st_mode) && !S_ISBLK(from.st_mode)))
        return 0;
    if (from.st_size == 0)
        return UINT64_MAX;
    return from.st_size > start ? (uint64_t)(from.st_size - start) : 0;
}

/* As coaio_sendfile with COAIO_TO_END. */
static int64_t copy_to_the_end(struct transfer transfer)
{
    uint64_t left = bytes_ahead(&transfer);
    int64_t done = 0, n;
    do {
        transfer.length = left > 0 && left < TRANSFER_MAX ? (size_t)left : TRANSFER_MAX;
        do
            n = copy(&transfer);
        while (n == -EINTR && done > 0);
        if (n == -EAGAIN && done > 0)
            break;
        if (n < 0)
            return n;
        done += n;
        transfer.offset += transfer.offset >= 0 ? n : 0;
        left -= (uint64_t)n < left ? (uint64_t)n : left;
    } while (n > 0 && left > 0);
    return done;
}

/* sendfile(out_fh, in_fh, in_offset[, length]) -> count */
static int move_sendfile(lua_State *L, struct call *call)
{
    int out = coaio__system_fd(L, call, 1), in = coaio__system_fd(L, call, 2);
    lua_Integer offset = coaio__opt_integer(L, call, 3, -1);
    lua_Integer length = coaio__opt_integer(L, call, 4, TRANSFER_MAX);
    struct transfer transfer = {out, in, offset,
                                length < TRANSFER_MAX ? (size_t)length : TRANSFER_MAX};
    struct quiet quiet;
    int64_t result;

    if (offset < 0 && !lua_isnil(L, 3))
        coaio__refuse(L, call, 3, "offset out of range");
    if (length < 0)
        coaio__refuse(L, call, 4, "length out of range");
    quiet = coaio__quiet_begin();
    result = lua_isnil(L, 4) ? copy_to_the_end(transfer) : copy(&transfer);
    coaio__quiet_end(&quiet);
    return coaio__system_number(L, result);
}

/* ---- pipes and sockets ----------------------------------------------------------------------- */

#ifdef __linux__

/* At most so many bytes: more than fits means as many as can be. */
static size_t check_length(lua_State *L, struct call *call, int index)
{
    lua_Integer length = coaio__check_integer(L, call, index);
    if (length < 0)
        coaio__refuse(L, call, index, "length out of range");
    return length < PTRDIFF_MAX ? (size_t)length : PTRDIFF_MAX;
}

/* splice(r_fh, r_off, w_fh, w_off, length[, flags]) -> count */
static int move_splice(lua_State *L, struct call *call)
{
    int in = coaio__system_fd(L, call, 1), out = coaio__system_fd(L, call, 3);
    loff_t from = coaio__opt_integer(L, call, 2, 0), to = coaio__opt_integer(L, call, 4, 0);
    size_t length = check_length(L, call, 5);
    int flags = coaio__system_opt_int(L, call, 6);
    struct quiet quiet = coaio__quiet_begin();
    int64_t result =
        coaio__system_value(splice(in, lua_isnil(L, 2) ? NULL : &from, out,
                                   lua_isnil(L, 4) ? NULL : &to, length, (unsigned)flags));
    coaio__quiet_end(&quiet);
    return coaio__system_number(L, result);
}

/* tee(r_fh, w_fh, length[, flags]) -> count */
static int move_tee(lua_State *L, struct call *call)
{
    int in = coaio__system_fd(L, call, 1), out = coaio__system_fd(L, call, 2);
    size_t length = check_length(L, call, 3);
    int flags = coaio__system_opt_int(L, call, 4);
    struct quiet quiet = coaio__quiet_begin();
    int64_t result = coaio__system_value(tee(in, out, length, (unsigned)flags));
    coaio__quiet_end(&quiet);
    return coaio__system_number(L, result);
}

/* pipesize(fh[, size]) -> size */
static int move_pipesize(lua_State *L, struct call *call)
{
    int fd = coaio__system_fd(L, call, 1), size = coaio__system_opt_int(L, call, 2);
    int result = lua_isnil(L, 2) ? fcntl(fd, F_GETPIPE_SZ) : fcntl(fd, F_SETPIPE_SZ, size);
    return coaio__system_number(L, coaio__system_value(result));
}

/* pipe2([flags]) -> file to read from, file to write to */
static int move_pipe2(lua_State *L, struct call *call)
{
    int flags = coaio__system_opt_int(L, call, 1), fds[2], result;
    struct file *in = coaio__system_prepare(L), *out = coaio__system_prepare(L);

    result = pipe2(fds, flags | O_CLOEXEC);
    if (result < 0)
        return coaio__failure(L, NULL, errno);
    coaio__system_opened(L, in, fds[0]);
    coaio__system_opened(L, out, fds[1]);
    return 2;
}

/* accept4(fh[, maxlength[, flags]]) -> file, name of the peer, length of the whole name */
static int move_accept4(lua_State *L, struct call *call)
{
    struct file *file = coaio__system_prepare(L);
    int fd = coaio__system_fd(L, call, 1), flags = coaio__system_opt_int(L, call, 3), result;
    struct sockaddr_storage name;
    lua_Integer room = coaio__opt_integer(L, call, 2, sizeof(name));
    socklen_t length = room < (lua_Integer)sizeof(name) ? (socklen_t)room : sizeof(name),
              size = length;

    if (room < 0)
        coaio__refuse(L, call, 2, "length out of range");
    result = accept4(fd, room > 0 ? (struct sockaddr *)&name : NULL, room > 0 ? &length : NULL,
                     flags | SOCK_CLOEXEC);
    if (result < 0)
        return coaio__failure(L, NULL, errno);
    coaio__system_opened(L, file, result);
    lua_pushlstring(L, (const char *)&name, length < size ? length : size);
    lua_pushinteger(L, length);
    return 3;
}

#else

#define move_splice coaio__system_missing
#define move_tee coaio__system_missing
#define move_pipesize coaio__system_missing
#define move_pipe2 coaio__system_missing
#define move_accept4 coaio__system_missing

#endif

static const struct system_function functions[] = {{"sendfile", 4, move_sendfile},
                                                   {"splice", 6, move_splice},
                                                   {"tee", 4, move_tee},
                                                   {"pipesize", 2, move_pipesize},
                                                   {"pipe2", 1, move_pipe2},
                                                   {"accept4", 3, move_accept4},
                                                   {NULL, 0, NULL}};

void coaio__system_move_open(lua_State *L, struct state *s)
{
    (void)s;
    coaio__system_set(L, functions);
}
