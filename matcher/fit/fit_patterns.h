/* Candidates by pattern: pairs whose columns have the same levels and the same counts of values.
 *
 * They have the same score whatever the model, so that it is computed once for all of them. Not
 * here: what a pattern scores (fit_em.h). */
#ifndef AXB_MATCHER_FIT_FIT_PATTERNS_H
#define AXB_MATCHER_FIT_FIT_PATTERNS_H

#include "matcher/choose/scratch.h"
#include "matcher/fit/fit_data.h"

/* What a pattern says of a column is one code: 0 where a value is missing, then 1 + level. In a
 * column with rarity the exact level has one code for each different count, from n_levels on, in
 * the order in which pairs first have them. */
struct fit_codes {
    uint32_t n;      /* codes of the column */
    uint32_t *count; /* [n] the count of a code, from n_levels on */
};

struct fit_patterns {
    uint32_t n, n_columns;
    uint32_t most_codes; /* of a column: space for so many; at most 65,536 */
    struct fit_codes codes[FIT_MAX_COLUMNS];
    uint16_t *code;    /* [n][n_columns] */
    uint32_t *of_pair; /* [n_pairs] */
    uint32_t *first;   /* [n + 1] where its pairs begin in `pair` */
    uint32_t *pair;    /* [n_pairs] pairs by pattern, ascending within each */
};

/* The level that a code stands for; FIT_MISSING for 0. */
static inline uint32_t fit_level_of(const struct fit_column *column, uint32_t code)
{
    if (code == 0)
        return FIT_MISSING;
    return code < column->n_levels ? code - 1 : column->n_levels - 1;
}

/* Finds the patterns of all candidates; patterns are numbered as pairs first have them. The memory
 * is that of `s`. Fails with ERR_OS, or with ERR_DATA if a column has more than 65,000 different
 * counts. */
bool fit_patterns_find(const struct fit_data *data, struct fit_patterns *patterns,
                       struct scratch *s, struct err *e);

#endif
