/*
 * Loaded together with a sanitizer's run time into a Lua interpreter: takes LD_PRELOAD out of the environment again, so
 * that what the specs start (shells do not survive ThreadSanitizer) runs without it.
 */
#include <stdlib.h>

__attribute__((constructor)) static void unpreload(void)
{
    unsetenv("LD_PRELOAD");
}
