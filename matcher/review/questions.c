/* Scores become odds, and pairs that are labelled or stand twice drop out. */
#include "matcher/review/questions.h"

#include "core/base.h"
#include "core/log.h"
#include "core/sort.h"
#include "matcher/output/table_cell.h"
#include "matcher/review/order.h"

#include <math.h>
#include <stdlib.h>

static bool no_memory(const struct questions *q, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the pairs of %s", q->pairs.load.shown);
}

uint64_t questions_in_file(const struct questions *q)
{
    return q->pairs.table.head->n_rows;
}

struct bytes questions_id(const struct questions *q, uint32_t pair, int side)
{
    const struct table *t = &q->pairs.table;
    return table_value(t, (uint32_t)side, table_row_values(t, (uint32_t)side)[pair]);
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static bool is_pair(const struct questions *q, uint64_t i)
{
    return q->row[0][i] != RECORD_IDS_NONE && q->row[1][i] != RECORD_IDS_NONE;
}

static bool no_score(const struct questions *q, uint64_t row, uint32_t value, struct err *e)
{
    const struct bytes text = value == TABLE_MISSING
                                  ? (struct bytes){"", 0}
                                  : table_value(&q->pairs.table, q->pairs.score, value);
    char place[LOAD_PLACE_BYTES];
    return err_set(e, ERR_DATA, "each pair needs a score, or none has one",
                   "%s: the score \"%.*s\" is not a number", load_place(&q->pairs.load, row, place),
                   (int)least(text.n, 60), text.p);
}

static bool read_scores(struct questions *q, struct err *e)
{
    const uint64_t n = questions_in_file(q);
    if (q->pairs.score == PAIR_FILE_NO_COLUMN)
        return true;
    const uint32_t *value = table_row_values(&q->pairs.table, q->pairs.score);
    double *of = pair_file_scores(&q->pairs);
    q->score = malloc((n + 1) * sizeof *q->score);
    bool ok = (of && q->score) || no_memory(q, e);
    for (uint64_t i = 0; ok && i < n; i++) {
        q->score[i] = value[i] == TABLE_MISSING ? (double)NAN : of[value[i]];
        ok = !isnan(q->score[i]) || !is_pair(q, i) || no_score(q, i, value[i], e);
    }
    free(of);
    return ok;
}

bool questions_open(struct questions *q, const struct questions_asked *asked,
                    const struct review_records *records, struct err *e)
{
    q->records = records;
    if (!pair_file_open(&q->pairs, asked->path, &asked->reading, true, e))
        return false;
    if (q->pairs.source[0] != PAIR_FILE_NO_COLUMN)
        return err_set(e, ERR_USAGE, "review the pairs of each two files, or of one, by themselves",
                       "%s names records of several files (a.source), which axb review cannot show",
                       q->pairs.load.shown);
    for (int side = 0; side < 2; side++) {
        q->row[side] = malloc((questions_in_file(q) + 1) * sizeof *q->row[side]);
        if (!q->row[side])
            return no_memory(q, e);
        if (!record_ids_rows(review_records_ids(records, side), &q->pairs.load, &q->pairs.table,
                             (uint32_t)side,
                             "is --id the column that the pairs name, and are these their files?",
                             q->row[side], e))
            return false;
    }
    return read_scores(q, e);
}

void questions_set_scores(struct questions *q, double *bits, uint32_t *pattern)
{
    free(q->score);
    free(q->pattern);
    q->score = bits;
    q->pattern = pattern;
}

void questions_close(struct questions *q)
{
    free(q->pattern);
    free(q->row[0]);
    free(q->row[1]);
    free(q->score);
    free(q->order);
    pair_file_close(&q->pairs);
}

/* ---- Which pairs -----------------------------------------------------------------------------*/

/* A pair of the file by its records; of one table the lower row comes first. */
struct keyed {
    uint64_t key;
    uint32_t pair;
};

static int by_key(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;
    return a->key != b->key ? sort_order(a->key, b->key) : sort_order(a->pair, b->pair);
}

static void say(const struct questions *q, uint64_t n, const char *one, const char *many)
{
    if (n)
        log_note("%s: %llu %s", q->pairs.load.shown, (unsigned long long)n, n == 1 ? one : many);
}

/* The different pairs of the file, by their records; says what is left out. */
static uint64_t list_pairs(const struct questions *q, struct keyed *all)
{
    const bool self = q->records->sources.self;
    uint64_t n = 0, n_kept = 0, halves = 0, itself = 0;
    for (uint32_t i = 0; i < questions_in_file(q); i++) {
        const uint32_t a = q->row[0][i], b = q->row[1][i];
        const bool turn = self && a > b;
        halves += !is_pair(q, i);
        itself += is_pair(q, i) && self && a == b;
        if (is_pair(q, i) && !(self && a == b))
            all[n++] = (struct keyed){(uint64_t)(turn ? b : a) << 32 | (turn ? a : b), i};
    }
    qsort(all, n, sizeof *all, by_key);
    for (uint64_t i = 0; i < n; i++)
        if (i == 0 || all[i].key != all[i - 1].key)
            all[n_kept++] = all[i];
    say(q, halves, "line names one record only; that is not a pair",
        "lines name one record only; these are no pairs");
    say(q, itself, "pair is of a record with itself, and is left out",
        "pairs are of a record with itself, and are left out");
    say(q, n - n_kept, "pair stands there again, and counts once",
        "pairs stand there again, and count once");
    return n_kept;
}

/* Marks pairs that are labelled; both lists are in the order of the records. */
static void mark_labelled(struct questions *q, const struct keyed *all, const struct labels *labels,
                          struct order_pair *pair)
{
    uint64_t k = 0;
    for (uint64_t i = 0; i < q->n_all; i++) {
        const uint32_t a = (uint32_t)(all[i].key >> 32), b = (uint32_t)all[i].key;
        while (k < labels->n && (labels->pair[k].row[0] < a ||
                                 (labels->pair[k].row[0] == a && labels->pair[k].row[1] < b)))
            k++;
        pair[i].asked = k < labels->n && labels->pair[k].row[0] == a && labels->pair[k].row[1] == b;
        q->n_earlier += pair[i].asked;
        q->n_earlier_match += pair[i].asked && labels->pair[k].match;
    }
}

/* ---- Odds ------------------------------------------------------------------------------------*/

/* Where the scores of the listed pairs lie, without infinite ones. */
struct range {
    double least, greatest;
};

static struct range range_of(const struct questions *q, const struct keyed *all)
{
    struct range r = {INFINITY, -(double)INFINITY};
    for (uint64_t i = 0; i < q->n_all; i++) {
        const double score = q->score[all[i].pair];
        if (!isfinite(score))
            continue;
        r.least = least_double(score, r.least);
        r.greatest = greatest_double(score, r.greatest);
    }
    return r;
}

/* The bits of a model, whose patterns say which pairs are alike. */
static void set_modelled(const struct questions *q, const struct keyed *all, double threshold,
                         struct order_pair *pair)
{
    for (uint64_t i = 0; i < q->n_all; i++)
        pair[i] = (struct order_pair){.bits = q->score[all[i].pair] - threshold,
                                      .pattern = q->pattern[all[i].pair]};
}

/* Only scores that are bits have both signs: those of a model. Elsewhere pairs are uncertain near
 * the threshold that found them. */
static void set_scored(const struct questions *q, const struct keyed *all,
                       const struct questions_asked *asked, struct order_pair *pair)
{
    char text[TABLE_CELL_NUMBER_BYTES];
    const struct range r = range_of(q, all);
    if (r.least > r.greatest) /* none is finite */
        return;
    const bool bits = r.least < 0 && r.greatest > 0;
    const double threshold = asked->threshold_given ? asked->threshold : bits ? 0 : r.least;
    const double farthest =
        greatest_double(fabs(r.least - threshold), fabs(r.greatest - threshold));
    for (uint64_t i = 0; i < q->n_all; i++) {
        const double score = q->score[all[i].pair];
        pair[i].bits = bits ? score - threshold : order_bits_of_score(score, threshold, farthest);
    }
    if (!asked->threshold_given && !bits)
        log_note("pairs with scores near %s, the least one, come first; --threshold T asks for "
                 "those near T",
                 table_cell_number(threshold, text).p);
}

static void set_odds(const struct questions *q, const struct keyed *all,
                     const struct questions_asked *asked, struct order_pair *pair)
{
    if (q->pattern)
        set_modelled(q, all, asked->threshold_given ? asked->threshold : 0, pair);
    else if (q->score)
        set_scored(q, all, asked, pair);
}

/* ---- The order -------------------------------------------------------------------------------*/

static bool order(struct questions *q, const struct questions_asked *asked,
                  const struct labels *labels, struct keyed *all, struct order_pair *pair,
                  struct err *e)
{
    q->n_all = list_pairs(q, all);
    for (uint64_t i = 0; i < q->n_all; i++)
        pair[i] = (struct order_pair){.bits = 0};
    set_odds(q, all, asked, pair);
    if (!asked->again)
        mark_labelled(q, all, labels, pair);
    const uint64_t most = asked->most > q->n_earlier ? asked->most - q->n_earlier : 0;
    if (!order_make(pair, q->n_all, most, q->order, &q->n, e))
        return false;
    for (uint64_t i = 0; i < q->n; i++)
        q->order[i] = all[q->order[i]].pair;
    return true;
}

bool questions_order(struct questions *q, const struct questions_asked *asked,
                     const struct labels *labels, struct err *e)
{
    const uint64_t n = questions_in_file(q);
    struct keyed *all = malloc((n + 1) * sizeof *all);
    struct order_pair *pair = malloc((n + 1) * sizeof *pair);
    q->order = malloc((n + 1) * sizeof *q->order);
    const bool ok =
        all && pair && q->order ? order(q, asked, labels, all, pair, e) : no_memory(q, e);
    free(all);
    free(pair);
    return ok;
}
