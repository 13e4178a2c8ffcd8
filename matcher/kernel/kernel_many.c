/* The kernels of one text against many. The bodies are in kernel_many_lanes.h, which is included
 * once for each lane size. */
#include "matcher/kernel/kernel_many.h"
#include "matcher/kernel/kernel_vector.h"

#if defined(__AVX512BW__)
#define TEXTS_AT_ONCE 4 /* independent chains that hide the latency of one */
#else
#define TEXTS_AT_ONCE 2
#endif

#define LANE_BITS 8
#include "matcher/kernel/kernel_many_lanes.h"
#define LANE_BITS 16
#include "matcher/kernel/kernel_many_lanes.h"
#define LANE_BITS 32
#include "matcher/kernel/kernel_many_lanes.h"
#define LANE_BITS 64
#include "matcher/kernel/kernel_many_lanes.h"

const struct many_kernels ISA_NAME(many_kernels) = {
    .vector_bytes = VECTOR_BYTES,
    .end =
        {
            {many_beginning_8, many_beginning_16, many_beginning_32, many_beginning_64},
            {many_ending_8, many_ending_16, many_ending_32, many_ending_64},
        },
    .edit =
        {
            [EDIT_LEVENSHTEIN] = {many_levenshtein_8, many_levenshtein_16, many_levenshtein_32,
                                  many_levenshtein_64},
            [EDIT_OSA] = {many_osa_8, many_osa_16, many_osa_32, many_osa_64},
            [EDIT_INDEL] = {many_indel_8, many_indel_16, many_indel_32, many_indel_64},
            [EDIT_HAMMING] = {many_hamming_8, many_hamming_16, many_hamming_32, many_hamming_64},
        },
    .damerau = {many_damerau_8, many_damerau_16, many_damerau_32, many_damerau_64},
    .jaro = {many_jaro_8, many_jaro_16, many_jaro_32, many_jaro_64},
};
