/* Publications: title, authors, year. The title decides, the year may be off by one. Made for
 * --normalize casefold. */
#include <axb.h>
#include <math.h>

double score(const axb_row_a *a, const axb_row_b *b)
{
    double years = fabs(a->year_number - b->year_number);
    if (years > 1)
        return 0;
    double title = axb_token_sort_ratio(a->title, b->title);
    if (title < 0.6)
        return 0;
    return 0.7 * title + 0.3 * axb_token_set_ratio(a->authors, b->authors);
}
