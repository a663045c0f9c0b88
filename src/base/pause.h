/*
 * Looking again and again at what another thread is about to change: only where that takes less
 * than to sleep and be woken, some ten microseconds.
 */
#ifndef COAIO_BASE_PAUSE_H
#define COAIO_BASE_PAUSE_H

/* Between two looks, `n` times: leaves the processor's resources to whoever shares them. */
static inline void coaio__pause(int n)
{
    while (n-- > 0) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
}

#endif
