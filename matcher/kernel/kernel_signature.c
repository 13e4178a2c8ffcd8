/* The most characters that texts can have in common, for a run of signatures: a bit that only one
 * text has stands for a character without a partner. There are two loops over some lanes, so that
 * the first becomes vector code. */
#include "matcher/kernel/kernel_signature.h"

#define LANES 64u

/* How many of the first four characters are the same, up to the first that is not. */
static inline uint32_t common_head(uint32_t differ)
{
    return (uint32_t)(differ == 0) + (uint32_t)((differ & 0xffffff) == 0) +
           (uint32_t)((differ & 0xffff) == 0) + (uint32_t)((differ & 0xff) == 0);
}

static inline void mark(const struct signature *a, const struct signatures *b, uint64_t from,
                        uint32_t n, const signature_limits limits, uint8_t *passes)
{
    const uint8_t *limit = limits[0];
    for (uint32_t i = 0; i < n; i++) {
        uint64_t sign = b->sign[from + i];
        int only_a = __builtin_popcountll(a->sign & ~sign);
        int only_b = __builtin_popcountll(sign & ~a->sign);
        int length = b->length[from + i];
        int common_a = (int)a->length - only_a, common_b = length - only_b;
        int common = common_a < common_b ? common_a : common_b;
        uint32_t prefix = common_head(a->head ^ b->head[from + i]);
        passes[i] = common >= (int)limit[(uint32_t)length * SIGNATURE_PREFIXES + prefix];
    }
}

static uint32_t scan(const struct signature *a, const struct signatures *b, uint64_t from,
                     uint32_t n, const signature_limits limits, uint32_t *out)
{
    uint32_t found = 0;
    uint8_t passes[LANES];
    for (uint32_t done = 0; done < n; done += LANES) {
        uint32_t lanes = n - done < LANES ? n - done : LANES;
        mark(a, b, from + done, lanes, limits, passes);
        for (uint32_t i = 0; i < lanes; i++) {
            out[found] = done + i;
            found += passes[i];
        }
    }
    return found;
}

extern const struct signature_kernels ISA_NAME(signature_kernels);
const struct signature_kernels ISA_NAME(signature_kernels) = {scan};
