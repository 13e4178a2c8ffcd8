/* Sorting by hashes, then a merge of both sides. */
#include "matcher/join/jaro/jaro_order.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/shm.h"
#include "matcher/join/jaro/jaro_windows.h"

#include <stdlib.h>
#include <string.h>

/* One side of an order while it is made. */
struct sorting {
    struct jaro_entry *entry, *spare; /* spare: what is kept of them in the end */
    const struct jaro_entry *from;    /* sorted */
    uint32_t n;
};

static uint32_t key_of(const struct jaro_order_at *order, const struct jaro_rows *rows, uint32_t i)
{
    const struct jaro_row *row = &rows->row[i];
    const struct jaro_parts *parts = &rows->parts[i];
    uint64_t h = 0;
    for (uint32_t k = 0; k < order->prefix; k++)
        h = hash_mix(h ^ row->lead[k]);
    for (uint32_t p = 0; p < JARO_PARTS_MAX; p++)
        if (order->parts >> p & 1)
            h = hash_mix((h >> 32 | h << 32) ^ parts->hash[p]);
    return (uint32_t)(h >> (64 - JARO_KEY_BITS));
}

/* The values of a side that have the prefix and fit into lanes, by key, then by position. */
static bool sort_side(struct sorting *s, const struct jaro_order_at *order,
                      const struct jaro_rows *rows)
{
    s->entry = malloc((rows->texts.side.n + 1ull) * sizeof *s->entry);
    s->spare = malloc((rows->texts.side.n + 1ull) * sizeof *s->spare);
    if (!s->entry || !s->spare)
        return false;
    for (uint32_t i = 0; i < rows->texts.side.n; i++)
        if (rows->row[i].length >= (order->prefix ? order->prefix : 1) &&
            rows->row[i].length <= JARO_PAIR_LENGTH)
            s->entry[s->n++] = (struct jaro_entry){key_of(order, rows, i), i};
    if (order->prefix || order->parts)
        jaro_sort(s->entry, s->spare, s->n);
    s->from = s->entry;
    return true;
}

/* Takes a side that was sorted before. */
static bool take_side(struct sorting *s, struct jaro_sorted sorted)
{
    s->from = sorted.entry;
    s->n = sorted.n;
    s->spare = malloc((sorted.n + 1ull) * sizeof *s->spare);
    return s->spare != NULL;
}

/* Where the run of equal keys that begins at i ends. */
static uint32_t run_end(const struct sorting *s, uint32_t i)
{
    uint32_t key = s->from[i].key;
    while (i < s->n && s->from[i].key == key)
        i++;
    return i;
}

/* Keeps what both sides have, and writes the groups to `group`. */
static void keep_common(struct jaro_order_at *order, struct sorting *a, struct sorting *b,
                        struct jaro_group *group)
{
    uint32_t i = 0, j = 0;
    order->n_a = order->n_b = order->n_groups = 0;
    while (i < a->n && j < b->n) {
        uint32_t key_a = a->from[i].key, key_b = b->from[j].key;
        uint32_t end_a = run_end(a, i), end_b = run_end(b, j);
        if (key_a == key_b) {
            group[order->n_groups++] = (struct jaro_group){order->n_a, order->n_b, 0};
            memcpy(a->spare + order->n_a, a->from + i, (end_a - i) * sizeof *a->spare);
            memcpy(b->spare + order->n_b, b->from + j, (end_b - j) * sizeof *b->spare);
            order->n_a += end_a - i;
            order->n_b += end_b - j;
        }
        i = key_a <= key_b ? end_a : i;
        j = key_b <= key_a ? end_b : j;
    }
    group[order->n_groups] = (struct jaro_group){order->n_a, order->n_b, 0};
}

static void write_entries(uint32_t *out, const struct sorting *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = s->spare[i].position;
}

/* How many numbers stand for a value: its tokens, and a lead. */
static uint32_t row_numbers(const struct jaro_rows *rows, const struct jaro_entry *entry)
{
    return jaro_row_tokens(rows->row[entry->position].length) + 1;
}

/* Where the tokens of each group begin; returns where they end. */
static uint64_t place_tokens(const struct jaro_order_at *at, const struct sorting *a,
                             const struct jaro_rows *rows, struct jaro_group *group)
{
    uint64_t n = 0;
    for (uint32_t g = 0; g < at->n_groups; g++) {
        group[g].token_begin = n;
        for (uint32_t i = group[g].a_begin; i < group[g + 1].a_begin && !at->dense; i++)
            n += row_numbers(rows, &a->spare[i]);
    }
    return n;
}

static void write_tokens(uint16_t *out, const struct jaro_order_at *at, const struct sorting *a,
                         const struct jaro_rows *rows, const uint16_t *windows)
{
    for (uint32_t i = 0; i < at->n_a && !at->dense; i++) {
        const uint32_t position = a->spare[i].position;
        const struct jaro_row *row = &rows->row[position];
        const uint32_t n = jaro_row_tokens(row->length);
        const struct text text = jaro_text(&rows->texts, position, row->length);
        if (at->windows)
            memcpy(out, windows + jaro_window_begin(&rows->texts, text), n * sizeof *out);
        else
            for (uint32_t k = 0; k < n; k++)
                out[k] = row->token[k];
        out[n] = at->exact ? row->lead[at->prefix] : 0;
        out += n + 1;
    }
}

static bool write_order(struct jaro_order_at *at, const struct sorting *a, const struct sorting *b,
                        struct jaro_group *group, const struct jaro_rows *rows_a,
                        const uint16_t *windows, struct shm *index, struct err *e)
{
    const char *what = "the jaro index";
    size_t groups_bytes = (at->n_groups + 1ull) * sizeof *group;
    uint64_t n_tokens = place_tokens(at, a, rows_a, group);
    uint32_t *entry_a = NULL, *entry_b = NULL;
    uint16_t *token = NULL;
#pragma omp critical(jaro_order)
    {
        at->a_at = shm_alloc(index, what, (at->n_a + 1ull) * sizeof(uint32_t), 64, e);
        at->b_at = at->a_at ? shm_alloc(index, what, (at->n_b + 1ull) * 4, 64, e) : 0;
        at->token_at = at->b_at ? shm_alloc(index, what, (n_tokens + 1) * 2, 64, e) : 0;
        at->group_at = at->token_at ? shm_alloc(index, what, groups_bytes, 64, e) : 0;
        if (at->group_at) {
            entry_a = shm_writable_array(index, at->a_at, uint32_t, at->n_a);
            entry_b = shm_writable_array(index, at->b_at, uint32_t, at->n_b);
            token = shm_writable_array(index, at->token_at, uint16_t, n_tokens);
            memcpy(index->base + at->group_at, group, groups_bytes);
        }
    }
    if (!at->group_at)
        return false;
    write_entries(entry_a, a, at->n_a);
    write_entries(entry_b, b, at->n_b);
    write_tokens(token, at, a, rows_a, windows);
    return true;
}

static void sorting_close(struct sorting *s)
{
    free(s->entry);
    free(s->spare);
}

bool jaro_order_build(struct jaro_order_at *at, const struct jaro_rows *a,
                      const struct jaro_rows *b, struct jaro_sorted of_b, const uint16_t *windows,
                      struct shm *index, struct err *e)
{
    struct sorting sa = {0}, sb = {0};
    size_t n = (size_t)a->texts.side.n + b->texts.side.n;
    if (!mem_check("the jaro index", n * (2 * sizeof *sa.entry + sizeof(struct jaro_group)), e))
        return false;
    bool ok = sort_side(&sa, at, a) && (of_b.entry ? take_side(&sb, of_b) : sort_side(&sb, at, b));
    struct jaro_group *group = NULL;
    if (ok)
        group = malloc(((sa.n < sb.n ? sa.n : sb.n) + 1ull) * sizeof *group);
    if (group) {
        keep_common(at, &sa, &sb, group);
        ok = write_order(at, &sa, &sb, group, a, windows, index, e);
    } else {
        ok = err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    }
    free(group);
    sorting_close(&sa);
    sorting_close(&sb);
    return ok;
}

bool jaro_order_sort(struct jaro_sorted_at *at, const struct jaro_order_at *order,
                     const struct jaro_rows *rows, struct shm *index, struct err *e)
{
    struct sorting s = {0};
    struct jaro_entry *to = NULL;
    bool ok =
        sort_side(&s, order, rows) || err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    at->n = s.n;
#pragma omp critical(jaro_order)
    {
        at->entry_at =
            ok ? shm_alloc(index, "the jaro index", (s.n + 1ull) * sizeof *to, 64, e) : 0;
        if (at->entry_at)
            to = shm_writable_array(index, at->entry_at, struct jaro_entry, s.n);
    }
    if (to && s.n)
        memcpy(to, s.entry, s.n * sizeof *to);
    sorting_close(&s);
    return to != NULL;
}

struct jaro_order jaro_order_view(struct shm_view index, const struct jaro_order_at *at)
{
    return (struct jaro_order){
        .at = at,
        .a = shm_array(index, at->a_at, uint32_t, at->n_a),
        .b = shm_array(index, at->b_at, uint32_t, at->n_b),
        .token = shm_at(index, at->token_at, uint16_t),
        .group = shm_array(index, at->group_at, struct jaro_group, at->n_groups + 1ull),
    };
}
