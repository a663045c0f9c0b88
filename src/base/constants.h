/*
 * The constants of this system, by name, in tables: error numbers (names.c), what POSIX systems share (constants.c),
 * what only Linux has (constants_linux.c, and constants_kernel.c without its headers; empty elsewhere).
 */
#ifndef COAIO_BASE_CONSTANTS_H
#define COAIO_BASE_CONSTANTS_H

#include <stdint.h>

struct coaio__constant {
    const char *name;
    int64_t     value;
};

struct coaio__constants {
    const struct coaio__constant *first;
    uint32_t                      count;
};

extern const struct coaio__constants coaio__errno_constants, coaio__linux_constants, coaio__kernel_constants;

/* One entry, for a name that is the system's own. */
#define COAIO__CONSTANT(name) {#name, (int64_t)(name)}

#endif
