/* Makes the words of two columns: texts are split, equal words get one number, records are counted,
 * and the rarest words come first. Each value of a table is looked at once, however many rows have
 * it. */
#include "matcher/index/idf.h"

#include "core/memory.h"
#include "core/sort.h"
#include "data/distinct.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "the words of two columns"
#define FEW_RECORDS 1024u
#define LOG_BITS                                                                                   \
    56 /* of a logarithm after the point: its error is far below a step of its square */

/* One column on its way: its values, and the words of each. */
struct splitting {
    struct idf_column from;
    uint32_t n_values; /* of the table's column */
    bool counts;       /* false: the other one is the same column, and has counted */
    uint64_t *rows;    /* of each value */
    uint64_t *begin;   /* n_values + 1: its first word among those of both columns */
    uint32_t *size;    /* words of each value, without repetitions */
};

struct making {
    struct splitting side[2];
    uint64_t n_occurrences; /* words of all values */
    struct bytes *text;     /* of each occurrence */
    uint32_t *number;       /* of each occurrence: which word it is, at last by rank */
    uint32_t n_words;
    uint64_t *having; /* records of each word */
    uint32_t *rank;   /* word -> how many come before it */
    uint32_t n_values;
    uint64_t n_records;
};

/* ---- Weights ---------------------------------------------------------------------------------*/

__extension__ typedef unsigned __int128 wide;

/* log2(x / y) for x > y, in steps of 2^-56: the whole part, then one bit after the other by
 * squaring. Exact but for the last steps. */
static uint64_t log2_of_ratio(uint64_t x, uint64_t y)
{
    unsigned whole = 0;
    while (x >> 1 >= y << whole)
        whole++;
    uint64_t mantissa = (uint64_t)(((wide)x << (63 - whole)) / y); /* 1 to 2, in steps of 2^-63 */
    uint64_t bits = whole;
    for (int i = 0; i < LOG_BITS; i++) {
        const wide square = (wide)mantissa * mantissa >> 63;
        const bool above = square >> 64;
        mantissa = (uint64_t)(above ? square >> 1 : square);
        bits = bits << 1 | above;
    }
    return bits;
}

uint32_t idf_weight(uint64_t n_records, uint64_t having)
{
    const wide log = log2_of_ratio(n_records + 1, having);
    const unsigned drop = 2 * LOG_BITS - (unsigned)__builtin_ctz(IDF_STEPS);
    const uint64_t steps = (uint64_t)(((log * log >> (drop - 1)) + 1) >> 1);
    return steps ? (uint32_t)steps : 1;
}

/* ---- Splitting -------------------------------------------------------------------------------*/

/* Writes the words of a text, where `out` is not NULL; returns how many it has. */
static uint32_t split(struct bytes text, struct bytes *out)
{
    uint32_t n = 0;
    size_t at = 0, from = 0;
    while (at < text.n) {
        const size_t before = at;
        const uint32_t point =
            (uint8_t)text.p[at] < 0x80 ? (uint8_t)text.p[at++] : text_next(text.p, &at);
        if (!text_splits_words(point))
            continue;
        if (before > from && out)
            out[n] = (struct bytes){text.p + from, (uint32_t)(before - from)};
        n += before > from;
        from = at;
    }
    if (text.n > from && out)
        out[n] = (struct bytes){text.p + from, (uint32_t)(text.n - from)};
    return n + (text.n > from);
}

/* Counts the rows of each value, and the words of those that a row has. */
static void measure(struct splitting *s)
{
    const struct table *t = s->from.table;
    const uint32_t *row_value = table_row_values(t, s->from.column);
    for (uint64_t r = 0; r < t->head->n_rows; r++)
        if (row_value[r] != TABLE_MISSING)
            s->rows[row_value[r]]++;
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < s->n_values; v++)
        s->size[v] = s->rows[v] ? split(table_value(t, s->from.column, v), NULL) : 0;
}

static bool splitting_open(struct splitting *s, const struct idf_column *from, bool counts)
{
    *s = (struct splitting){.from = *from, .counts = counts};
    s->n_values = from->table->columns[from->column].n_values;
    s->rows = calloc(s->n_values + 1ull, sizeof *s->rows);
    s->begin = calloc(s->n_values + 1ull, sizeof *s->begin);
    s->size = calloc(s->n_values + 1ull, sizeof *s->size);
    if (!s->rows || !s->begin || !s->size)
        return false;
    measure(s);
    return true;
}

/* Says where the words of each value go. */
static void place(struct making *m, struct splitting *s)
{
    for (uint32_t v = 0; v < s->n_values; v++) {
        s->begin[v] = m->n_occurrences;
        m->n_occurrences += s->size[v];
        m->n_records += s->counts ? s->rows[v] : 0;
    }
    s->begin[s->n_values] = m->n_occurrences;
}

static void split_all(const struct making *m, const struct splitting *s)
{
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < s->n_values; v++)
        if (s->size[v])
            split(table_value(s->from.table, s->from.column, v), m->text + s->begin[v]);
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

/* Sorts the numbers of a text's words and drops repeated ones; returns how many are left. */
static uint32_t make_set(uint32_t *x, uint32_t n)
{
    uint32_t kept = 0;
    if (n > 64)
        sort_u32(x, n);
    for (uint32_t i = 1; i < n && n <= 64; i++) {
        const uint32_t value = x[i];
        uint32_t k = i;
        for (; k && x[k - 1] > value; k--)
            x[k] = x[k - 1];
        x[k] = value;
    }
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || x[i] != x[kept - 1])
            x[kept++] = x[i];
    return kept;
}

/* Drops what a value has twice, and counts the records of each word. Sums of whole numbers are the
 * same in any order. */
static void count_records(struct making *m, struct splitting *s)
{
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < s->n_values; v++) {
        const uint32_t *number = m->number + s->begin[v];
        s->size[v] = make_set(m->number + s->begin[v], s->size[v]);
        for (uint32_t i = 0; i < s->size[v] && s->counts; i++)
            __atomic_fetch_add(&m->having[number[i]], s->rows[v], __ATOMIC_RELAXED);
    }
}

/* The class of a word: its records, or FEW_RECORDS for that many and more. */
static uint32_t class_of(uint64_t having)
{
    return having < FEW_RECORDS ? (uint32_t)having : FEW_RECORDS;
}

static int by_records(const void *x, const void *y, void *making)
{
    const uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    const uint64_t *having = ((const struct making *)making)->having;
    return having[a] != having[b] ? sort_order(having[a], having[b]) : sort_order(a, b);
}

/* Orders words by their records; of equally many, the one that occurs first comes first. Nearly all
 * are had by few records and are put in order by counting. */
static void order_words(struct making *m, uint32_t *order)
{
    uint32_t first[FEW_RECORDS + 2] = {0};
    for (uint32_t w = 0; w < m->n_words; w++)
        first[class_of(m->having[w]) + 1]++;
    for (uint32_t c = 0; c < FEW_RECORDS; c++)
        first[c + 1] += first[c];
    const uint32_t many = first[FEW_RECORDS];
    for (uint32_t w = 0; w < m->n_words; w++)
        order[first[class_of(m->having[w])]++] = w;
    qsort_r(order + many, m->n_words - many, sizeof *order, by_records, m);
}

static bool rank_words(struct making *m)
{
    uint32_t *order = malloc((m->n_words + 1ull) * sizeof *order);
    m->rank = malloc((m->n_words + 1ull) * sizeof *m->rank);
    const bool ok = order && m->rank;
    if (ok)
        order_words(m, order);
    for (uint32_t r = 0; ok && r < m->n_words; r++)
        m->rank[order[r]] = r;
    free(order);
    return ok;
}

static void rank_values(const struct making *m, const struct splitting *s)
{
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < s->n_values; v++) {
        uint32_t *number = m->number + s->begin[v];
        for (uint32_t i = 0; i < s->size[v]; i++)
            number[i] = m->rank[number[i]];
        make_set(number, s->size[v]);
    }
}

/* ---- The segment -----------------------------------------------------------------------------*/

static bool allocate(struct shm *out, struct idf_at *at, struct err *e)
{
    return (at->having_at = shm_alloc(out, WHAT, (at->n_words + 1) * 8, 64, e)) &&
           (at->weight_at = shm_alloc(out, WHAT, (at->n_words + 1) * 4, 64, e)) &&
           (at->begin_at = shm_alloc(out, WHAT, (at->n_values + 1) * 8, 64, e)) &&
           (at->total_at = shm_alloc(out, WHAT, (at->n_values + 1) * 8, 64, e)) &&
           (at->word_at = shm_alloc(out, WHAT, (at->n_entries + 1) * 4, 64, e));
}

static void write_weights(const struct making *m, const struct idf_at *at, struct shm *out)
{
    uint64_t *having = shm_writable_array(out, at->having_at, uint64_t, m->n_words);
    uint32_t *weight = shm_writable_array(out, at->weight_at, uint32_t, m->n_words);
    for (uint32_t w = 0; w < m->n_words; w++)
        having[m->rank[w]] = m->having[w];
    for (uint32_t r = 0; r < m->n_words; r++)
        weight[r] =
            r && having[r] == having[r - 1] ? weight[r - 1] : idf_weight(m->n_records, having[r]);
}

/* Of each value id, which value of which side has its words; an equal text of the other side has
 * the same ones. */
struct example {
    const struct splitting *side; /* NULL: the value is in neither column */
    uint32_t value;
};

static void write_value(const struct making *m, const struct example *x, uint32_t id,
                        const struct idf_at *at, struct shm *out)
{
    const uint64_t *begin = shm_writable_array(out, at->begin_at, uint64_t, at->n_values + 1);
    const uint32_t *weight = shm_writable_array(out, at->weight_at, uint32_t, m->n_words);
    uint32_t *word = shm_writable_array(out, at->word_at, uint32_t, at->n_entries) + begin[id];
    uint64_t *total = shm_writable_array(out, at->total_at, uint64_t, at->n_values) + id;
    if (!x->side)
        return;
    memcpy(word, m->number + x->side->begin[x->value], x->side->size[x->value] * sizeof *word);
    for (uint32_t i = 0; i < x->side->size[x->value]; i++)
        *total += weight[word[i]];
}

static bool write_all(const struct making *m, const struct example *example, struct shm *out,
                      struct idf_at *at, struct err *e)
{
    *at = (struct idf_at){m->n_records, m->n_words, m->n_values, 0, 0, 0, 0, 0, 0};
    for (uint32_t id = 0; id < m->n_values; id++)
        at->n_entries += example[id].side ? example[id].side->size[example[id].value] : 0;
    if (!allocate(out, at, e))
        return false;
    write_weights(m, at, out);
    uint64_t *begin = shm_writable_array(out, at->begin_at, uint64_t, at->n_values + 1);
    for (uint32_t id = 0; id < m->n_values; id++)
        begin[id + 1] =
            begin[id] + (example[id].side ? example[id].side->size[example[id].value] : 0);
#pragma omp parallel for schedule(static)
    for (uint32_t id = 0; id < m->n_values; id++)
        write_value(m, &example[id], id, at, out);
    return true;
}

static bool write_words(const struct making *m, struct shm *out, struct idf_at *at, struct err *e)
{
    struct example *example = calloc(m->n_values + 1ull, sizeof *example);
    if (!example)
        return err_set(e, ERR_OS, NULL, "not enough memory for " WHAT);
    for (int i = 0; i < 2; i++)
        for (uint32_t v = 0; v < m->side[i].n_values; v++) {
            const uint32_t id = m->side[i].from.value_id[v];
            if (id != TABLE_MISSING && m->side[i].rows[v])
                example[id] = (struct example){&m->side[i], v};
        }
    const bool ok = write_all(m, example, out, at, e);
    free(example);
    return ok;
}

/* ---- All -------------------------------------------------------------------------------------*/

static bool number_words(struct making *m, struct err *e)
{
    if (m->n_occurrences >= UINT32_MAX - 1)
        return err_set(e, ERR_DATA, NULL, "two columns have more than 4 billion words");
    const size_t each = sizeof *m->text + sizeof *m->number + DISTINCT_BYTES_EACH;
    if (!mem_check(WHAT, m->n_occurrences * each, e))
        return false;
    m->text = malloc((m->n_occurrences + 1) * sizeof *m->text);
    m->number = malloc((m->n_occurrences + 1) * sizeof *m->number);
    if (m->text && m->number) {
        for (int i = 0; i < 2; i++)
            split_all(m, &m->side[i]);
        if (distinct_number(m->text, (uint32_t)m->n_occurrences, m->number, &m->n_words) &&
            (m->having = calloc(m->n_words + 1ull, sizeof *m->having)))
            return true;
    }
    return err_set(e, ERR_OS, NULL, "not enough memory for " WHAT);
}

static void making_close(struct making *m)
{
    for (int i = 0; i < 2; i++) {
        free(m->side[i].rows);
        free(m->side[i].begin);
        free(m->side[i].size);
    }
    free(m->text);
    free(m->number);
    free(m->having);
    free(m->rank);
}

static bool make(struct making *m, const struct idf_column column[2], struct err *e)
{
    const bool same = column[0].table == column[1].table && column[0].column == column[1].column;
    for (int i = 0; i < 2; i++)
        if (!splitting_open(&m->side[i], &column[i], i == 0 || !same))
            return err_set(e, ERR_OS, NULL, "not enough memory for " WHAT);
    for (int i = 0; i < 2; i++)
        place(m, &m->side[i]);
    if (!number_words(m, e))
        return false;
    for (int i = 0; i < 2; i++)
        count_records(m, &m->side[i]);
    if (!rank_words(m))
        return err_set(e, ERR_OS, NULL, "not enough memory for " WHAT);
    for (int i = 0; i < 2; i++)
        rank_values(m, &m->side[i]);
    return true;
}

bool idf_build(const struct idf_column column[2], uint32_t n_values, struct shm *out,
               struct idf_at *at, struct err *e)
{
    struct making m = {.n_values = n_values};
    const bool ok = make(&m, column, e) && write_words(&m, out, at, e);
    making_close(&m);
    return ok;
}

bool idf_copy(const struct idf *w, uint32_t n_values, struct shm *out, struct idf_at *at,
              struct err *e)
{
    const uint64_t n_entries = w->begin[n_values];
    *at = (struct idf_at){w->n_records, w->n, n_values, n_entries, 0, 0, 0, 0, 0};
    if (!allocate(out, at, e))
        return false;
    memcpy(out->base + at->having_at, w->having, w->n * sizeof *w->having);
    memcpy(out->base + at->weight_at, w->weight, w->n * sizeof *w->weight);
    memcpy(out->base + at->begin_at, w->begin, (n_values + 1ull) * sizeof *w->begin);
    memcpy(out->base + at->total_at, w->total, n_values * sizeof *w->total);
    memcpy(out->base + at->word_at, w->word, n_entries * sizeof *w->word);
    return true;
}

struct idf idf_view(struct shm_view segment, const struct idf_at *at)
{
    return (struct idf){
        .n = (uint32_t)at->n_words,
        .n_records = at->n_records,
        .having = shm_array(segment, at->having_at, uint64_t, at->n_words),
        .weight = shm_array(segment, at->weight_at, uint32_t, at->n_words),
        .begin = shm_array(segment, at->begin_at, uint64_t, at->n_values + 1),
        .word = shm_array(segment, at->word_at, uint32_t, at->n_entries),
        .total = shm_array(segment, at->total_at, uint64_t, at->n_values),
    };
}
