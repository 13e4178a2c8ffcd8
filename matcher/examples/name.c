/* The simplest scorer: it says how alike two names are. */
#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    return axb_jaro_winkler(a->name, b->name);
}
