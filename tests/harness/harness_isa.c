/* Goes through the instruction sets. */
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_random.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__x86_64__)
#define LOWEST ISA_V2
#define HIGHEST ISA_V5
#else
#define LOWEST ISA_BASE
#define HIGHEST ISA_BASE
#endif

static int copy = -1;

static enum isa present(void)
{
    return (enum isa)((int)LOWEST + copy);
}

bool harness_isa_next(uint64_t seed)
{
    if (copy < 0)
        unsetenv("AXB_ISA"); /* before the first isa_best(), which remembers */
    while ((int)LOWEST + ++copy <= (int)HIGHEST) {
        if (present() <= isa_best()) {
            printf("%s, seed %llu\n", harness_isa_copy_name(), (unsigned long long)seed);
            harness_seed(seed);
            return true;
        }
        fprintf(stderr, "this processor has no %s: its kernels are NOT tested\n",
                isa_name(present()));
    }
    return false;
}

unsigned harness_isa_copy(void)
{
    return (unsigned)copy;
}

const char *harness_isa_copy_name(void)
{
    return isa_name(present());
}
