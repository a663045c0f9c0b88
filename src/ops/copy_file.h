/*
 * What is in a regular file, and what it is given, from one descriptor to another: the common part
 * of copy and move.
 *
 * Bytes go by the cheapest way that the two file systems allow: a reflink; else copy_file_range,
 * which copies inside the kernel or on the server; else read and write. It is reading that says
 * where the file ends, not its size, nor the map of its holes: files of /proc claim to be empty,
 * those of /sys to have 4096 bytes, and others grow and shrink. Of a sparse file only what is
 * between the holes is copied.
 */
#ifndef COAIO_OPS_COPY_FILE_H
#define COAIO_OPS_COPY_FILE_H

#include <sys/stat.h>

#include "ops/ops.h"

struct coaio__file_copy {
    struct coaio__context *context;
    struct stat from; /* of `in` */
    int in, out;
    bool at_source; /* what failed is the source */
    bool by_hand;   /* copy_file_range was refused */
    char *buffer;
    size_t have; /* bytes that it has of the beginning */
};

/* Permission bits of what is being filled: its owner may not read it either. */
enum { COAIO__UNFINISHED_MODE = 0200 };

/* Read the first bytes, and keep them: the source can be read. 0, -errno. */
int64_t coaio__file_copy_begin(struct coaio__file_copy *contents);

/* All of it, to an empty file. 0, -errno, -ECANCELED. */
int64_t coaio__file_copy_copy(struct coaio__file_copy *contents);

void coaio__file_copy_free(struct coaio__file_copy *contents);

/*
 * Owner, group and permission bits of `out`, which is as `to` says, before it gets the first byte:
 * from then on nobody opens it to read what he may not read in the source.
 */
void coaio__file_copy_guard(const struct coaio__file_copy *contents, struct stat *to);

/* Owner, group, permission bits and times, at the end, each as far as the system allows. */
void coaio__file_copy_finish(const struct coaio__file_copy *contents, struct stat *to);

#endif
