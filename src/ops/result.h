/*
 * The results of operations: what becomes one, and what becomes of one that nobody will see.
 */
#ifndef COAIO_OPS_RESULT_H
#define COAIO_OPS_RESULT_H

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "ops/ops.h"

/* A copy of `size` bytes becomes the result, in the memory that it may have already. 0 or -ENOMEM.
   Inline since callers know the size: copying is a few moves then. */
static inline int64_t coaio__give_copy(struct coaio__context *context, const void *bytes,
                                       size_t size)
{
    struct coaio__result *result = context->result;
    if (!result->memory)
        result->memory = coaio__alloc(context->mem, size);
    if (!result->memory)
        return -ENOMEM;
    memcpy(result->memory, bytes, size);
    result->size = size;
    return 0;
}

/* A string becomes the result. `text` is memory of the engine's, with room for a NUL. `length`. */
int64_t coaio__give_string(struct coaio__context *context, char *text, size_t length);

/* Returns `error`, after leaving a copy of `path` in the result, when somebody will see it. */
int64_t coaio__failed(struct coaio__context *context, const char *path, int64_t error);

/* Close or free what a result owns. `kind` is an enum coaio_result_kind. */
void coaio__result_dispose(struct coaio__mem *mem, uint32_t kind, struct coaio__result *result);

/* Free the memory of a result, close nothing. */
void coaio__result_drop(struct coaio__mem *mem, struct coaio__result *result);

#endif
