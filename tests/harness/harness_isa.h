/* Kernel tables one after the other: each copy that this processor can run (matcher/kernel/isa.h),
 * in one process. The program itself uses the best copy only.
 *
 *     static const struct set_kernels *const kernels[] = HARNESS_ISA_COPIES(set_kernels);
 *     while (harness_isa_next(SEED))
 *         … kernels[harness_isa_copy()] … */
#ifndef AXB_TESTS_HARNESS_HARNESS_ISA_H
#define AXB_TESTS_HARNESS_HARNESS_ISA_H

#include "matcher/kernel/isa.h"

#include <stdbool.h>
#include <stdint.h>

/* The copies of a table, lowest instruction set first. */
#if defined(__x86_64__)
#define HARNESS_ISA_COPIES(table)                                                                  \
    {                                                                                              \
        &table##_v2, &table##_v3, &table##_v4, &table##_v5                                         \
    }
#else
#define HARNESS_ISA_COPIES(table)                                                                  \
    {                                                                                              \
        &table##_base                                                                              \
    }
#endif

/* Goes on to the next copy; false after the last. A copy that the processor cannot run is passed
 * over, and stderr says so. Of AXB_ISA nothing is taken. Each copy starts the random numbers of
 * harness_below (harness_random.h) at the same seed, which is printed. */
bool harness_isa_next(uint64_t seed);

/* The present copy: its number in HARNESS_ISA_COPIES, and its name ("v3"). */
unsigned harness_isa_copy(void);
const char *harness_isa_copy_name(void);

#endif
