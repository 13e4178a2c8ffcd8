/* Counts by going through all places; see harness_rarity.h. */
#include "tests/harness/harness_rarity.h"

#include <math.h>
#include <stdlib.h>

static uint64_t records_of(const struct side *side, uint32_t value)
{
    for (uint32_t i = 0; i < side->n; i++)
        if (side->value[i] == value)
            return side_multiplicity(side, i);
    return 0;
}

void harness_rarity_make(struct harness_rarity *h, const struct harness_dictionary *d, bool self)
{
    const uint64_t n = d->a.rows_begin[d->a.n] + (self ? 0 : d->b.rows_begin[d->b.n]);
    *h = (struct harness_rarity){.value = calloc(d->dictionary.n + 1ull, sizeof *h->value),
                                 .bits = calloc(d->dictionary.n + 1ull, sizeof *h->bits)};
    if (!h->value || !h->bits)
        abort();
    for (uint32_t v = 0; v < d->dictionary.n; v++) {
        const uint64_t a = records_of(&d->a, v), b = self ? a : records_of(&d->b, v);
        if (a == 0 || b == 0)
            continue;
        h->value[h->rarity.n] = v;
        h->bits[h->rarity.n++] = rarity_of(self ? a : a + b, n);
    }
    h->rarity.value = h->value;
    h->rarity.bits = h->bits;
}

void harness_rarity_free(struct harness_rarity *h)
{
    free(h->value);
    free(h->bits);
}

bool harness_rarity_is(double bits, uint64_t having, uint64_t n_records)
{
    const double two = having < 2 ? 2 : (double)having;
    return fabs(bits - fmax(0, log2((double)n_records / two))) < 1e-12;
}
