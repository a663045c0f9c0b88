/*
 * Families of constants whose numbers are the kernel's own, the same on every machine: the headers of older C libraries
 * lack them, and newer ones may have them in either of two headers that exclude each other.
 */
#include "base/constants.h"

#ifdef __linux__

#include <fcntl.h>

/* clang-format off */

static const struct coaio__constant table[] = {
    /* statx, and what else takes a directory and a path */
    {"AT_FDCWD", -100}, {"AT_SYMLINK_NOFOLLOW", 0x100}, {"AT_EACCESS", 0x200}, {"AT_REMOVEDIR", 0x200},
    {"AT_HANDLE_FID", 0x200}, {"AT_SYMLINK_FOLLOW", 0x400}, {"AT_NO_AUTOMOUNT", 0x800}, {"AT_EMPTY_PATH", 0x1000},
    {"AT_STATX_SYNC_TYPE", 0x6000}, {"AT_STATX_SYNC_AS_STAT", 0}, {"AT_STATX_FORCE_SYNC", 0x2000},
    {"AT_STATX_DONT_SYNC", 0x4000}, {"AT_RECURSIVE", 0x8000},
    /* mount_setattr, fsmount */
    {"MOUNT_ATTR_RDONLY", 0x1}, {"MOUNT_ATTR_NOSUID", 0x2}, {"MOUNT_ATTR_NODEV", 0x4}, {"MOUNT_ATTR_NOEXEC", 0x8},
    {"MOUNT_ATTR__ATIME", 0x70}, {"MOUNT_ATTR_RELATIME", 0}, {"MOUNT_ATTR_NOATIME", 0x10},
    {"MOUNT_ATTR_STRICTATIME", 0x20}, {"MOUNT_ATTR_NODIRATIME", 0x80}, {"MOUNT_ATTR_IDMAP", 0x100000},
    {"MOUNT_ATTR_NOSYMFOLLOW", 0x200000},
    /* move_mount */
    {"MOVE_MOUNT_F_SYMLINKS", 0x1}, {"MOVE_MOUNT_F_AUTOMOUNTS", 0x2}, {"MOVE_MOUNT_F_EMPTY_PATH", 0x4},
    {"MOVE_MOUNT_T_SYMLINKS", 0x10}, {"MOVE_MOUNT_T_AUTOMOUNTS", 0x20}, {"MOVE_MOUNT_T_EMPTY_PATH", 0x40},
    {"MOVE_MOUNT_SET_GROUP", 0x100}, {"MOVE_MOUNT_BENEATH", 0x200},
    /* open_tree, fsopen, fspick */
    {"OPEN_TREE_CLONE", 1}, {"OPEN_TREE_CLOEXEC", O_CLOEXEC}, {"FSOPEN_CLOEXEC", 0x1}, {"FSPICK_CLOEXEC", 0x1},
    {"FSPICK_SYMLINK_NOFOLLOW", 0x2}, {"FSPICK_NO_AUTOMOUNT", 0x4}, {"FSPICK_EMPTY_PATH", 0x8},
};

/* clang-format on */

const struct coaio__constants coaio__kernel_constants = {table, sizeof table / sizeof table[0]};

#else

const struct coaio__constants coaio__kernel_constants = {0, 0};

#endif
