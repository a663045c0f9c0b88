/*
 * What the typed functions are made of: how arguments are made, and the submit, which takes engine,
 * cb and data from the function around it:
 *
 *     return SUBMIT(COAIO_FCHMOD, integer(fd), integer(mode));
 */
#ifndef COAIO_CORE_TYPED_H
#define COAIO_CORE_TYPED_H

#include "coaio.h"

#define SUBMIT(op, ...)                                                                            \
    coaio_submit(engine, op, (const coaio_arg[]){__VA_ARGS__},                                     \
                 sizeof((const coaio_arg[]){__VA_ARGS__}) / sizeof(coaio_arg), cb, data)

static inline coaio_arg integer(int64_t i)
{
    return (coaio_arg){.i = i};
}

static inline coaio_arg count(uint64_t n)
{
    return (coaio_arg){.n = n};
}

static inline coaio_arg number(double d)
{
    return (coaio_arg){.d = d};
}

static inline coaio_arg memory(const void *p)
{
    return (coaio_arg){.p = p};
}

static inline coaio_arg exact_time(const coaio_time *time)
{
    return (coaio_arg){.i = time ? COAIO_TIME_EXACT : COAIO_TIME_NOW, .p = time};
}

static inline coaio_arg range(const void *p, size_t length)
{
    return (coaio_arg){.p = p, .n = length};
}

static inline coaio_arg path_in(const coaio_wd *wd, const char *path)
{
    return (coaio_arg){.i = (int64_t)(intptr_t)wd, .p = path};
}

/* A target without a path is a descriptor, so a missing path must not become descriptor `wd`. */
static inline coaio_arg target_in(const coaio_wd *wd, const char *path)
{
    return path ? path_in(wd, path) : integer(-1);
}

/* The argument of fcntl and ioctl: a number, or bytes. */
static inline coaio_arg argument(int64_t i, const void *bytes, size_t size)
{
    return (coaio_arg){.i = i, .p = bytes, .n = size};
}

#endif
