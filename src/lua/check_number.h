/*
 * Checkers of numbers, flags, modes and times.
 */
#ifndef COAIO_LUA_CHECK_NUMBER_H
#define COAIO_LUA_CHECK_NUMBER_H

#include "lua/check.h"

coaio__checker coaio__check_offset, coaio__check_length, coaio__check_delta, coaio__check_count,
    coaio__check_whence;
coaio__checker coaio__check_flags, coaio__check_mode, coaio__check_mask, coaio__check_command;
coaio__checker coaio__check_id, coaio__check_dev, coaio__check_seconds, coaio__check_time;

#endif
