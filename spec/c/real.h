/*
 * What a test's own definition of a function stands before: the function of the C library. Where numbers of 64 bits are
 * an option of the build the linker has another name for it than the program.
 */
#ifndef COAIO_SPEC_REAL_H
#define COAIO_SPEC_REAL_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static inline void *real_function(const char *name)
{
    static const char *const forms[] = {"__%s64_time64", "__%s64", "%s64", "%s"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char whole[64];
        snprintf(whole, sizeof whole, forms[i], name);
        void *symbol = dlsym(RTLD_NEXT, whole);
        if (symbol)
            return symbol;
    }
    fprintf(stderr, "the C library has no %s\n", name);
    abort();
}

#endif
