/* Finds the instruction set to use: by the features themselves, not by the processor's name, which
 * compilers older than the processor do not know. */
#include "matcher/kernel/isa.h"

#include <stdio.h>
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

#define N_NAMES (sizeof names / sizeof *names)

/* N_NAMES if it names none. */
static size_t find_name(const char *name)
{
    size_t i = 0;
    while (i < N_NAMES && strcmp(name, names[i]) != 0)
        i++;
    return i;
}

static enum isa isa_choose(void)
{
    enum isa best = isa_detect();
    const char *asked = getenv("AXB_ISA");
    const size_t found = asked ? find_name(asked) : N_NAMES;
    return found < (size_t)best ? (enum isa)found : best;
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

bool isa_is_refused(char *text, size_t bytes)
{
    const char *asked = getenv("AXB_ISA"), *used = isa_name(isa_best());
    if (!asked || !*asked || strcmp(asked, "best") == 0 || strcmp(asked, used) == 0)
        return false;
    if (find_name(asked) < N_NAMES)
        snprintf(text, bytes, "AXB_ISA=%s: this processor lacks it; %s is used", asked, used);
    else
        snprintf(text, bytes, "AXB_ISA=%.60s: it is none of base, v2, v3, v4, v5, best; %s is used",
                 asked, used);
    return true;
}
