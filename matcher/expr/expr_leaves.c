/* Columns of rows, from the index. */
#include "matcher/expr/expr_leaves.h"

#include <string.h>

static const struct index_view *column_view(const struct terms *t, uint32_t column)
{
    return &t->index->field[t->x->column[column].field];
}

/* ---- Columns and texts -----------------------------------------------------------------------*/

static void column_values(const double *number, const uint32_t *rows, uint32_t n, double *value)
{
    for (uint32_t i = 0; i < n; i++)
        value[i] = number[rows[i]];
}

static void same_values(const struct terms *t, const struct expr_node *leaf, const uint32_t *rows,
                        uint32_t n, double *value)
{
    const struct side *side = &column_view(t, leaf->index)->side;
    const char *wanted = t->x->text + leaf->text_at;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = side->row_place[rows[i]];
        value[i] = 0;
        if (place != TABLE_MISSING) {
            struct text text = dictionary_text(&t->index->dictionary, side->value[place]);
            value[i] = text.utf8 && text.utf8_bytes == leaf->text_bytes &&
                       memcmp(text.utf8, wanted, leaf->text_bytes) == 0;
        }
    }
}

static void present_values(const struct terms *t, uint64_t columns, const uint32_t *row_a,
                           const uint32_t *row_b, uint32_t n, double *value)
{
    for (uint32_t i = 0; i < n; i++)
        value[i] = 1;
    for (; columns; columns &= columns - 1) {
        uint32_t column = (uint32_t)__builtin_ctzll(columns);
        const uint32_t *place = column_view(t, column)->side.row_place;
        const uint32_t *rows = t->x->column[column].side ? row_b : row_a;
        for (uint32_t i = 0; i < n; i++)
            value[i] = place[rows[i]] == TABLE_MISSING ? 0 : value[i];
    }
}

void terms_leaf(const struct terms *t, const struct expr_node *leaf, const uint32_t *row_a,
                const uint32_t *row_b, uint32_t n, double *value)
{
    if (leaf->op == EXPR_PRESENT) {
        present_values(t, leaf->columns, row_a, row_b, n, value);
        return;
    }
    const uint32_t *rows = t->x->column[leaf->index].side ? row_b : row_a;
    if (leaf->op == EXPR_COLUMN)
        column_values(column_view(t, leaf->index)->number, rows, n, value);
    else
        same_values(t, leaf, rows, n, value);
}

/* ---- Terms -----------------------------------------------------------------------------------*/

void dictionary_gather(const struct dictionary *dictionary, const struct side *side,
                       const uint32_t *rows, uint32_t n, uint32_t *value_id)
{
    for (uint32_t i = 0; i < n; i++)
        value_id[i] = side->row_place[rows[i]];
    for (uint32_t i = 0; i < n; i++)
        value_id[i] = value_id[i] == TABLE_MISSING ? TABLE_MISSING : side->value[value_id[i]];
    for (uint32_t i = 0; i < n; i++)
        if (value_id[i] != TABLE_MISSING)
            __builtin_prefetch(&dictionary->begin[value_id[i]]);
    for (uint32_t i = 0; i < n; i++)
        if (value_id[i] != TABLE_MISSING)
            __builtin_prefetch(dictionary->codes +
                               dictionary->begin[value_id[i]] * dictionary->width);
}

void terms_values(const struct terms *t, uint32_t term, const uint32_t *row_a,
                  const uint32_t *row_b, uint32_t n, double *value)
{
    const struct expr_term *at = &t->x->term[term];
    const struct dictionary *dictionary = &t->index->dictionary;
    uint32_t a[EXPR_LANES], b[EXPR_LANES];
    dictionary_gather(dictionary, &column_view(t, at->column_a)->side, row_a, n, a);
    dictionary_gather(dictionary, &column_view(t, at->column_b)->side, row_b, n, b);
    for (uint32_t i = 0; i < n; i++)
        value[i] = a[i] == TABLE_MISSING || b[i] == TABLE_MISSING
                       ? metric_missing((enum metric_view)at->view)
                       : metric_score(t->metric[term], dictionary_text(dictionary, a[i]),
                                      dictionary_text(dictionary, b[i]));
}

void terms_of_pair(const struct terms *t, uint32_t row_a, uint32_t row_b, double *value)
{
    for (uint32_t i = 0; i < t->x->n_terms; i++)
        terms_values(t, i, &row_a, &row_b, 1, &value[i]);
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

struct metric_use terms_use(const struct expr *x, uint32_t term, const struct index *index)
{
    const struct expr_term *t = &x->term[term];
    struct metric_use use = expr_use(t);
    use.idf = index_idf(index, x->column[t->column_a].field, x->column[t->column_b].field);
    use.rarity = index_rarity(index, x->column[t->column_a].field, x->column[t->column_b].field);
    return use;
}

bool terms_open(struct terms *t, const struct expr *x, const struct index *index, struct err *e)
{
    const struct dictionary *dictionary = &index->dictionary;
    *t = (struct terms){x, index, {NULL}};
    for (uint32_t i = 0; i < x->n_terms; i++) {
        const struct metric_use use = terms_use(x, i, index);
        if (!metric_open(&t->metric[i], &use, &dictionary->alphabet, dictionary->max_length, e))
            return false;
    }
    return true;
}

void terms_close(struct terms *t)
{
    for (uint32_t i = 0; i < EXPR_MAX_TERMS; i++)
        metric_close(t->metric[i]);
}
