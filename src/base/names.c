/*
 * Names and messages of error numbers.
 *
 * Where two names share a number, the first one here is the number's name; both are constants.
 */
#include "base/constants.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "coaio.h"

#define C COAIO__CONSTANT

/* clang-format off */

static const struct coaio__constant errnos[] = {
    C(E2BIG), C(EACCES), C(EADDRINUSE), C(EADDRNOTAVAIL), C(EAFNOSUPPORT), C(EAGAIN), C(EALREADY), C(EBADF),
    C(EBADMSG), C(EBUSY), C(ECANCELED), C(ECHILD), C(ECONNABORTED), C(ECONNREFUSED), C(ECONNRESET), C(EDEADLK),
    C(EDESTADDRREQ), C(EDOM), C(EDQUOT), C(EEXIST), C(EFAULT), C(EFBIG), C(EHOSTUNREACH), C(EIDRM), C(EILSEQ),
    C(EINPROGRESS), C(EINTR), C(EINVAL), C(EIO), C(EISCONN), C(EISDIR), C(ELOOP), C(EMFILE), C(EMLINK), C(EMSGSIZE),
    C(ENAMETOOLONG), C(ENETDOWN), C(ENETRESET), C(ENETUNREACH), C(ENFILE), C(ENOBUFS), C(ENODEV), C(ENOENT),
    C(ENOEXEC), C(ENOLCK), C(ENOMEM), C(ENOMSG), C(ENOPROTOOPT), C(ENOSPC), C(ENOSYS), C(ENOTCONN), C(ENOTDIR),
    C(ENOTEMPTY), C(ENOTRECOVERABLE), C(ENOTSOCK), C(ENOTTY), C(ENXIO), C(EOPNOTSUPP), C(EOVERFLOW), C(EOWNERDEAD),
    C(EPERM), C(EPIPE), C(EPROTO), C(EPROTONOSUPPORT), C(EPROTOTYPE), C(ERANGE), C(EROFS), C(ESPIPE), C(ESRCH),
    C(ESTALE), C(ETIMEDOUT), C(ETXTBSY), C(EXDEV),
#ifdef ENODATA
    C(ENODATA), C(ENOSR), C(ENOSTR), C(ETIME),
#endif
#ifdef EMULTIHOP
    C(EMULTIHOP), C(ENOLINK),
#endif
#ifdef ENOTBLK
    C(ENOTBLK), C(EHOSTDOWN), C(EPFNOSUPPORT), C(ESHUTDOWN), C(ESOCKTNOSUPPORT), C(ETOOMANYREFS), C(EUSERS),
    C(EREMOTE),
#endif
#ifdef __linux__
    C(EADV), C(EBADE), C(EBADFD), C(EBADR), C(EBADRQC), C(EBADSLT), C(EBFONT), C(ECHRNG), C(ECOMM), C(EDOTDOT),
    C(EHWPOISON), C(EISNAM), C(EKEYEXPIRED), C(EKEYREJECTED), C(EKEYREVOKED), C(EL2HLT), C(EL2NSYNC), C(EL3HLT),
    C(EL3RST), C(ELIBACC), C(ELIBBAD), C(ELIBEXEC), C(ELIBMAX), C(ELIBSCN), C(ELNRNG), C(EMEDIUMTYPE), C(ENAVAIL),
    C(ENOANO), C(ENOCSI), C(ENOKEY), C(ENOMEDIUM), C(ENONET), C(ENOPKG), C(ENOTNAM), C(ENOTUNIQ), C(EREMCHG),
    C(EREMOTEIO), C(ERESTART), C(ERFKILL), C(ESRMNT), C(ESTRPIPE), C(EUCLEAN), C(EUNATCH), C(EXFULL),
#endif
    /* second names */
    C(EWOULDBLOCK), C(ENOTSUP),
#ifdef EDEADLOCK
    C(EDEADLOCK),
#endif
};

/* clang-format on */

const struct coaio__constants coaio__errno_constants = {errnos, sizeof errnos / sizeof errnos[0]};

/* Results are negative, errno is positive: both are understood. */
static int positive(int error)
{
    return error < 0 && error > INT_MIN ? -error : error;
}

const char *coaio_errname(int error)
{
    for (uint32_t i = 0; i < coaio__errno_constants.count; i++)
        if (errnos[i].value == positive(error))
            return errnos[i].name;
    return NULL;
}

/* strerror returns a constant for numbers that have a name; for others its buffer is not safe
   between threads. */
const char *coaio_strerror(int error)
{
    if (error == 0)
        return "Success";
    return coaio_errname(error) ? strerror(positive(error)) : "Unknown error";
}
