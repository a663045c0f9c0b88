/*
 * The layout of the public structs and the numbers of the enums: what foreign function interfaces have written down,
 * the same for machines of 32 and 64 bits. Written out by hand, so that a change is seen to be one. Fields may be added
 * at the end; nothing here ever changes.
 */
#include "test.h"

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define IS(name, value) _Static_assert((name) == (value), #name " has changed")

AT(coaio_options, size, 0);
AT(coaio_options, backend, 4);
AT(coaio_options, ring_depth, 8);
AT(coaio_options, alloc, 16);
AT(coaio_options, alloc_data, 24);
IS(sizeof(coaio_options), 32);

AT(coaio_stuck_info, for_ns, 0);
AT(coaio_stuck_info, op, 8);
AT(coaio_stuck_info, fd, 12);
AT(coaio_stuck_info, where, 16);
AT(coaio_stuck_info, cancelled, 20);
AT(coaio_stuck_info, path, 24);
IS(sizeof(coaio_stuck_info), 24 + 4096);

AT(coaio_arg, i, 0);
AT(coaio_arg, d, 8);
AT(coaio_arg, p, 16);
AT(coaio_arg, n, 24);
IS(sizeof(coaio_arg), 32);

AT(coaio_op, name, 0);
AT(coaio_op, code, 8);
AT(coaio_op, result, 12);
AT(coaio_op, nargs, 16);
AT(coaio_op, args, 20);
IS(sizeof(coaio_op), 32);

AT(coaio_statbuf, dev, 0);
AT(coaio_statbuf, ino, 8);
AT(coaio_statbuf, mode, 16);
AT(coaio_statbuf, nlink, 24);
AT(coaio_statbuf, uid, 32);
AT(coaio_statbuf, gid, 40);
AT(coaio_statbuf, rdev, 48);
AT(coaio_statbuf, size, 56);
AT(coaio_statbuf, blksize, 64);
AT(coaio_statbuf, blocks, 72);
AT(coaio_statbuf, atime_ns, 80);
AT(coaio_statbuf, mtime_ns, 88);
AT(coaio_statbuf, ctime_ns, 96);
AT(coaio_statbuf, btime_ns, 104);
AT(coaio_statbuf, atime, 112);
AT(coaio_statbuf, mtime, 128);
AT(coaio_statbuf, ctime, 144);
AT(coaio_statbuf, btime, 160);
IS(sizeof(coaio_statbuf), 176);

AT(coaio_time, sec, 0);
AT(coaio_time, nsec, 8);
IS(sizeof(coaio_time), 16);
IS(COAIO_NSEC_OMIT, 0x3ffffffe);
IS(COAIO_NSEC_NOW, 0x3fffffff);
IS(COAIO_NSEC_NONE, 0x40000000);

AT(coaio_statxbuf, mask, 0);
AT(coaio_statxbuf, mode, 4);
AT(coaio_statxbuf, dev_major, 16);
AT(coaio_statxbuf, rdev_minor, 28);
AT(coaio_statxbuf, ino, 32);
AT(coaio_statxbuf, blocks, 64);
AT(coaio_statxbuf, attributes, 72);
AT(coaio_statxbuf, attributes_mask, 80);
AT(coaio_statxbuf, atime, 88);
AT(coaio_statxbuf, btime, 136);
IS(sizeof(coaio_statxbuf), 152);

AT(coaio_statvfsbuf, bsize, 0);
AT(coaio_statvfsbuf, frsize, 8);
AT(coaio_statvfsbuf, blocks, 16);
AT(coaio_statvfsbuf, bfree, 24);
AT(coaio_statvfsbuf, bavail, 32);
AT(coaio_statvfsbuf, files, 40);
AT(coaio_statvfsbuf, ffree, 48);
AT(coaio_statvfsbuf, favail, 56);
AT(coaio_statvfsbuf, fsid, 64);
AT(coaio_statvfsbuf, flag, 72);
AT(coaio_statvfsbuf, namemax, 80);
IS(sizeof(coaio_statvfsbuf), 88);

AT(coaio_dirent, name, 0);
AT(coaio_dirent, ino, 8);
AT(coaio_dirent, length, 16);
AT(coaio_dirent, type, 20);
IS(sizeof(coaio_dirent), 24);

AT(coaio_listing, count, 0);
AT(coaio_listing, flags, 8);
AT(coaio_listing, entry, 16);
IS(sizeof(coaio_listing), 24);
AT(coaio_lists, dirs, 0);
AT(coaio_lists, nondirs, 24);
IS(sizeof(coaio_lists), 48);

AT(coaio_extent, logical, 0);
AT(coaio_extent, physical, 8);
AT(coaio_extent, length, 16);
AT(coaio_extent, flags, 24);
IS(sizeof(coaio_extent), 32);

IS(COAIO_BACKEND_URING, 3);
IS(COAIO_MIN_PARALLEL, 1);
IS(COAIO_STUCK_AFTER, 12);
IS(COAIO_NREQS, 32);
IS(COAIO_NSTUCK, 36);
IS(COAIO_ON_ORDINARY, 1);
IS(COAIO_ON_RING, 3);
IS(COAIO_REGULAR, 8);
IS(COAIO_ARG_FD, 1);
IS(COAIO_ARG_SECONDS, 20);
IS(COAIO_RESULT_ENTRIES, 9);
IS(COAIO_NOP, 1);
IS(COAIO_OPEN, 4);
IS(COAIO_READ, 7);
IS(COAIO_STAT, 11);
IS(COAIO_UNLINK, 20);
IS(COAIO_READDIRX, 31);
IS(COAIO_SYNC_FILE_RANGE, 36);

/* The names go with the codes: a binding looks one up by the other. */
static const char *const names[] = {
    [COAIO_NOP] = "aio_nop",
    [COAIO_OPEN] = "aio_open",
    [COAIO_READ] = "aio_read",
    [COAIO_STAT] = "aio_stat",
    [COAIO_SYNC_FILE_RANGE] = "aio_sync_file_range",
};

int main(void)
{
    const coaio_op *op;
    for (uint32_t i = 0; (op = coaio_ops(i)) != NULL; i++)
        if (op->code < sizeof names / sizeof names[0] && names[op->code])
            CHECK_STR(op->name, names[op->code]);
    return 0;
}
