/*
 * move.
 *
 * A rename, or, to another file system, what looks like one: the file is copied to a temporary name
 * in the directory of the destination, which is then renamed. So whatever a rename replaces is
 * replaced, a symbolic link itself and of a file with several names this one, and until then the
 * old destination is whole. What a rename refuses is refused, as far as that can be told before.
 *
 * Both directories are opened once, and everything is done relative to them. The source goes last,
 * and only if its name still means the file that was copied.
 */
#include "ops/composite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "base/clock.h"
#include "ops/copy_file.h"
#include "ops/look_first.h"
#include "ops/resolve.h"
#include "ops/run.h"

enum { NAME_SIZE = 32, ATTEMPTS_MAX = 100 };

struct move {
    struct coaio__context *context;
    struct coaio__file_copy contents; /* at_source: whose path an error is about */
    struct coaio__place from, to;
    char name[NAME_SIZE]; /* of the temporary file */
};

/* ---- what a rename would say ----------------------------------------------------------------- */

/* A source that cannot be removed would be there twice in the end. Sandboxes may not know the
   call. */
static int64_t may_remove(const struct move *move)
{
#ifdef SYS_faccessat2
    if (syscall(SYS_faccessat2, move->from.fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
        return errno == EACCES || errno == EROFS ? -errno : 0;
#else
    (void)move;
#endif
    return 0;
}

/* Only regular files are copied: of all others it stays true that they cannot be renamed to
   there. */
static int64_t open_source(struct move *move)
{
    const coaio_wd held = {.fd = move->from.fd};
    int fd;

    move->contents.at_source = true;
    fd = coaio__open_known(&held, move->from.name, O_RDONLY | O_NOFOLLOW, COAIO__KIND_REGULAR,
                           &move->contents.from);
    if (fd == -EISDIR || fd == -EINVAL)
        return -EXDEV;
    move->contents.in = fd;
    return fd < 0 ? fd : may_remove(move);
}

static bool has_no_name(const char *name)
{
    return *name == '/' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* 1: there is nothing to do, since both are names of one file. */
static int64_t check_destination(struct move *move)
{
    const char *name = move->to.name;
    struct stat st;

    move->contents.at_source = false;
    if (has_no_name(name))
        return -EBUSY;
    if (name[strlen(name) - 1] == '/')
        return -ENOTDIR;
    if (fstatat(move->to.fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    return coaio__same_file(&st, &move->contents.from);
}

/* ---- the copy -------------------------------------------------------------------------------- */

/* A name that nobody can have foreseen. Where no chance is to be had, O_EXCL has to do. */
static void choose_name(struct move *move)
{
    uint64_t number;

    if (getentropy(&number, sizeof number) < 0)
        number = coaio__now();
    snprintf(move->name, sizeof move->name, ".coaio-%016" PRIx64, number);
}

static int64_t make_temporary(struct move *move)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int64_t fd = -EEXIST;

    for (int i = 0; fd == -EEXIST && i < ATTEMPTS_MAX; i++) {
        choose_name(move);
        fd = coaio__value(openat(move->to.fd, move->name, flags, COAIO__UNFINISHED_MODE));
    }
    move->contents.out = (int)fd;
    return fd < 0 ? fd : 0;
}

static int64_t fill_temporary(struct move *move)
{
    struct stat st;
    int64_t rc = coaio__value(fstat(move->contents.out, &st));

    if (rc == 0)
        rc = coaio__file_copy_copy(&move->contents);
    if (rc == 0)
        coaio__file_copy_finish(&move->contents, &st);
    return rc;
}

/* Closing may report what writing did not. */
static int64_t close_temporary(struct move *move)
{
    move->contents.at_source = false;
    return close(move->contents.out) == 0 || errno == EINTR ? 0 : -errno;
}

static int64_t put_in_place(struct move *move)
{
    int64_t rc = fill_temporary(move);

    if (rc < 0) {
        close(move->contents.out);
        return rc;
    }
    rc = close_temporary(move);
    if (rc == 0 && coaio__cancelled(move->context))
        rc = -ECANCELED;
    return rc < 0 ? rc
                  : coaio__value(renameat(move->to.fd, move->name, move->to.fd, move->to.name));
}

static int64_t copy_over(struct move *move)
{
    int64_t rc = make_temporary(move);

    if (rc < 0)
        return rc;
    rc = put_in_place(move);
    if (rc < 0)
        (void)unlinkat(move->to.fd, move->name, 0);
    return rc;
}

/* ---- move ------------------------------------------------------------------------------------ */

/* A file that took the name meanwhile stays. */
static int64_t remove_source(struct move *move)
{
    struct stat st;
    int64_t rc = coaio__value(fstatat(move->from.fd, move->from.name, &st, AT_SYMLINK_NOFOLLOW));

    move->contents.at_source = true;
    if (rc == 0 && coaio__same_file(&st, &move->contents.from))
        rc = coaio__value(unlinkat(move->from.fd, move->from.name, 0));
    return rc == -ENOENT ? 0 : rc;
}

static int64_t move_held(struct move *move)
{
    int64_t rc = open_source(move);

    if (rc == 0)
        rc = check_destination(move);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = copy_over(move);
    return rc < 0 ? rc : remove_source(move);
}

static int64_t move_far(struct coaio__args *args, struct coaio__context *context)
{
    struct move move = {.context = context,
                        .contents = {.context = context, .in = -1, .out = -1, .at_source = true}};
    int64_t rc = coaio__place_hold(&move.from, args->wd, args->path);

    if (rc == 0) {
        rc = coaio__place_hold(&move.to, args->wd2, args->path2);
        move.contents.at_source = false;
        rc = rc < 0 ? rc : move_held(&move);
        coaio__place_leave(&move.to);
        coaio__place_leave(&move.from);
    }
    if (move.contents.in >= 0)
        close(move.contents.in);
    coaio__file_copy_free(&move.contents);
    return rc < 0 ? coaio__failed(context, move.contents.at_source ? args->path : args->path2, rc)
                  : 0;
}

static bool is_there(const coaio_wd *wd, const char *path)
{
    struct coaio__place place;
    struct stat st;
    bool there;

    if (coaio__place_find(&place, wd, path, COAIO__REACH_NAME) < 0)
        return false;
    there = fstatat(place.fd, place.name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    coaio__place_leave(&place);
    return there;
}

/* A rename does not tell which of its paths it failed on. NULL: it may be either. */
static const char *path_that_failed(const struct coaio__args *args, int64_t error)
{
    if (!is_there(args->wd, args->path))
        return args->path;
    switch (-error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
    case ENAMETOOLONG:
    case ELOOP: return args->path2;
    default: return NULL;
    }
}

int64_t coaio__run_move(struct coaio__args *args, struct coaio__context *context)
{
    int64_t rc = coaio__run_rename(args, context);
    const char *culprit;

    if (rc == -EXDEV)
        return move_far(args, context);
    if (rc >= 0)
        return 0;
    culprit = path_that_failed(args, rc);
    return culprit ? coaio__failed(context, culprit, rc) : rc;
}
