/*
 * The failure of a composite request.
 */
#include "ops/composite.h"

#include <errno.h>
#include <string.h>

/* An interrupted request is run again, and a cancelled one is not looked at. */
int64_t coaio__failed(struct coaio__context *context, const char *path, int64_t error)
{
    struct coaio__result *result = context->result;
    size_t                size = strlen(path) + 1;

    if (error == -EINTR || error == -ECANCELED)
        return error;
    result->memory = coaio__alloc(context->mem, size);
    if (result->memory) {
        memcpy(result->memory, path, size);
        result->size = size - 1;
    }
    return error;
}
