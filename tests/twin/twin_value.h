/* The slow twins of the metrics of what a value stands for: soundex, number, number_ratio, days,
 * km. twin_metric calls it. */
#ifndef AXB_TESTS_TWIN_TWIN_VALUE_H
#define AXB_TESTS_TWIN_TWIN_VALUE_H

#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As twin_metric; values of at most 900 code points. NaN where one of them has no such value. */
bool twin_value(const struct metric_use *use, const uint32_t *a, size_t na, const uint32_t *b,
                size_t nb, double *score);

#endif
