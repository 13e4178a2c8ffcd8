/* The scan kernels of edit distances. The bodies are in kernel_edit_lanes.h, which is included once
 * for each lane size. */
#include "matcher/kernel/kernel_edit.h"
#include "matcher/kernel/kernel_vector.h"

#if defined(__AVX512BW__)
#define TEXTS_AT_ONCE 4 /* independent chains that fill both ports; more do not fit registers */
#else
#define TEXTS_AT_ONCE 2
#endif

#define LANE_BITS 8
#include "matcher/kernel/kernel_edit_lanes.h"
#define LANE_BITS 16
#include "matcher/kernel/kernel_edit_lanes.h"
#define LANE_BITS 32
#include "matcher/kernel/kernel_edit_lanes.h"
#define LANE_BITS 64
#include "matcher/kernel/kernel_edit_lanes.h"

const struct edit_scan_kernels ISA_NAME(edit_scan_kernels) = {
    .vector_bytes = VECTOR_BYTES,
    .scan =
        {
            [EDIT_LEVENSHTEIN] = {scan_levenshtein_8, scan_levenshtein_16, scan_levenshtein_32,
                                  scan_levenshtein_64},
            [EDIT_OSA] = {scan_osa_8, scan_osa_16, scan_osa_32, scan_osa_64},
            [EDIT_INDEL] = {scan_indel_8, scan_indel_16, scan_indel_32, scan_indel_64},
            [EDIT_HAMMING] = {scan_hamming_8, scan_hamming_16, scan_hamming_32, scan_hamming_64},
        },
};
