/*
 * What a request has of Lua's, from its submission until it is done.
 *
 * A worker or the kernel may use it all that time: so a file counts its requests, a buffer's block
 * as well, and strings and files of Lua's io stand in slots. A file that was told to close does so
 * when its last request gives it back.
 */
#include "lua/holds.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/buffer.h"

static void free_if_unused(struct file *file)
{
    if (!file->boxed && file->users == 0 && file->state == FILE_CLOSED)
        free(file);
}

static void take_file(struct file *file)
{
    file->users++;
}

/* Nothing uses the descriptor any more. */
static void close_now(struct state *s, struct file *file)
{
    struct waiter *w = file->closer;
    int fd = file->fd;

    assert(file->state == FILE_CLOSING && file->users == 0);
    file->closer = NULL;
    file->state = FILE_CLOSED;
    file->fd = -1;
    if (!w) {
        coaio__state_close_fd(s, fd);
        return;
    }
    w->closing = NULL;
    w->req = !s->engine ? NULL : coaio_close(s->engine, fd, s->completed, w);
    if (!w->req) {
        w->value = close(fd) == 0 ? 0 : -errno;
        coaio__waiter_wake(w);
    }
}

static void give_back_file(struct state *s, struct file *file)
{
    assert(file->users > 0);
    if (--file->users > 0)
        return;
    if (file->state == FILE_CLOSING)
        close_now(s, file);
    free_if_unused(file);
}

void coaio__file_unbox(struct file *file)
{
    file->boxed = false;
    free_if_unused(file);
}

static bool may_wait_for_ever(const struct file *file)
{
    struct stat st;
    return fstat(file->fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)
           && !S_ISDIR(st.st_mode);
}

/* Whether a close of a file that this request uses cancels it. A close waits for writes, so that no
   byte is lost. */
static bool ends_with_file(const struct waiter *w)
{
    const struct file *source = w->op->code == COAIO_SENDFILE ? w->file2 : w->file;
    if (w->locks)
        return true;
    switch (w->op->code) {
    case COAIO_READ:
    case COAIO_IOCTL:
    case COAIO_SENDFILE: return source && may_wait_for_ever(source);
    default: return false;
    }
}

static bool uses(const struct waiter *w, const struct file *file)
{
    return w->phase == PHASE_PENDING && w->req && (w->file == file || w->file2 == file);
}

static void cancel_if_endless(struct waiter *w, void *data)
{
    if (uses(w, data) && ends_with_file(w))
        coaio_cancel(w->req);
}

void coaio__file_close(struct state *s, struct file *file, struct waiter *w)
{
    file->state = FILE_CLOSING;
    file->closer = w;
    if (w)
        w->closing = file;
    if (file->users == 0)
        close_now(s, file);
    else if (s->engine)
        coaio__waiter_each(s, cancel_if_endless, file);
}

static void ended_alone(coaio_req *req, void *data)
{
    (void)req;
    (void)data;
}

bool coaio__file_leave(struct waiter *w, int error)
{
    if (w->phase != PHASE_PENDING)
        return false;
    if (w->closing)
        w->closing->closer = NULL;
    else if (!w->req || coaio_req_cb(w->req, ended_alone, NULL) < 0)
        return false;
    w->closing = NULL;
    coaio__waiter_unmark_spared(w);
    w->req = NULL;
    w->value = -error;
    coaio__waiter_wake(w);
    return true;
}

static void wait_for_user(struct waiter *w, void *data)
{
    if (uses(w, data))
        while (coaio_req_wait(w->req, -1) == -EINTR)
            ;
}

void coaio__file_settle(struct waiter *w)
{
    struct file *file = w->closing;
    coaio__waiter_each(w->state, wait_for_user, file);
    close_now(w->state, file);
}

/* A worker or the kernel may use the handles and the memory of the call from now on. */
void coaio__holds_take(lua_State *L, struct call *call, struct waiter *w)
{
    w->file = call->file;
    w->file2 = call->file2;
    if (call->file)
        take_file(call->file);
    if (call->file2)
        take_file(call->file2);
    if (call->handle != 0) {
        lua_pushvalue(L, call->handle);
        coaio__waiter_anchor(L, w, ANCHOR_HANDLE);
    }
    if (call->handle2 != 0) {
        lua_pushvalue(L, call->handle2);
        coaio__waiter_anchor(L, w, ANCHOR_HANDLE2);
    }
    if (call->buffer) {
        w->block = call->buffer->block;
        coaio__block_take(w->block);
    } else if (call->string && !(call->flags & COAIO_COPY_BYTES)) {
        lua_pushvalue(L, call->memory);
        coaio__waiter_anchor(L, w, ANCHOR_DATA);
    }
}

void coaio__waiter_give_back(lua_State *L, struct waiter *w)
{
    struct file *file = w->file, *file2 = w->file2;
    w->file = w->file2 = NULL;
    coaio__waiter_drop_anchors(L, w, ANCHOR_HANDLE);
    if (w->block)
        coaio__block_give_back(w->block);
    w->block = NULL;
    if (file)
        give_back_file(w->state, file);
    if (file2)
        give_back_file(w->state, file2);
}

static void drop_request(struct waiter *w)
{
    if (w->makes_fd && !w->taken && coaio_result(w->req) >= 0)
        coaio__state_close_fd(w->state, (int)coaio_result(w->req));
    coaio_unref(w->req);
}

void coaio__waiter_release(lua_State *L, struct waiter *w)
{
    struct state *s = w->state;
    const struct wait *wait = !w->op ? w->wait : NULL;
    struct task *subject = !w->op ? w->subject : NULL;
    uint32_t generation = w->generation;

    assert(w->phase != PHASE_FREE && (w->op || !w->link));
    if (w->phase == PHASE_BUILDING)
        s->building--;
    if (w->op && (w->file || w->file2 || w->block))
        coaio__waiter_give_back(L, w);
    if (w->anchored)
        coaio__waiter_drop_anchors(L, w, ANCHOR_THREAD);
    if (w->owned && w->req)
        drop_request(w);
    memset(w, 0, sizeof *w);
    w->state = s;
    w->generation = generation + 1;
    w->next = s->free;
    s->free = w;
    if (wait && wait->left)
        wait->left(L, s, subject);
}
