/*
 * One checker per kind of argument, here as a table; check_number.c and check_object.c have the
 * functions.
 *
 * They raise for what is misuse (a wrong type, a closed file, an offset that cannot be) and leave
 * to the core what the system would answer.
 */
#include "lua/arguments.h"

#include "lua/check_number.h"
#include "lua/check_object.h"

static coaio__checker *const checkers[] = {
    [COAIO_ARG_FD] = coaio__check_fd,
    [COAIO_ARG_FD2] = coaio__check_fd,
    [COAIO_ARG_PATH] = coaio__check_path,
    [COAIO_ARG_PATH2] = coaio__check_path,
    [COAIO_ARG_TARGET] = coaio__check_target,
    [COAIO_ARG_TEXT] = coaio__check_text,
    [COAIO_ARG_FLAGS] = coaio__check_flags,
    [COAIO_ARG_MODE] = coaio__check_mode,
    [COAIO_ARG_OFFSET] = coaio__check_offset,
    [COAIO_ARG_LENGTH] = coaio__check_length,
    [COAIO_ARG_MEMORY] = coaio__check_memory,
    [COAIO_ARG_BYTES] = coaio__check_bytes,
    [COAIO_ARG_DELTA] = coaio__check_delta,
    [COAIO_ARG_WHENCE] = coaio__check_whence,
    [COAIO_ARG_UID] = coaio__check_id,
    [COAIO_ARG_GID] = coaio__check_id,
    [COAIO_ARG_ATIME] = coaio__check_time,
    [COAIO_ARG_MTIME] = coaio__check_time,
    [COAIO_ARG_DEV] = coaio__check_dev,
    [COAIO_ARG_SECONDS] = coaio__check_seconds,
    [COAIO_ARG_COUNT] = coaio__check_count,
    [COAIO_ARG_COMMAND] = coaio__check_command,
    [COAIO_ARG_ARGUMENT] = coaio__check_argument,
    [COAIO_ARG_RANGE] = coaio__check_range,
    [COAIO_ARG_MASK] = coaio__check_mask,
};

enum { NKINDS = sizeof(checkers) / sizeof(checkers[0]) };

/* Lua arguments of one kind: memory comes with a place in it, a range with a place and a length. */
static int width_of(uint8_t kind)
{
    static const uint8_t more[NKINDS] = {
        [COAIO_ARG_MEMORY] = 1, [COAIO_ARG_BYTES] = 1, [COAIO_ARG_RANGE] = 2};
    return 1 + more[kind];
}

int coaio__arguments_place(const coaio_op *op, uint32_t which)
{
    int place = 1;
    uint32_t i;
    for (i = 0; i < which; i++)
        place += width_of(op->args[i]);
    return place;
}

int coaio__arguments_width(const coaio_op *op)
{
    return coaio__arguments_place(op, op->nargs) - 1 + (op->code == COAIO_SLURP ? 1 : 0);
}

bool coaio__arguments_known(const coaio_op *op)
{
    uint32_t i;
    for (i = 0; i < op->nargs; i++)
        if (op->args[i] >= NKINDS || checkers[op->args[i]] == NULL)
            return false;
    return true;
}

void coaio__arguments_check(lua_State *L, struct call *call)
{
    const coaio_op *op = call->op;
    uint32_t i;
    int index = 1;

    for (i = 0; i < op->nargs; i++) {
        checkers[op->args[i]](L, call, &call->arg[i], index);
        index += width_of(op->args[i]);
    }
    if (op->code == COAIO_SLURP)
        coaio__check_target_buffer(L, call, index);
    if (call->settle != NULL)
        call->settle(L, call, &call->arg[call->settled]);
}
