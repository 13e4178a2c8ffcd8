/* The slow twins of the metrics of what a value stands for: soundex, number, number_ratio, days,
 * km. Part of ref_metric, which asks here. */
#ifndef AXB_TESTS_REF_VALUE_H
#define AXB_TESTS_REF_VALUE_H

#include "matcher/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As ref_metric; values of at most 900 code points. NaN where one of them stands for nothing. */
bool ref_value(const struct metric_use *use, const uint32_t *a, size_t na, const uint32_t *b,
               size_t nb, double *score);

#endif
