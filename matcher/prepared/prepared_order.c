/* Rows in the order of their values, and cut by cost. */
#include "matcher/prepared/prepared_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct order_head {
    uint64_t n_rows;
    uint64_t row_at;   /* u32 × n_rows: the rows, by value */
    uint64_t until_at; /* f64 × n_rows: what all values up to the row's cost, with its own */
};

static const char what[] = "the order of the rows of A";

/* ---- What a value costs ----------------------------------------------------------------------*/

/* Numbers of values by length, added up: sum[l] of fewer than l characters. */
struct lengths {
    uint64_t *sum;
    uint32_t most;
};

static bool count_lengths(struct lengths *l, const struct dictionary *d, const struct side *side)
{
    l->most = d->max_length;
    l->sum = calloc(l->most + 2ull, sizeof *l->sum);
    for (uint32_t i = 0; l->sum && i < side->n; i++)
        l->sum[dictionary_length(d, side->value[i]) + 1]++;
    for (uint32_t k = 1; l->sum && k <= l->most + 1; k++)
        l->sum[k] += l->sum[k - 1];
    return l->sum != NULL;
}

/* The values whose length is at most so many times that of a value, or so many times less. */
static double values_near(const struct lengths *l, uint32_t length, double need)
{
    const double most = fmin(ceil(length / need), l->most);
    return (double)(l->sum[(uint32_t)most + 1] - l->sum[(uint32_t)floor(length * need)]);
}

/* What share of its length the shorter of two texts that match has, about. */
static double length_share(const struct plan_term *term)
{
    return metric_falls(term->use.view) || !(term->need < 1) ? 0.5 : fmax(term->need, 0.25);
}

/* ---- Building --------------------------------------------------------------------------------*/

/* The join that takes longest. */
static const struct plan_join *dearest(const struct plan *plan)
{
    const struct plan_join *join = &plan->join[0];
    for (uint32_t k = 1; k < plan->n_joins; k++)
        if (plan->join[k].seconds > join->seconds)
            join = &plan->join[k];
    return join;
}

/* What is needed to put rows in order, and to say what they cost. */
struct ordering {
    const struct dictionary *dictionary;
    const struct side *a, *b; /* of the first term */
    double share;             /* length_share of it */
    struct lengths of_b;
    const struct side *then; /* of A, of the second term: rows of equal values of the first are in
                                its order, and cut by its values; NULL: they stay together */
    uint32_t *rank;        /* of each place: its number by length; n is that of rows without one */
    uint32_t *row, *spare; /* all rows of A */
};

/* Numbers the places of a side by length, those of one length in their order. */
static bool rank_places(const struct dictionary *d, const struct side *side, uint32_t *rank)
{
    struct lengths l;
    if (!count_lengths(&l, d, side))
        return false;
    for (uint32_t i = 0; i < side->n; i++)
        rank[i] = (uint32_t)l.sum[dictionary_length(d, side->value[i])]++;
    free(l.sum);
    return true;
}

static uint32_t rank_of(const struct ordering *o, const struct side *side, uint32_t row)
{
    const uint32_t place = side->row_place[row];
    return place == TABLE_MISSING ? side->n : o->rank[place];
}

/* Sorts the rows by their values on a side; those of one value stay in their order. */
static bool sort_rows(struct ordering *o, const struct side *side)
{
    uint64_t *next = calloc(side->n + 2ull, sizeof *next);
    const bool ok = next && rank_places(o->dictionary, side, o->rank);
    for (uint64_t i = 0; ok && i < side->n_rows; i++)
        next[rank_of(o, side, o->row[i]) + 1]++;
    for (uint64_t k = 1; ok && k <= side->n; k++)
        next[k] += next[k - 1];
    for (uint64_t i = 0; ok && i < side->n_rows; i++)
        o->spare[next[rank_of(o, side, o->row[i])]++] = o->row[i];
    free(next);
    uint32_t *sorted = o->spare;
    o->spare = o->row;
    o->row = sorted;
    return ok;
}

/* How many rows of B have a value. */
static uint64_t rows_of_b(const struct side *b, uint32_t value)
{
    uint32_t first = 0, n = b->n;
    while (n) {
        const uint32_t half = n / 2;
        const bool before = b->value[first + half] < value;
        first += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    return first < b->n && b->value[first] == value ? side_multiplicity(b, first) : 0;
}

/* What the rows of one value, or of one combination, cost besides what each of them does: values of
 * B are met once, or rows of B that have the first value by each of them. */
static double search_cost(const struct ordering *o, uint32_t place, uint64_t n)
{
    const uint32_t value = o->a->value[place];
    if (!o->then)
        return values_near(&o->of_b, dictionary_length(o->dictionary, value), o->share) /
               ((double)o->b->n + 1);
    return (double)(n * rows_of_b(o->b, value)) * o->b->n / ((double)o->b->n_rows + 1);
}

/* Are these rows to be in one part? */
static bool belong(const struct ordering *o, uint32_t row, uint32_t other)
{
    return o->a->row_place[row] != TABLE_MISSING &&
           o->a->row_place[row] == o->a->row_place[other] &&
           (!o->then || o->then->row_place[row] == o->then->row_place[other]);
}

#define SEARCH_WEIGHT 4.0 /* of finding, beside writing the lines of a row */

static void fill_costs(const struct ordering *o, uint32_t *row, double *until)
{
    double cost = 0;
    for (uint64_t i = 0, end; i < o->a->n_rows; i = end) {
        const uint32_t place = o->a->row_place[o->row[i]];
        for (end = i + 1; end < o->a->n_rows && belong(o, o->row[i], o->row[end]);)
            end++;
        cost += (double)(end - i);
        if (place != TABLE_MISSING)
            cost += SEARCH_WEIGHT * search_cost(o, place, end - i);
        for (uint64_t k = i; k < end; k++) {
            row[k] = o->row[k];
            until[k] = cost;
        }
    }
}

static bool ordering_open(struct ordering *o, const struct plan_join *join,
                          const struct inputs *inputs)
{
    *o = (struct ordering){
        .dictionary = &inputs->index.dictionary,
        .a = plan_term_side(&join->by, inputs, 0),
        .b = plan_term_side(&join->by, inputs, 1),
        .share = length_share(&join->by),
        .then = join->pairing == PLAN_ALONE ? NULL : plan_term_side(&join->also, inputs, 0)};
    const uint64_t n = o->a->n_rows;
    const uint32_t values = o->then && o->then->n > o->a->n ? o->then->n : o->a->n;
    o->row = malloc((n + 1) * sizeof *o->row);
    o->spare = malloc((n + 1) * sizeof *o->spare);
    o->rank = malloc((values + 1ull) * sizeof *o->rank);
    for (uint64_t i = 0; o->row && i < n; i++)
        o->row[i] = (uint32_t)i;
    return o->row && o->spare && o->rank && count_lengths(&o->of_b, o->dictionary, o->b);
}

static void ordering_close(struct ordering *o)
{
    free(o->row);
    free(o->spare);
    free(o->rank);
    free(o->of_b.sum);
}

static bool make_order(struct ordering *o, struct shm *out, struct err *e)
{
    struct order_head h = {.n_rows = o->a->n_rows};
    if ((o->then && !sort_rows(o, o->then)) || !sort_rows(o, o->a))
        return err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    const uint64_t head_at = shm_alloc(out, what, sizeof h, 64, e);
    const bool ok = head_at && (h.row_at = shm_alloc(out, what, (h.n_rows + 1) * 4, 64, e)) &&
                    (h.until_at = shm_alloc(out, what, (h.n_rows + 1) * 8, 64, e));
    if (!ok)
        return false;
    *shm_writable(out, head_at, struct order_head) = h;
    fill_costs(o, shm_writable_array(out, h.row_at, uint32_t, h.n_rows),
               shm_writable_array(out, h.until_at, double, h.n_rows));
    return true;
}

bool prepared_order_build(const struct plan *plan, const struct inputs *inputs, struct shm *out,
                          struct err *e)
{
    struct ordering o;
    const uint64_t rows = inputs->table[0].head->n_rows;
    bool ok = ordering_open(&o, dearest(plan), inputs) ||
              err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    ok = ok && shm_create(out, what, rows * 12 + (1u << 20), e) && make_order(&o, out, e) &&
         shm_freeze(out, e);
    ordering_close(&o);
    return ok;
}

/* ---- Cutting ---------------------------------------------------------------------------------*/

/* The first row of the order whose value ends after `cost`. */
static uint64_t cut_at(const double *until, uint64_t n, double cost)
{
    uint64_t first = 0;
    while (n) {
        const uint64_t half = n / 2;
        const bool before = until[first + half] <= cost;
        first += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    return first;
}

/* Where part `number` ends. */
static uint64_t end_of(const double *until, uint64_t n, uint32_t number, uint32_t of)
{
    return number == of || n == 0 ? n : cut_at(until, n, until[n - 1] * number / of);
}

/* The rows whose bits are set. */
static uint64_t list_rows(const uint64_t *bits, uint64_t n_rows, uint32_t *row)
{
    uint64_t n = 0;
    for (uint64_t k = 0; k <= n_rows / 64; k++)
        for (uint64_t word = bits[k]; word; word &= word - 1)
            row[n++] = (uint32_t)(k * 64 + (uint64_t)__builtin_ctzll(word));
    return n;
}

bool prepared_order_rows(struct shm_view order, const struct shard *shard, struct shm *out,
                         struct row_list *rows, struct err *e)
{
    const struct order_head *h = shm_at(order, SHM_HEAD_AT, struct order_head);
    const uint32_t *by_value = shm_array(order, h->row_at, uint32_t, h->n_rows);
    const double *until = shm_array(order, h->until_at, double, h->n_rows);
    const uint64_t from = end_of(until, h->n_rows, shard->number - 1, shard->of);
    const uint64_t to = end_of(until, h->n_rows, shard->number, shard->of);
    uint64_t *bits = calloc(h->n_rows / 64 + 1, sizeof *bits);
    const uint64_t bytes = (to - from + 1) * sizeof(uint32_t);
    const uint64_t at =
        bits && shm_create(out, what, bytes + 4096, e) ? shm_alloc(out, what, bytes, 64, e) : 0;
    if (!bits)
        err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    for (uint64_t i = from; at && i < to; i++)
        bits[by_value[i] / 64] |= 1ull << by_value[i] % 64;
    if (at) {
        uint32_t *row = shm_writable_array(out, at, uint32_t, to - from + 1);
        *rows = (struct row_list){row, list_rows(bits, h->n_rows, row)};
    }
    free(bits);
    return at != 0;
}
