/* Metrics by name, and their scores compared. */
#ifndef AXB_TESTS_HARNESS_HARNESS_METRIC_H
#define AXB_TESTS_HARNESS_HARNESS_METRIC_H

#include "matcher/metric/metric.h"

#include <stdbool.h>

/* "jaccard:2", as --metric takes it; the test fails if there is no such metric. */
struct metric_use harness_metric_use(const char *name);

/* Are two scores equal, or both without a value? */
bool harness_metric_same(double x, double y);

/* As harness_metric_same, and 0 is not -0. */
bool harness_metric_same_bits(double x, double y);

#endif
