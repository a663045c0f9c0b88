/* Says whether the kernel lets this process make an io_uring, without help from coaio: exit status 0 or 77. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
#ifdef SYS_io_uring_setup
    char params[512];
    memset(params, 0, sizeof params);
    if (syscall(SYS_io_uring_setup, 4, params) >= 0)
        return 0;
    printf("io_uring_setup: %s\n", strerror(errno));
#else
    printf("no io_uring_setup on this system\n");
#endif
    return 77;
}
