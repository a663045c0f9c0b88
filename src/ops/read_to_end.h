/*
 * The bytes of a file, read to the end into memory that grows with them: what a file claims to be
 * its size is only a first guess at how much memory that takes.
 */
#ifndef COAIO_OPS_READ_TO_END_H
#define COAIO_OPS_READ_TO_END_H

#include "ops/ops.h"

enum {
    COAIO__ALIGNMENT = 4096 /* of memory and sizes; what O_DIRECT wants is at most this on all but
                               exotic devices */
};

struct coaio__growing {
    char *bytes;
    uint64_t have,
        room;    /* bytes: read so far, and of memory: one more than may be read, for a NUL */
    bool direct; /* O_DIRECT: the memory is aligned, and only whole blocks are asked for */
};

/* 0 or -ENOMEM, which leaves it as it was. */
int coaio__growing_resize(struct coaio__mem *mem, struct coaio__growing *text, uint64_t room);

/*
 * Read on behind what is there, until there are `limit` bytes or no more come. The text begins at
 * `offset` of the file, or (-1) where the descriptor's own position was. The memory grows where the
 * limit needs it. 0, -errno, -ECANCELED.
 */
int64_t coaio__read_to_end(int fd, int64_t offset, struct coaio__growing *text, uint64_t limit,
                           struct coaio__context *context);

/* The text becomes the result, ended by NUL, in memory of its size. Its length. */
int64_t coaio__growing_give(struct coaio__growing *text, struct coaio__context *context);

#endif
