/* One pass over the pairs with two kinds of hash tables: for each column with rarity one of counts,
 * and one of patterns. */
#include "matcher/fit/fit_patterns.h"
#include "core/hash.h"
#include "matcher/fit/fit_group.h"

#include <string.h>

#define MOST_CODES 65536u

struct finder {
    const struct fit_data *data;
    struct fit_patterns *patterns;
    uint16_t *slot_of_count[FIT_MAX_COLUMNS]; /* the code of the count in each slot; 0: free */
    uint32_t *slot;                           /* 1 + pattern; 0: free */
    unsigned slots_log2;
    unsigned count_slots_log2;
};

/* ---- Codes -----------------------------------------------------------------------------------*/

/* The code of a count, which is a new one if no pair had it. 0 if there are too many. Most counts
 * are small, and have their slots side by side: no hash would be better. */
static uint32_t code_of_count(struct finder *f, uint32_t c, uint32_t count)
{
    struct fit_codes *codes = &f->patterns->codes[c];
    uint16_t *slot = f->slot_of_count[c];
    const uint32_t mask = (1u << f->count_slots_log2) - 1;
    uint32_t at = count & mask;
    while (slot[at] && codes->count[slot[at]] != count)
        at = (at + 1) & mask;
    if (slot[at] || codes->n == f->patterns->most_codes)
        return slot[at];
    codes->count[codes->n] = count;
    slot[at] = (uint16_t)codes->n;
    return codes->n++;
}

static uint32_t code_of(struct finder *f, uint32_t c, uint64_t pair)
{
    const struct fit_column *column = &f->data->column[c];
    const uint32_t level = f->data->level[c][pair];
    if (level == FIT_MISSING)
        return 0;
    if (!column->rarity || level + 1 < column->n_levels)
        return level + 1;
    return code_of_count(f, c, f->data->count[c][pair]);
}

static bool codes_of(struct finder *f, uint64_t pair, uint16_t *codes, struct err *e)
{
    for (uint32_t c = 0; c < f->data->n_columns; c++) {
        codes[c] = (uint16_t)code_of(f, c, pair);
        if (codes[c] == 0 && f->data->level[c][pair] != FIT_MISSING)
            return err_set(e, ERR_DATA, "leave the column out",
                           "column %u has values of more than 65,000 different frequencies", c + 1);
    }
    return true;
}

/* ---- Patterns --------------------------------------------------------------------------------*/

static uint64_t hash_of(const uint16_t *codes, uint32_t n)
{
    uint64_t hash = n;
    for (uint32_t c = 0; c < n; c++)
        hash = hash_fold(hash ^ codes[c], 0x9E3779B97F4A7C15u);
    return hash;
}

static uint32_t pattern_of(struct finder *f, const uint16_t *codes)
{
    struct fit_patterns *p = f->patterns;
    const size_t bytes = p->n_columns * sizeof *codes;
    const uint64_t mask = ((uint64_t)1 << f->slots_log2) - 1;
    uint64_t at = hash_mix(hash_of(codes, p->n_columns)) >> (64 - f->slots_log2);
    while (f->slot[at] &&
           memcmp(&p->code[(uint64_t)(f->slot[at] - 1) * p->n_columns], codes, bytes) != 0)
        at = (at + 1) & mask;
    if (f->slot[at])
        return f->slot[at] - 1;
    memcpy(&p->code[(uint64_t)p->n * p->n_columns], codes, bytes);
    f->slot[at] = ++p->n;
    return p->n - 1;
}

/* ---- From beginning to end -------------------------------------------------------------------*/

static bool take_patterns(const struct fit_data *data, struct fit_patterns *p, struct scratch *s,
                          struct err *e)
{
    const uint64_t most_codes = data->n_pairs + FIT_MAX_LEVELS + 1;
    *p = (struct fit_patterns){.n_columns = data->n_columns};
    p->most_codes = (uint32_t)(most_codes < MOST_CODES ? most_codes : MOST_CODES);
    uint32_t *count = scratch_take(s, (uint64_t)p->n_columns * p->most_codes, sizeof *count, e);
    for (uint32_t c = 0; count && c < p->n_columns; c++)
        p->codes[c] = (struct fit_codes){data->column[c].n_levels + !data->column[c].rarity,
                                         &count[(size_t)c * p->most_codes]};
    return count &&
           (p->code = scratch_take(s, data->n_pairs, data->n_columns * sizeof *p->code, e)) &&
           (p->of_pair = scratch_take(s, data->n_pairs, sizeof *p->of_pair, e)) &&
           (p->first = scratch_take(s, data->n_pairs + 1, sizeof *p->first, e)) &&
           (p->pair = scratch_take(s, data->n_pairs, sizeof *p->pair, e));
}

/* How many bits number a table that n entries fill at most half. */
static unsigned log2_of_slots(uint64_t n)
{
    unsigned bits = 4;
    while ((uint64_t)1 << bits < 2 * n)
        bits++;
    return bits;
}

static bool finder_open(struct finder *f, struct scratch *s, struct err *e)
{
    const uint32_t n_columns = f->data->n_columns;
    f->slots_log2 = log2_of_slots(f->data->n_pairs);
    f->count_slots_log2 = log2_of_slots(f->patterns->most_codes);
    f->slot = scratch_take(s, (uint64_t)1 << f->slots_log2, sizeof *f->slot, e);
    uint16_t *slots =
        f->slot ? scratch_take(s, (uint64_t)n_columns << f->count_slots_log2, sizeof *slots, e)
                : NULL;
    for (uint32_t c = 0; slots && c < n_columns; c++)
        f->slot_of_count[c] = &slots[(size_t)c << f->count_slots_log2];
    return slots != NULL;
}

static bool find_all(struct finder *f, struct err *e)
{
    uint16_t codes[FIT_MAX_COLUMNS] = {0};
    struct fit_patterns *p = f->patterns;
    for (uint64_t i = 0; i < f->data->n_pairs; i++) {
        if (!codes_of(f, i, codes, e))
            return false;
        p->of_pair[i] = pattern_of(f, codes);
    }
    fit_group(p->of_pair, (uint32_t)f->data->n_pairs, p->n, p->first, p->pair);
    return true;
}

bool fit_patterns_find(const struct fit_data *data, struct fit_patterns *patterns,
                       struct scratch *s, struct err *e)
{
    struct finder f = {.data = data, .patterns = patterns};
    struct scratch own = {.what = s->what, .n = 0};
    const bool ok =
        take_patterns(data, patterns, s, e) && finder_open(&f, &own, e) && find_all(&f, e);
    scratch_close(&own);
    return ok;
}
