/*
 * coaio_constant and coaio_constants: for languages that cannot read C headers. Names that this system lacks are
 * absent, not 0, so that a missing feature shows. Here is what POSIX systems have in common, and coaio's own.
 */
#include "base/constants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "coaio.h"

#define C COAIO__CONSTANT
#define COAIO__ASKED (INT64_MIN + 100) /* no constant's value */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* clang-format off */

static const struct coaio__constant own[] = {
    {"READDIR_DENTS", COAIO_READDIR_DENTS},
    {"READDIR_DIRS_FIRST", COAIO_READDIR_DIRS_FIRST},
    {"READDIR_STAT_ORDER", COAIO_READDIR_STAT_ORDER},
    {"READDIR_FOUND_UNKNOWN", COAIO_READDIR_FOUND_UNKNOWN},
    {"TIME_NOW", COAIO_TIME_NOW},
    {"TIME_OMIT", COAIO_TIME_OMIT},
    {"PAGESIZE", COAIO__ASKED},
};

static const struct coaio__constant common[] = {
    /* open */
    C(O_ACCMODE), C(O_RDONLY), C(O_WRONLY), C(O_RDWR), C(O_CREAT), C(O_EXCL), C(O_TRUNC), C(O_APPEND), C(O_NONBLOCK),
    C(O_NOCTTY), C(O_SYNC), C(O_CLOEXEC), C(O_DIRECTORY), C(O_NOFOLLOW),
#ifdef O_ASYNC
    C(O_ASYNC),
#endif
#ifdef O_DSYNC
    C(O_DSYNC),
#endif
#ifdef O_RSYNC
    C(O_RSYNC),
#endif
#ifdef O_NDELAY
    C(O_NDELAY),
#endif
#ifdef O_EXEC
    C(O_EXEC),
#endif
#ifdef O_SEARCH
    C(O_SEARCH),
#endif
#ifdef O_TTY_INIT
    C(O_TTY_INIT),
#endif
    /* file types and permissions */
    C(S_IFMT), C(S_IFREG), C(S_IFDIR), C(S_IFLNK), C(S_IFIFO), C(S_IFSOCK), C(S_IFCHR), C(S_IFBLK), C(S_ISUID),
    C(S_ISGID), C(S_ISVTX), C(S_IRWXU), C(S_IRUSR), C(S_IWUSR), C(S_IXUSR), C(S_IRWXG), C(S_IRGRP), C(S_IWGRP),
    C(S_IXGRP), C(S_IRWXO), C(S_IROTH), C(S_IWOTH), C(S_IXOTH),
#ifdef S_IFWHT
    C(S_IFWHT),
#endif
#ifdef DT_UNKNOWN
    C(DT_UNKNOWN), C(DT_FIFO), C(DT_CHR), C(DT_DIR), C(DT_BLK), C(DT_REG), C(DT_LNK), C(DT_SOCK), C(DT_WHT),
#endif
    /* seek */
    C(SEEK_SET), C(SEEK_CUR), C(SEEK_END),
#ifdef SEEK_DATA
    C(SEEK_DATA),
#endif
#ifdef SEEK_HOLE
    C(SEEK_HOLE),
#endif
    /* statvfs */
    C(ST_RDONLY), C(ST_NOSUID),
    /* fcntl and flock */
    C(F_DUPFD), C(F_DUPFD_CLOEXEC), C(F_GETFD), C(F_SETFD), C(F_GETFL), C(F_SETFL), C(F_GETLK), C(F_SETLK),
    C(F_SETLKW), C(F_GETOWN), C(F_SETOWN), C(F_RDLCK), C(F_WRLCK), C(F_UNLCK), C(FD_CLOEXEC), C(LOCK_SH), C(LOCK_EX),
    C(LOCK_NB), C(LOCK_UN),
    /* memory */
    C(PROT_NONE), C(PROT_READ), C(PROT_WRITE), C(PROT_EXEC), C(MAP_SHARED), C(MAP_PRIVATE), C(MAP_FIXED),
    C(MS_ASYNC), C(MS_SYNC), C(MS_INVALIDATE), C(MCL_CURRENT), C(MCL_FUTURE),
    {"MT_MODIFY", 1}, /* aio_mtouch: IO::AIO's value */
#ifdef MAP_ANONYMOUS
    C(MAP_ANONYMOUS),
#endif
#ifdef MADV_NORMAL
    C(MADV_NORMAL), C(MADV_SEQUENTIAL), C(MADV_RANDOM), C(MADV_WILLNEED), C(MADV_DONTNEED),
#endif
#ifdef POSIX_FADV_NORMAL
    C(POSIX_FADV_NORMAL), C(POSIX_FADV_SEQUENTIAL), C(POSIX_FADV_RANDOM), C(POSIX_FADV_NOREUSE),
    C(POSIX_FADV_WILLNEED), C(POSIX_FADV_DONTNEED),
    /* IO::AIO's names of these */
    {"FADV_NORMAL", POSIX_FADV_NORMAL},
    {"FADV_SEQUENTIAL", POSIX_FADV_SEQUENTIAL},
    {"FADV_RANDOM", POSIX_FADV_RANDOM},
    {"FADV_NOREUSE", POSIX_FADV_NOREUSE},
    {"FADV_WILLNEED", POSIX_FADV_WILLNEED},
    {"FADV_DONTNEED", POSIX_FADV_DONTNEED},
#endif
    /* clocks and signals */
    C(CLOCK_REALTIME), C(CLOCK_MONOTONIC), C(SIGHUP), C(SIGINT), C(SIGQUIT), C(SIGABRT), C(SIGKILL), C(SIGALRM),
    C(SIGTERM), C(SIGPIPE), C(SIGCHLD), C(SIGCONT), C(SIGSTOP), C(SIGTSTP), C(SIGTTIN), C(SIGTTOU), C(SIGURG),
    C(SIGUSR1), C(SIGUSR2),
#ifdef SIGIO
    C(SIGIO),
#endif
#ifdef SIGWINCH
    C(SIGWINCH),
#endif
};

/* clang-format on */

/* Some values only the running system tells. */
static int64_t value_of(const struct coaio__constant *constant)
{
    return constant->value == COAIO__ASKED ? sysconf(_SC_PAGESIZE) : constant->value;
}

static const struct coaio__constants *tables(uint32_t index)
{
    static const struct coaio__constants own_constants = {own, COUNT(own)}, common_constants = {common, COUNT(common)};
    static const struct coaio__constants *const all[] = {
        &common_constants, &coaio__linux_constants, &coaio__kernel_constants, &own_constants, &coaio__errno_constants};

    return index < COUNT(all) ? all[index] : NULL;
}

const char *coaio_constants(uint32_t index, int64_t *value)
{
    for (uint32_t t = 0; tables(t); t++) {
        if (index < tables(t)->count) {
            *value = value_of(&tables(t)->first[index]);
            return tables(t)->first[index].name;
        }
        index -= tables(t)->count;
    }
    return NULL;
}

int coaio_constant(const char *name, int64_t *value)
{
    const char *found;
    int64_t     its_value;

    for (uint32_t i = 0; (found = coaio_constants(i, &its_value)); i++) {
        if (strcmp(found, name) == 0) {
            *value = its_value;
            return 0;
        }
    }
    return -ENOENT;
}
