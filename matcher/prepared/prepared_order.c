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

static const struct plan_term *dearest(const struct plan *plan)
{
    const struct plan_term *term = &plan->join[0].by;
    for (uint32_t k = 1; k < plan->n_joins; k++)
        if (plan->join[k].by.seconds > term->seconds)
            term = &plan->join[k].by;
    return term;
}

/* The places of a side by length, those of one length in their order; malloced. */
static uint32_t *sort_places(const struct dictionary *d, const struct side *side)
{
    struct lengths l;
    uint32_t *place = malloc((side->n + 1ull) * sizeof *place);
    if (place && count_lengths(&l, d, side)) {
        for (uint32_t i = 0; i < side->n; i++)
            place[l.sum[dictionary_length(d, side->value[i])]++] = i;
        free(l.sum);
        return place;
    }
    free(place);
    return NULL;
}

/* An order that is being filled. */
struct filling {
    uint32_t *row;
    double *until, cost;
    uint64_t n;
};

static void put_value(struct filling *f, const struct side *a, uint32_t place, double cost)
{
    const uint64_t n = side_multiplicity(a, place);
    f->cost += cost + (double)n;
    for (uint64_t i = 0; i < n; i++, f->n++) {
        f->row[f->n] = a->rows[a->rows_begin[place] + i];
        f->until[f->n] = f->cost;
    }
}

/* Rows without a value: other columns find their pairs, or none does. */
static void put_others(struct filling *f, const struct side *a)
{
    for (uint64_t row = 0; row < a->n_rows; row++)
        if (a->row_place[row] == TABLE_MISSING) {
            f->row[f->n] = (uint32_t)row;
            f->until[f->n++] = ++f->cost;
        }
}

static void fill(struct filling *f, const struct plan_term *term, const struct inputs *inputs,
                 const uint32_t *place, const struct lengths *of_b)
{
    const struct dictionary *d = &inputs->index.dictionary;
    const struct side *a = plan_term_side(term, inputs, 0);
    const double share = length_share(term), all = (double)of_b->sum[of_b->most + 1] + 1;
    for (uint32_t i = 0; i < a->n; i++) {
        const uint32_t length = dictionary_length(d, a->value[place[i]]);
        put_value(f, a, place[i], 4 * values_near(of_b, length, share) / all);
    }
    put_others(f, a);
}

static bool make_order(const struct plan_term *term, const struct inputs *inputs, struct shm *out,
                       struct err *e)
{
    const struct side *a = plan_term_side(term, inputs, 0);
    struct order_head h = {.n_rows = a->n_rows};
    struct lengths of_b = {NULL, 0};
    uint32_t *place = sort_places(&inputs->index.dictionary, a);
    bool ok = place && count_lengths(&of_b, &inputs->index.dictionary,
                                     plan_term_side(term, inputs, 1));
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    const uint64_t head_at = ok ? shm_alloc(out, what, sizeof h, 64, e) : 0;
    ok = head_at && (h.row_at = shm_alloc(out, what, (h.n_rows + 1) * 4, 64, e)) &&
         (h.until_at = shm_alloc(out, what, (h.n_rows + 1) * 8, 64, e));
    if (ok) {
        *shm_writable(out, head_at, struct order_head) = h;
        struct filling f = {.row = shm_writable_array(out, h.row_at, uint32_t, h.n_rows),
                            .until = shm_writable_array(out, h.until_at, double, h.n_rows)};
        fill(&f, term, inputs, place, &of_b);
    }
    free(of_b.sum);
    free(place);
    return ok;
}

bool prepared_order_build(const struct plan *plan, const struct inputs *inputs, struct shm *out,
                          struct err *e)
{
    const struct plan_term *term = dearest(plan);
    const uint64_t rows = inputs->table[0].head->n_rows;
    return shm_create(out, what, rows * 12 + (1u << 20), e) &&
           make_order(term, inputs, out, e) && shm_freeze(out, e);
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
    const uint64_t at = bits && shm_create(out, what, bytes + 4096, e)
                            ? shm_alloc(out, what, bytes, 64, e)
                            : 0;
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
