/*
 * move: a rename, or, to another file system, a copy. The source goes only after the copy is complete. When it cannot
 * go, there are two.
 */
#include "ops/composite.h"

#include <errno.h>

#include "ops/run.h"

int64_t coaio__run_move(struct coaio__args *args, struct coaio__context *context)
{
    int64_t rc = coaio__run_rename(args, context);

    if (rc == -EXDEV) {
        rc = coaio__run_copy(args, context);
        if (rc < 0)
            return rc;
        rc = coaio__run_unlink(args, context);
    }
    return rc < 0 ? coaio__failed(context, args->path, rc) : 0;
}
