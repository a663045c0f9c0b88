/*
 * What all reads share, whoever does them: how much memory they need, and what they end with.
 *
 * A length is an upper bound. Who reads into memory of his own has already sized it; for a read
 * that lends none the engine makes it, and "everything" may be a length of a million bytes for a
 * file of ten. So a length up to READ_SMALL is simply allocated, and a longer one is first clipped
 * to what there is to read. Files that claim to be empty may not be (/proc), and pipes and devices
 * do not say: these get READ_SMALL at least.
 */
#ifndef COAIO_OPS_READ_H
#define COAIO_OPS_READ_H

#include <sys/stat.h>

#include "ops/ops.h"

/* Clip the length to what there is to read, when that is more than a little. Does not block. */
void coaio__read_clip(struct coaio__args *args, bool direct);

/* Do these bytes end a read to the end, as far as one call can tell? */
bool coaio__read_is_whole(const struct coaio__args *args, uint64_t have);

/* Bytes that a file or device says it has; 0 where it says nothing. Does not block. */
int64_t coaio__claimed_size(int fd);

/* Is the descriptor O_DIRECT? */
bool coaio__is_direct(int fd);

/* Mode and size as far as they are known here: no server is asked, so that this does not block. 0
   or -errno. */
int coaio__known_size(int fd, mode_t *mode, int64_t *size);

/* Make the memory, if none is lent or there. */
coaio__memory coaio__read_memory;

/* The last step of every read. */
coaio__after coaio__read_done;

#endif
