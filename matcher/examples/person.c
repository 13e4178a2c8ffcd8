/* Persons: given_name, surname, date_of_birth, suburb, postcode. A field that is missing on either
 * side says nothing, so the others share its weight. */
#include <axb.h>

struct sum {
    double score, weight;
};

static void add(struct sum *sum, double weight, axb_str a, axb_str b, double likeness)
{
    if (axb_missing(a) || axb_missing(b))
        return;
    sum->score += weight * likeness;
    sum->weight += weight;
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    struct sum s = {0, 0};
    double given = axb_jaro_winkler(a->given_name, b->given_name);
    double family = axb_jaro_winkler(a->surname, b->surname);
    double swapped = axb_equal(a->given_name, b->surname) * axb_equal(a->surname, b->given_name);

    add(&s, 2, a->given_name, b->given_name, swapped > given ? swapped : given);
    add(&s, 3, a->surname, b->surname, swapped > family ? swapped : family);
    add(&s, 3, a->date_of_birth, b->date_of_birth, axb_osa(a->date_of_birth, b->date_of_birth));
    add(&s, 1, a->suburb, b->suburb, axb_jaro_winkler(a->suburb, b->suburb));
    add(&s, 1, a->postcode, b->postcode, axb_osa(a->postcode, b->postcode));
    return s.weight >= 5 ? s.score / s.weight : 0;
}
