/* A file system that stops answering, as a dead server makes it: made here with FUSE. What is asked of it hangs, and
   neither the engine's owner nor anybody's other requests do. */
#include "test.h"

#ifdef __linux__
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { FILE_NODE = 2, MANY = 20 };

static int device;
static struct {
    _Atomic int dead; /* it answers no more */
    _Atomic int passed;
} *shared;

static void answer(uint64_t to, int error, void *body, size_t size)
{
    struct fuse_out_header header = {.len = (uint32_t)(sizeof header + size), .error = error, .unique = to};
    struct iovec parts[] = {{&header, sizeof header}, {body, size}};
    (void)!writev(device, parts, 2); /* who asked may have gone */
}

static struct fuse_attr attributes(uint64_t node)
{
    uint32_t mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755;
    return (struct fuse_attr){.ino = node, .mode = mode, .nlink = 1, .size = 100, .blksize = 4096};
}

/* Names are known to the kernel for long, attributes are not: it asks again each time. */
static void serve(const struct fuse_in_header *question, const void *arguments)
{
    struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
    struct fuse_entry_out entry = {.nodeid = FILE_NODE, .entry_valid = 10000, .attr = attributes(FILE_NODE)};
    struct fuse_attr_out attr = {.attr = attributes(question->nodeid)};
    struct fuse_open_out opened = {0};
    if (question->opcode == FUSE_INIT) {
        uint32_t minor = ((const struct fuse_init_in *)arguments)->minor;
        init.minor = minor < init.minor ? minor : init.minor;
        answer(question->unique, 0, &init, sizeof init);
    } else if (question->opcode == FUSE_FORGET || question->opcode == FUSE_INTERRUPT || shared->dead) {
        return;
    } else if (question->opcode == FUSE_LOOKUP) {
        answer(question->unique, 0, &entry, sizeof entry);
    } else if (question->opcode == FUSE_GETATTR) {
        answer(question->unique, 0, &attr, sizeof attr);
    } else if (question->opcode == FUSE_OPEN || question->opcode == FUSE_OPENDIR) {
        answer(question->unique, 0, &opened, sizeof opened);
    } else {
        answer(question->unique, -ENOSYS, NULL, 0);
    }
}

static void *serve_all(void *data)
{
    static char buffer[1 << 17];
    ssize_t size;
    while ((size = read(device, buffer, sizeof buffer)) > 0 || errno == EINTR || errno == ENOENT)
        if (size > 0)
            serve((struct fuse_in_header *)(void *)buffer, buffer + sizeof(struct fuse_in_header));
    return data;
}

static void mount_it(void)
{
    char options[100];
    CHECK_EQ(mkdir("disk", 0755), 0);
    device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u", device, getuid(), getgid());
    if (device < 0 || mount("coaio-test", "disk", "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
        CHECK_EQ(rmdir("disk"), 0);
        test_skip("nothing can be mounted with FUSE here");
    }
}

/* The owner does not ask what may hang, not even for the type of a file. */
static void test_the_owner(coaio_engine *engine, int fd)
{
    int out = open("out", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    coaio_req *reqs[] = {
        coaio_sendfile(engine, out, fd, 0, 10, NULL, NULL),
        coaio_fstat(engine, fd, NULL, NULL),
        coaio_read(engine, fd, NULL, 10, 0, NULL, NULL),
        coaio_read(engine, fd, NULL, 10, -1, NULL, NULL), /* and the file's position is locked */
        NULL,
        NULL,
    };
    enum { HANGING = sizeof reqs / sizeof *reqs };
    CHECK(coaio_wait(engine, 0) >= 0);
    while (coaio_get(engine, COAIO_NSTUCK) < HANGING - 2)
        CHECK(coaio_wait(engine, SECOND / 100) >= 0);
    reqs[HANGING - 2] = coaio_seek(engine, fd, 0, SEEK_CUR, NULL, NULL);
    reqs[HANGING - 1] = coaio_read(engine, fd, NULL, 10, -1, NULL, NULL);
    CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
    while (coaio_get(engine, COAIO_NSTUCK) < HANGING)
        CHECK(coaio_wait(engine, SECOND / 100) >= 0);
    for (int i = 0; i < HANGING; i++) {
        CHECK_EQ(coaio_result(reqs[i]), -EINPROGRESS);
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
    }
}

/* More hang than there are workers. */
static void test_the_others(coaio_engine *engine)
{
    coaio_req *reqs[MANY];
    for (int i = 0; i < MANY; i++)
        reqs[i] = i % 2 ? coaio_stat(engine, NULL, "disk/file", NULL, NULL)
                        : coaio_open(engine, NULL, "disk/file", O_RDONLY, 0, NULL, NULL);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(result_of(coaio_stat(engine, NULL, "/", NULL, NULL)), 0);
        CHECK_EQ(result_of(coaio_unlink(engine, NULL, "none", NULL, NULL)), -ENOENT);
        CHECK_EQ(result_of(coaio_busy(engine, 0, NULL, NULL)), 0);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
    }
}

static void count_one(coaio_req *req, void *data)
{
    CHECK_EQ(coaio_result(req), 0);
    ++*(int *)data;
}

/* Workers take several at a time where many are queued: none of them stays behind one that hangs. */
static void test_those_behind(coaio_engine *engine)
{
    enum { ALL = 400, HANGING = 4 };
    coaio_req *reqs[HANGING];
    int done = 0;
    for (int i = 0; i < ALL; i++) {
        if (i % (ALL / HANGING) == 0)
            reqs[i / (ALL / HANGING)] = coaio_stat(engine, NULL, "disk/file", NULL, NULL);
        else
            CHECK(coaio_stat(engine, NULL, "/", count_one, &done) != NULL);
    }
    poll_until(engine, &done, ALL - HANGING);
    for (int i = 0; i < HANGING; i++) {
        CHECK_EQ(coaio_result(reqs[i]), -EINPROGRESS);
        CHECK_EQ(coaio_cancel(reqs[i]), 0);
        CHECK_EQ(result_of(reqs[i]), -ECANCELED);
    }
}

static void child(void)
{
    CHECK_EQ(close(device), 0);
    coaio_engine *engine = engine_new();
    int fd = open("disk/file", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    shared->dead = 1;
    test_the_owner(engine, fd);
    test_those_behind(engine);
    test_the_others(engine);
    shared->passed = 1;
}

/* Who asks is a child, and who answers this process. When this one lets go of the disk, or dies, what hangs there is
   told; before that the child cannot even end. */
int main(void)
{
    char path[200];
    pthread_t thread;
    enter_directory(path, sizeof path);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    mount_it();
    pid_t pid = fork();
    if (pid == 0) {
        child();
        _exit(0);
    }
    CHECK_EQ(pthread_create(&thread, NULL, serve_all, NULL), 0);
    CHECK_EQ(pthread_detach(thread), 0);
    for (int tries = 0; !shared->passed && tries < 3000; tries++)
        CHECK_EQ(usleep(10000), 0);
    (void)umount2("disk", MNT_FORCE);
    (void)umount2("disk", MNT_DETACH);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(rmdir("disk"), 0);
    leave_directory(path);
    CHECK(shared->passed);
    return 0;
}
#else
int main(void)
{
    test_skip("there is no FUSE");
}
#endif
