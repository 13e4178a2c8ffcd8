/* One search for all. */
#include "matcher/expr/expr_bisect.h"

#include <string.h>

int64_t bisect_order(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

double bisect_double(int64_t order)
{
    double x;
    int64_t bits = order < 0 ? INT64_MIN - order : order;
    memcpy(&x, &bits, sizeof x);
    return x;
}

double bisect_first(bisect_fn *holds, void *context, double from, double to)
{
    int64_t out = bisect_order(from), in = bisect_order(to);
    if (holds(context, from))
        return from;
    while ((out < in ? (uint64_t)in - (uint64_t)out : (uint64_t)out - (uint64_t)in) > 1) {
        int64_t middle = out / 2 + in / 2 + (out % 2 + in % 2) / 2;
        if (holds(context, bisect_double(middle)))
            in = middle;
        else
            out = middle;
    }
    return bisect_double(in);
}
