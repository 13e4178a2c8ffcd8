/* Finds metrics for tests. */
#include "tests/harness/harness_metric.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

struct metric_use harness_metric_use(const char *name)
{
    struct metric_use use;
    struct err e;
    if (!metric_find(name, strlen(name), &use, &e) || !metric_check(&use, &e))
        fail_msg("%s: %s", name, e.text);
    return use;
}

bool harness_metric_same(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

bool harness_metric_same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y));
}
