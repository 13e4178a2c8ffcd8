/* Estimates by scoring random pairs of rows. */
#include "matcher/planner/estimate.h"

#include "core/log.h"
#include "core/random.h"
#include "core/sort.h"
#include "matcher/expr/expr_leaves.h"

#include <stdlib.h>

/* The number of pairs of rows with the same value. The value ids of a side ascend. */
static double equal_pairs(const struct side *a, const struct side *b)
{
    double n = 0;
    for (uint32_t i = 0, k = 0; i < a->n && k < b->n;) {
        if (a->value[i] == b->value[k])
            n += (double)side_multiplicity(a, i) * side_multiplicity(b, k);
        uint32_t value = a->value[i];
        i += value <= b->value[k];
        k += b->value[k] <= value;
    }
    return n;
}

static void sample(struct estimate_term *t, struct metric_state *metric, const struct index *index,
                   const struct side *a, const struct side *b, double missing)
{
    const struct dictionary *dictionary = &index->dictionary;
    const struct row_list *rows = index->rows;
    uint64_t random = 20240229;
    double start = log_seconds();
    t->n = 0;
    for (uint32_t i = 0; i < ESTIMATE_PAIRS && rows[0].n && rows[1].n; i++) {
        uint32_t place_a = a->row_place[row_list_at(&rows[0], random_next(&random) % rows[0].n)];
        uint32_t place_b = b->row_place[row_list_at(&rows[1], random_next(&random) % rows[1].n)];
        double score = missing;
        if (place_a != TABLE_MISSING && place_b != TABLE_MISSING) {
            if (a->value[place_a] == b->value[place_b])
                continue;
            score = metric_score(metric, dictionary_text(dictionary, a->value[place_a]),
                                 dictionary_text(dictionary, b->value[place_b]));
        }
        t->score[t->n] = score;
        t->n += score == score;
    }
    t->seconds = (log_seconds() - start) / ESTIMATE_PAIRS;
    sort_double(t->score, t->n);
}

static bool open_term(struct estimate_term *t, const struct expr *x, uint32_t number,
                      const struct index *index, struct err *e)
{
    const struct expr_term *term = &x->term[number];
    const struct side *a = &index->field[x->column[term->column_a].field].side;
    const struct side *b = &index->field[x->column[term->column_b].field].side;
    const struct metric_use use = terms_use(x, number, index);
    struct metric_state *metric;
    t->score = malloc(ESTIMATE_PAIRS * sizeof *t->score);
    if (!t->score)
        return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
    if (!metric_open(&metric, &use, &index->dictionary.alphabet, index->dictionary.max_length, e))
        return false;
    sample(t, metric, index, a, b, metric_missing(use.view));
    metric_close(metric);
    t->equal_pairs = equal_pairs(a, b);
    t->falls = metric_falls(use.view);
    return true;
}

bool estimate_make(struct estimate *s, const struct query *query, const struct inputs *inputs,
                   double all_pairs, struct err *e)
{
    const struct expr *x = &query->expr;
    const bool single = query_single_term(query) != EXPR_NONE;
    const bool asked = query->goal.score != EXPR_NONE || query->goal.where != EXPR_NONE;
    *s = (struct estimate){.all_pairs = all_pairs, .n_terms = single || !asked ? 0 : x->n_terms};
    for (uint32_t i = 0; i < s->n_terms; i++)
        if (!open_term(&s->term[i], x, i, &inputs->index, e))
            return false;
    return true;
}

void estimate_close(struct estimate *s)
{
    for (uint32_t i = 0; i < s->n_terms; i++)
        free(s->term[i].score);
    s->n_terms = 0;
}

/* The number of sampled values that are below `value`; with `or_same`, that are not above it. */
static uint32_t count_below(const struct estimate_term *t, double value, bool or_same)
{
    uint32_t below = 0, above = t->n;
    while (below < above) {
        uint32_t middle = below + (above - below) / 2;
        if (t->score[middle] < value || (or_same && t->score[middle] == value))
            below = middle + 1;
        else
            above = middle;
    }
    return below;
}

double estimate_pairs(const struct estimate *s, uint32_t term, double need)
{
    const struct estimate_term *t = &s->term[term];
    uint32_t n = t->falls ? count_below(t, need, true) : t->n - count_below(t, need, false);
    /* no hit in the sample counts as a third of one */
    double hits = n ? (double)n : 1.0 / 3;
    double pairs = t->equal_pairs + hits / ESTIMATE_PAIRS * s->all_pairs;
    return pairs < s->all_pairs ? pairs : s->all_pairs;
}
