/* Pairs are sorted by their records, so that they can be found by halving. */
#include "matcher/eval/eval_pairs.h"

#include "core/log.h"
#include "core/sort.h"
#include "matcher/index/typed_value.h"

#include <math.h>
#include <stdlib.h>

/* Rows that make no pair of their own. */
struct left_out {
    uint64_t n_lacking, n_itself, n_again, n_unlabelled;
};

static uint64_t key_of(const struct eval_pair *p)
{
    return (uint64_t)p->a << 32 | p->b;
}

static int by_records(const void *x, const void *y)
{
    const struct eval_pair *a = x, *b = y;
    const int order = sort_order(key_of(a), key_of(b));
    return order ? order : sort_order(a->row, b->row);
}

static double score_of(const struct eval_file *file, uint64_t row)
{
    const uint32_t value = table_row_values(&file->table, 2)[row];
    return value == TABLE_MISSING ? (double)NAN : value_number(table_value(&file->table, 2, value));
}

enum label eval_pairs_label(const struct eval_file *file, uint64_t row)
{
    const uint32_t value = table_row_values(&file->table, 2)[row];
    return value == TABLE_MISSING ? LABEL_NONE : file->label[value];
}

/* The pairs as the rows have them. */
static void read_pairs(struct eval_pairs *p, const struct eval_file *file,
                       const struct eval_records *r, uint32_t field, bool scores,
                       struct left_out *left)
{
    const uint64_t rows = file->table.head->n_rows;
    for (uint64_t row = 0; row < rows; row++) {
        const uint32_t a = eval_records_at(r, field, false, row);
        const uint32_t b = eval_records_at(r, field + 1, true, row);
        const bool turn = r->self && a > b;
        if (a == EVAL_NO_RECORD || b == EVAL_NO_RECORD)
            left->n_lacking++;
        else if (a == b)
            left->n_itself++;
        else if (file->label && eval_pairs_label(file, row) == LABEL_NONE)
            left->n_unlabelled++;
        else
            p->pair[p->n++] =
                (struct eval_pair){turn ? b : a, turn ? a : b,
                                   scores ? score_of(file, row) : (double)NAN, (uint32_t)row};
    }
}

/* Of equal pairs the first counts; of labelled ones the last, which corrects the others. */
static void keep_each_once(struct eval_pairs *p, bool labelled, struct left_out *left)
{
    uint64_t kept = 0;
    qsort(p->pair, p->n, sizeof *p->pair, by_records);
    for (uint64_t i = 0; i < p->n; i++)
        if (kept == 0 || key_of(&p->pair[i]) != key_of(&p->pair[kept - 1]))
            p->pair[kept++] = p->pair[i];
        else if (labelled)
            p->pair[kept - 1] = p->pair[i];
    left->n_again = p->n - kept;
    p->n = kept;
}

static void say_left_out(const struct left_out *left, const struct eval_file *file)
{
    const char *shown = file->load.shown;
    eval_file_say(shown, left->n_lacking, "row lacks an id and is left out",
                  "rows lack an id and are left out");
    eval_file_say(shown, left->n_itself, "row pairs a record with itself and is left out",
                  "rows pair a record with itself and are left out");
    eval_file_say(shown, left->n_unlabelled, "row has no label and is left out",
                  "rows have no label and are left out");
    if (file->label)
        eval_file_say(shown, left->n_again, "row labels a pair again; the last label counts",
                      "rows label pairs again; the last labels count");
    else
        eval_file_say(shown, left->n_again,
                      "row repeats a pair, which counts once, with its first score",
                      "rows repeat pairs, each of which counts once, with its first score");
}

bool eval_pairs_make(struct eval_pairs *p, const struct eval_file *file,
                     const struct eval_records *r, uint32_t field, bool scores, struct err *e)
{
    struct left_out left = {0};
    p->n = 0;
    p->pair = malloc((file->table.head->n_rows + 1) * sizeof *p->pair);
    if (!p->pair)
        return err_set(e, ERR_OS, NULL, "not enough memory for the pairs of %s", file->load.shown);
    read_pairs(p, file, r, field, scores, &left);
    keep_each_once(p, file->label, &left);
    say_left_out(&left, file);
    return true;
}

void eval_pairs_free(struct eval_pairs *p)
{
    free(p->pair);
}

uint64_t eval_pairs_find(const struct eval_pairs *p, uint32_t a, uint32_t b)
{
    const uint64_t key = (uint64_t)a << 32 | b;
    uint64_t from = 0, to = p->n;
    while (from < to) {
        const uint64_t middle = from + (to - from) / 2;
        if (key_of(&p->pair[middle]) < key)
            from = middle + 1;
        else
            to = middle;
    }
    return from < p->n && key_of(&p->pair[from]) == key ? from : UINT64_MAX;
}

/* ---- One table or two ------------------------------------------------------------------------*/

/* Does a pair of two tables have the same id on both sides? In pairs of one table none has. */
static bool has_same_id(const struct eval_pairs *p, uint32_t n_side)
{
    uint64_t i = 0;
    while (i < p->n && p->pair[i].a != p->pair[i].b - n_side)
        i++;
    return i < p->n;
}

/* Pairs that are false, and true when turned. */
static uint64_t count_turned(const struct eval_pairs pairs[2], uint32_t n_side)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < pairs[0].n; i++) {
        const struct eval_pair *p = &pairs[0].pair[i];
        n += eval_pairs_find(&pairs[1], p->a, p->b) == UINT64_MAX &&
             eval_pairs_find(&pairs[1], p->b - n_side, p->a + n_side) != UINT64_MAX;
    }
    return n;
}

/* Does half of the ids of the smaller side stand on the other side as well? */
static bool share_ids(const struct eval_pairs pairs[2], uint32_t n_side)
{
    uint64_t n[4] = {0}; /* ids by the sides that they stand on: bit 0 A, bit 1 B */
    uint8_t *sides = calloc(n_side + 1ull, 1);
    if (!sides)
        return false; /* only a note depends on it */
    for (int f = 0; f < 2; f++)
        for (uint64_t i = 0; i < pairs[f].n; i++) {
            sides[pairs[f].pair[i].a] |= 1;
            sides[pairs[f].pair[i].b - n_side] |= 2;
        }
    for (uint32_t i = 0; i < n_side; i++)
        n[sides[i]]++;
    free(sides);
    return n[3] && n[3] >= (n[1] < n[2] ? n[1] : n[2]);
}

void eval_pairs_advise(const struct eval_pairs pairs[2], const struct eval_records *r,
                       const struct eval_file file[2])
{
    if (r->self || has_same_id(&pairs[0], r->n_side) || has_same_id(&pairs[1], r->n_side))
        return;
    const uint64_t turned = count_turned(pairs, r->n_side);
    if (turned)
        eval_file_say(
            file[0].load.shown, turned,
            "pair is true the other way round, as b,a. If both files are about one table, "
            "add --tables 1",
            "pairs are true the other way round, as b,a. If both files are about one "
            "table, add --tables 1");
    else if (share_ids(pairs, r->n_side))
        log_note("%s and %s have the same ids in both columns. If both files are about one table, "
                 "add --tables 1",
                 file[0].load.shown, file[1].load.shown);
}
