/* Recordings as shops list them: title, artist, album. Sellers shuffle words and put the artist
 * into the title, so sets of words are compared. Most pairs have nothing in common: a cheap metric
 * of the titles comes first, and the expensive ones only see the pairs that it leaves. */
#include <axb.h>

static double best(double x, double y)
{
    return x > y ? x : y;
}

/* Says how alike two optional texts are; a missing one counts neither for nor against. */
static double optional(axb_str a, axb_str b)
{
    return axb_missing(a) || axb_missing(b) ? 0.5 : axb_token_set_ratio(a, b);
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    double title = axb_ratio(a->title, b->title);
    if (title < 0.5)
        return 0;
    title = best(title, axb_token_set_ratio(a->title, b->title));
    return 0.6 * title + 0.2 * optional(a->artist, b->artist) + 0.2 * optional(a->album, b->album);
}
