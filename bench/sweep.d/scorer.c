/* The function of the work `scorer` of bench/sweep: some nanoseconds a pair, no branch that skips
 * the most of it. */
#include <axb.h>

double score(const axb_row_a *a, const axb_row_b *b)
{
    const double last = axb_jaro_winkler(a->last, b->last);
    return 0.4 * axb_jaro_winkler(a->first, b->first) + 0.6 * last;
}
