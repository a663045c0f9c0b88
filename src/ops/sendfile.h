/*
 * What the two ways to do a sendfile share: the one that waits (run_sendfile.c) and the one that
 * never does (at_once_sendfile.c).
 */
#ifndef COAIO_OPS_SENDFILE_H
#define COAIO_OPS_SENDFILE_H

#include "base/policy.h"
#include "ops/ops.h"

/* Bytes that were taken from the input; those from `begin` to `end` have not reached the output. In
   an unfinished request's work.memory, while work.size is the count of those that have. */
struct coaio__taken {
    size_t begin, end;
    char bytes[COAIO__TAKEN_MAX];
};

void coaio__taken_drop(struct coaio__mem *mem, struct coaio__result *result);

/* The most that a sendfile to the end may copy, `done` bytes of it already: to where the file ends
   now. */
uint64_t coaio__sendfile_limit(const struct coaio__args *args, uint64_t done);

/* Bytes written: fewer than `length` only after an error, which is then in `error`, or when nobody
   wants them. */
size_t coaio__write_all(int fd, const char *bytes, size_t length, struct coaio__context *context,
                        int *error);

#endif
