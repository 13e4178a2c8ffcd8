/* Instruction sets: every matcher/kernel/kernel_*.c is compiled once for each set in
 * cmake/isa.cmake, and this picks among the copies at start. AXB_ISA=v2 (v3, v4, v5, base) in the
 * environment forces a lower one, so that all can be tested on one machine. */
#ifndef AXB_MATCHER_KERNEL_ISA_H
#define AXB_MATCHER_KERNEL_ISA_H

#include <stdbool.h>
#include <stddef.h>

#define ISA_PASTE2(name, suffix) name##_##suffix
#define ISA_PASTE(name, suffix) ISA_PASTE2(name, suffix)
/* In a kernel file: the name with this copy's suffix. */
#define ISA_NAME(name) ISA_PASTE(name, ISA_SUFFIX)

enum isa { ISA_BASE, ISA_V2, ISA_V3, ISA_V4, ISA_V5 };

/* The best that this processor runs and AXB_ISA allows; found once, then remembered. */
enum isa isa_best(void);
const char *isa_name(enum isa isa);

/* Is AXB_ISA a value that is not followed? Then text[bytes] says why. It is not if it asks for the
 * best: not set, empty or "best". */
bool isa_is_refused(char *text, size_t bytes);

/* Declares the copies of a kernel table and the function that gives the right one:
 *   ISA_TABLE(struct set_kernels, set_kernels)  ->  const struct set_kernels *set_kernels(void)
 */
#if defined(__x86_64__)
#define ISA_TABLE(type, name)                                                                      \
    extern const type name##_v2, name##_v3, name##_v4, name##_v5;                                  \
    static inline const type *name(void)                                                           \
    {                                                                                              \
        switch (isa_best()) {                                                                      \
        case ISA_V5:                                                                               \
            return &name##_v5;                                                                     \
        case ISA_V4:                                                                               \
            return &name##_v4;                                                                     \
        case ISA_V3:                                                                               \
            return &name##_v3;                                                                     \
        case ISA_V2:                                                                               \
        case ISA_BASE:                                                                             \
            break;                                                                                 \
        }                                                                                          \
        return &name##_v2;                                                                         \
    }
#else
#define ISA_TABLE(type, name)                                                                      \
    extern const type name##_base;                                                                 \
    static inline const type *name(void)                                                           \
    {                                                                                              \
        return &name##_base;                                                                       \
    }
#endif

#endif
