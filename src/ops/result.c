/*
 * Results. See result.h.
 */
#include "ops/result.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ops/wd.h"

int64_t coaio__give_string(struct coaio__context *context, char *text, size_t length)
{
    text[length] = '\0';
    context->result->memory = text;
    context->result->size = length;
    return (int64_t)length;
}

/* An interrupted request is run again, and a cancelled one is not looked at. */
int64_t coaio__failed(struct coaio__context *context, const char *path, int64_t error)
{
    struct coaio__result *result = context->result;
    size_t size = strlen(path) + 1;

    if (error == -EINTR || error == -ECANCELED)
        return error;
    result->memory = coaio__alloc(context->mem, size);
    if (result->memory) {
        memcpy(result->memory, path, size);
        result->size = size - 1;
    }
    return error;
}

void coaio__result_drop(struct coaio__mem *mem, struct coaio__result *result)
{
    coaio__free(mem, result->memory);
    result->memory = NULL;
    result->size = 0;
}

void coaio__result_dispose(struct coaio__mem *mem, uint32_t kind, struct coaio__result *result)
{
    bool owns_fd =
        kind == COAIO_RESULT_CONTROL && !result->memory && result->size == COAIO__OWNS_FD;

    if ((kind == COAIO_RESULT_FD || owns_fd) && result->value >= 0)
        close((int)result->value);
    if (kind == COAIO_RESULT_WD) {
        coaio__wd_unref(mem, result->memory);
        result->memory = NULL;
    }
    coaio__result_drop(mem, result);
}
