/* Finds the instruction set to use: by the features themselves, not by the processor's name, which
 * compilers older than the processor do not know. */
#include "matcher/kernel/isa.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"base", "v2", "v3", "v4", "v5"};

static enum isa isa_detect(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2") ||
        !__builtin_cpu_supports("fma"))
        return ISA_V2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512cd"))
        return ISA_V3;
    if (!__builtin_cpu_supports("avx512vpopcntdq") || !__builtin_cpu_supports("avx512bitalg") ||
        !__builtin_cpu_supports("avx512vbmi") || !__builtin_cpu_supports("avx512vbmi2"))
        return ISA_V4;
    return ISA_V5;
#else
    return ISA_BASE;
#endif
}

static enum isa isa_choose(void)
{
    enum isa best = isa_detect();
    const char *asked = getenv("AXB_ISA");
    for (int i = 0; asked && i <= (int)best; i++)
        if (strcmp(asked, names[i]) == 0)
            return (enum isa)i;
    return best;
}

enum isa isa_best(void)
{
    static int chosen = -1;
    int isa = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (isa < 0) {
        isa = (int)isa_choose();
        __atomic_store_n(&chosen, isa, __ATOMIC_RELAXED);
    }
    return (enum isa)isa;
}

const char *isa_name(enum isa isa)
{
    return names[isa];
}
