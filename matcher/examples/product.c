/* Recordings as a shop lists them: title, artist, album. Sellers put the artist into the title, so
 * sets of words are compared; words that are in both weigh more than those that are in one. */
#include <axb.h>

static double best(double x, double y)
{
    return x > y ? x : y;
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    double title = best(axb_token_set_ratio(a->title, b->title), axb_jaccard(a->title, b->title, 3));
    double artist = best(axb_token_set_ratio(a->artist, b->artist),
                         best(axb_partial_ratio(a->artist, b->title),
                              axb_partial_ratio(a->title, b->artist)));
    double album = axb_token_set_ratio(a->album, b->album);
    return 0.5 * title + 0.3 * artist + 0.2 * album;
}
