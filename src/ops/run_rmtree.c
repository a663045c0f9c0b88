/*
 * rmtree: remove a directory with all that is in it.
 *
 * Nothing is ever named by a path of more than one component: each directory is opened in its
 * parent's descriptor, with O_NOFOLLOW, and its entries are removed through its own. So whoever
 * swaps a directory for a symbolic link meanwhile has the link removed, and never what it points
 * to. The operand is treated like any entry: its parent is opened once. What slashes behind the
 * operand mean, that it must be a directory and no link to one, is left to the system.
 *
 * The way down is a stack of levels on the heap, each with the list of its directory. Descriptors
 * are kept of the first levels and of the last two; back to another level leads "..", which is
 * checked to be the directory one came from. Where descriptors run out all but the innermost are
 * given back, so three are enough for any depth.
 *
 * An error does not stop it: the first one is reported, with its path, and what can be removed is.
 * Entries that others remove at the same time are as good as removed.
 */
#include "ops/composite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/resolve.h"
#include "ops/run.h"

struct level {
    const char *name; /* in the level above, whose list it belongs to */
    coaio_listing *listing;
    uint64_t next; /* entry to remove */
    dev_t dev;
    ino_t ino;
    int fd; /* -1: was closed, to be found again by ".." */
};

struct tree {
    struct coaio__context *context;
    struct coaio__place place; /* of the operand */
    const char *given;         /* the operand */
    const char *operand,
        *name; /* without slashes at the end, which would have a symbolic link followed */
    struct level *levels;
    size_t depth, room;
    int64_t error; /* the first one */
    char *error_path;
};

static struct level *innermost(struct tree *tree)
{
    return &tree->levels[tree->depth - 1];
}

/* Where the entries of the innermost level, or the operand, are found. */
static int parent_fd(struct tree *tree)
{
    return tree->depth ? innermost(tree)->fd : tree->place.fd;
}

/* ---- errors ---------------------------------------------------------------------------------- */

static char *append(char *to, const char *name)
{
    size_t length = strlen(name);

    *to = '/';
    memcpy(to + 1, name, length + 1);
    return to + 1 + length;
}

/* The path of an entry of the innermost level; NULL without memory. Level 0 is the operand. */
static char *path_of(struct tree *tree, const char *name)
{
    size_t size = strlen(tree->operand) + strlen(name) + 2;
    char *path, *end;

    for (size_t i = 1; i < tree->depth; i++)
        size += strlen(tree->levels[i].name) + 1;
    path = coaio__alloc(tree->context->mem, size);
    if (!path)
        return NULL;
    end = path + strlen(tree->operand);
    memcpy(path, tree->operand, strlen(tree->operand) + 1);
    for (size_t i = 1; i < tree->depth; i++)
        end = append(end, tree->levels[i].name);
    append(end, name);
    return path;
}

static void note(struct tree *tree, int64_t error, const char *name)
{
    bool is_gone = error == -ENOENT && tree->depth > 0;

    if (error >= 0 || is_gone || tree->error)
        return;
    tree->error = error;
    if (tree->depth)
        tree->error_path = path_of(tree, name);
}

/* ---- entries --------------------------------------------------------------------------------- */

static void remove_file(struct tree *tree, const char *name)
{
    note(tree, coaio__value(unlinkat(parent_fd(tree), name, 0)), name);
}

/* An entry that is no directory any more was swapped. `reason`: why the directory could not be
   emptied, 0 if it was. */
static void remove_directory(struct tree *tree, const char *name, int64_t reason)
{
    int64_t rc = coaio__value(unlinkat(parent_fd(tree), name, AT_REMOVEDIR));

    if (rc == -ENOTDIR)
        remove_file(tree, name);
    else
        note(tree, rc < 0 && reason < 0 ? reason : rc, name);
}

static int make_room(struct tree *tree)
{
    size_t room = tree->room ? tree->room * 2 : COAIO__TREE_ROOM;
    struct level *levels;

    if (tree->depth < tree->room)
        return 0;
    levels = coaio__realloc(tree->context->mem, tree->levels, room * sizeof *levels);
    if (!levels)
        return -ENOMEM;
    tree->levels = levels;
    tree->room = room;
    return 0;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static void let_go(struct level *level)
{
    if (level->fd >= 0)
        close(level->fd);
    level->fd = -1;
}

/* The one before the last two need not stay open. */
static void save_descriptors(struct tree *tree)
{
    if (tree->depth > COAIO__TREE_LEVELS + 2)
        let_go(&tree->levels[tree->depth - 3]);
}

/* True: descriptors had run out, and some were given back. */
static bool give_back(struct tree *tree)
{
    bool any = false;

    if (errno != EMFILE && errno != ENFILE)
        return false;
    for (struct level *level = tree->levels; tree->depth && level < innermost(tree); level++) {
        any |= level->fd >= 0;
        let_go(level);
    }
    return any;
}

static int open_directory(struct tree *tree, int fd, const char *name)
{
    int opened;

    do
        opened = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    while (opened < 0 && give_back(tree));
    return opened;
}

/* ---- down ------------------------------------------------------------------------------------ */

/* Owns `fd` if it succeeds. */
static int64_t push(struct tree *tree, const char *name, int fd)
{
    struct coaio__result listed = {.value = 0, .memory = NULL, .size = 0};
    struct coaio__context reading = {
        .mem = tree->context->mem, .result = &listed, .cancelled = tree->context->cancelled};
    struct stat st;
    int64_t rc = make_room(tree);

    if (rc == 0)
        rc = coaio__value(fstat(fd, &st));
    if (rc == 0)
        rc = coaio__list_directory(fd, &reading, COAIO_READDIR_DENTS);
    if (rc < 0)
        return rc;
    tree->levels[tree->depth++] = (struct level){
        .name = name, .listing = listed.memory, .dev = st.st_dev, .ino = st.st_ino, .fd = fd};
    save_descriptors(tree);
    return 0;
}

/* An empty directory can be removed also when it cannot be read. */
static void enter(struct tree *tree, const char *name)
{
    int fd = open_directory(tree, parent_fd(tree), tree->depth ? name : tree->name);
    int64_t rc = fd;

    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
        remove_file(tree, name);
        return;
    }
    if (fd < 0)
        rc = -errno;
    else
        rc = push(tree, name, fd);
    if (rc == 0)
        return;
    if (fd >= 0)
        close(fd);
    remove_directory(tree, name, rc);
}

/* Linux says EISDIR of a directory, others EPERM. */
static void remove_entry(struct tree *tree, const coaio_dirent *entry)
{
    int64_t rc;

    if (entry->type == DT_DIR) {
        enter(tree, entry->name);
        return;
    }
    rc = coaio__value(unlinkat(parent_fd(tree), entry->name, 0));
    if (rc == -EISDIR || (rc == -EPERM && entry->type == DT_UNKNOWN))
        enter(tree, entry->name);
    else
        note(tree, rc, entry->name);
}

/* ---- up again -------------------------------------------------------------------------------- */

static void drop_level(struct tree *tree)
{
    struct level *level = innermost(tree);

    let_go(level);
    coaio__free(tree->context->mem, level->listing);
    tree->depth--;
}

/* Have the level above opened again, from the innermost one. */
static int64_t reopen_above(struct tree *tree)
{
    struct level *level = innermost(tree), *above = level - 1;
    struct stat st;
    int fd;

    if (tree->depth < 2 || above->fd >= 0)
        return 0;
    fd = open_directory(tree, level->fd, "..");
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && st.st_dev == above->dev && st.st_ino == above->ino) {
        above->fd = fd;
        return 0;
    }
    close(fd);
    return -ESTALE;
}

/* Where the way back is lost, as when somebody moved a directory, the levels up to one still open
   stay behind. */
static void leave(struct tree *tree)
{
    const char *name = innermost(tree)->name;
    int64_t rc = reopen_above(tree);

    drop_level(tree);
    if (rc == 0) {
        remove_directory(tree, name, 0);
        return;
    }
    note(tree, rc, name);
    while (tree->depth && innermost(tree)->fd < 0)
        drop_level(tree);
}

static void remove_all(struct tree *tree)
{
    enter(tree, tree->place.name);
    while (tree->depth && !coaio__cancelled(tree->context)) {
        struct level *level = innermost(tree);

        if (level->next < level->listing->count)
            remove_entry(tree, &level->listing->entry[level->next++]);
        else
            leave(tree);
    }
    if (!tree->depth)
        return;
    tree->error = -ECANCELED;
    while (tree->depth)
        drop_level(tree);
}

/* A copy without slashes at the end; NULL without memory. */
static char *trimmed(struct coaio__mem *mem, const char *path)
{
    size_t length = strlen(path);
    char *copy;

    while (length > 1 && path[length - 1] == '/')
        length--;
    copy = coaio__alloc(mem, length + 1);
    if (copy) {
        memcpy(copy, path, length);
        copy[length] = '\0';
    }
    return copy;
}

/* The root, "." and ".." can never be removed: they are left as they are. */
static int64_t refuse(const char *name)
{
    if (strcmp(name, "/") == 0)
        return -EBUSY;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? -EINVAL : 0;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static int64_t remove_tree(struct tree *tree, const coaio_wd *wd)
{
    struct coaio__context *context = tree->context;
    int64_t rc = refuse(tree->name);

    if (rc == 0)
        rc = coaio__place_hold(&tree->place, wd, tree->given);
    if (rc < 0)
        return coaio__failed(context, tree->given, rc);
    remove_all(tree);
    coaio__place_leave(&tree->place);
    coaio__free(context->mem, tree->levels);
    if (tree->error < 0)
        (void)coaio__failed(context, tree->error_path ? tree->error_path : tree->given,
                            tree->error);
    coaio__free(context->mem, tree->error_path);
    return tree->error;
}

int64_t coaio__run_rmtree(struct coaio__args *args, struct coaio__context *context)
{
    struct tree tree = {.context = context, .given = args->path};
    char *path = trimmed(context->mem, args->path);
    int64_t rc;

    if (!path)
        return -ENOMEM;
    tree.operand = path;
    tree.name = last_component(path);
    rc = remove_tree(&tree, args->wd);
    coaio__free(context->mem, path);
    return rc;
}
