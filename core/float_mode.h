/* How a thread computes with doubles: how it rounds, what it makes of numbers near 0, and what
 * traps. User code can change that for all that runs after it in its thread. Not here: the flags
 * that say what has happened, which change all the time. */
#ifndef AXB_CORE_FLOAT_MODE_H
#define AXB_CORE_FLOAT_MODE_H

#include <stdbool.h>
#include <stdint.h>

/* The control registers; of x86 that of SSE, and that of the x87, which long double uses. */
struct float_mode {
    uint64_t control;
    uint16_t x87;
};

#if defined(__x86_64__)
#define FLOAT_MODE_FLAGS 0x3fu /* what has happened */
static inline struct float_mode float_mode_get(void)
{
    struct float_mode m = {.control = __builtin_ia32_stmxcsr() & ~FLOAT_MODE_FLAGS};
    __asm__ volatile("fnstcw %0" : "=m"(m.x87));
    return m;
}

static inline void float_mode_set(struct float_mode m)
{
    __builtin_ia32_ldmxcsr((unsigned)m.control);
    __asm__ volatile("fldcw %0" : : "m"(m.x87));
}
#elif defined(__aarch64__)
static inline struct float_mode float_mode_get(void)
{
    struct float_mode m = {.x87 = 0};
    __asm__ volatile("mrs %0, fpcr" : "=r"(m.control));
    return m;
}

static inline void float_mode_set(struct float_mode m)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(m.control));
}
#else
#error "say here what controls how this processor computes"
#endif

static inline bool float_mode_same(struct float_mode x, struct float_mode y)
{
    return x.control == y.control && x.x87 == y.x87;
}

#endif
