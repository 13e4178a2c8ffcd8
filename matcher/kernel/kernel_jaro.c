/* The kernels of Jaro's matching. The bodies are in kernel_jaro_lanes.h, which is included once for
 * each lane size, and in kernel_jaro_short.h, for each length of short texts. */
#include "matcher/kernel/kernel_jaro.h"
#include "matcher/kernel/kernel_vector.h"

#if defined(__AVX512BW__)
#define TEXTS_AT_ONCE 4 /* independent chains that hide the latency of one */
#else
#define TEXTS_AT_ONCE 3
#endif

#define LANE_BITS 8
#include "matcher/kernel/kernel_jaro_lanes.h"
#define LANE_BITS 16
#include "matcher/kernel/kernel_jaro_lanes.h"
#define SHORT_LENGTH 16
#include "matcher/kernel/kernel_jaro_short.h"
#define LANE_BITS 32
#include "matcher/kernel/kernel_jaro_lanes.h"
#define SHORT_LENGTH 32
#include "matcher/kernel/kernel_jaro_short.h"
#define LANE_BITS 64
#include "matcher/kernel/kernel_jaro_lanes.h"

const struct jaro_scan_kernels ISA_NAME(jaro_scan_kernels) = {
    .vector_bytes = VECTOR_BYTES,
    .scan = {jaro_scan_8, jaro_scan_16, jaro_scan_32, jaro_scan_64},
    .tally = {jaro_tally_8, jaro_tally_16, jaro_tally_32, NULL},
    .pairs = {jaro_pairs_8, jaro_pairs_16, jaro_pairs_32, jaro_pairs_64},
    .shorts = {jaro_shorts_16, jaro_shorts_32},
};
