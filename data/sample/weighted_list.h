/* A list of words to draw from by weight, in one load: each word stands in as many slots as its
 * weight says. Read-only once made. */
#ifndef AXB_DATA_SAMPLE_WEIGHTED_LIST_H
#define AXB_DATA_SAMPLE_WEIGHTED_LIST_H

#include "core/err.h"
#include "data/sample/lists.h"
#include "data/sample/rng.h"

struct words {
    const char **word; /* n words, each terminated, pointing into text */
    unsigned n;
    uint16_t *slot; /* n_slots numbers of words */
    unsigned n_slots;
    char *text;
};

/* Makes *w of groups (ended by NULL); free it with words_free, also after a failure. */
bool words_make(struct words *w, const struct word_group *groups, struct err *e);

/* The same for one string of words that all weigh the same. */
bool words_make_even(struct words *w, const char *words, struct err *e);
void words_free(struct words *w);

/* How many words a string of a list has. */
unsigned words_count(const char *text);

static inline const char *words_draw(const struct words *w, struct rng *g)
{
    return w->word[w->slot[rng_below(g, w->n_slots)]];
}

#endif
