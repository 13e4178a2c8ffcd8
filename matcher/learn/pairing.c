/* By content: each column is a set of hashes of its values, of which only letters and digits count.
 * The pair of columns with the most in common goes first, and takes both. */
#include "matcher/learn/pairing.h"

#include "core/sort.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define LEAST_IN_COMMON 0.05 /* of the values of the column that has fewer */
#define MOST_BYTES 256u      /* of a value, that count */

/* Letters and digits of a text, in small letters. Returns how many bytes these are. */
static size_t plain(struct bytes v, char *out, size_t most)
{
    size_t n = 0;
    for (uint32_t i = 0; i < v.n && n < most; i++) {
        const unsigned char c = (unsigned char)v.p[i];
        if (isalnum(c) || c >= 0x80)
            out[n++] = (char)tolower(c);
    }
    return n;
}

static bool same_name(const char *x, const char *y)
{
    char a[MOST_BYTES], b[MOST_BYTES];
    const size_t n = plain(bytes_from(x), a, MOST_BYTES);
    return n > 0 && n == plain(bytes_from(y), b, MOST_BYTES) && memcmp(a, b, n) == 0;
}

/* ---- What two columns have in common ---------------------------------------------------------*/

/* The values of a column as ascending hashes. */
struct hashes {
    uint64_t *of;
    uint64_t n;
};

static bool hash_column(const struct table *t, uint32_t column, struct hashes *h, struct err *e)
{
    char text[MOST_BYTES];
    const uint32_t n = t->columns[column].n_values;
    h->of = malloc(((size_t)n + 1) * sizeof *h->of);
    h->n = 0;
    if (!h->of)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    for (uint32_t v = 0; v < n; v++) {
        const size_t bytes = plain(table_value(t, column, v), text, MOST_BYTES);
        if (bytes)
            h->of[h->n++] = XXH3_64bits(text, bytes);
    }
    sort_u64(h->of, h->n);
    return true;
}

/* ---- Pairing ---------------------------------------------------------------------------------*/

/* What the search works with. */
struct search {
    const struct load *const *load;
    const struct table *table;
    bool *const *open;
    uint32_t *partner; /* of each column of A, or PAIRING_NONE */
    double *share;     /* of each column of A */
    struct hashes *hashes[2];
    double *in_common; /* [columns of A][columns of B] of those that are still open by then */
};

static void join(struct search *s, uint32_t a, uint32_t b, double share)
{
    s->partner[a] = b;
    s->share[a] = share;
    s->open[0][a] = s->open[1][b] = false;
}

static void pair_by_name(struct search *s)
{
    for (uint32_t a = 0; a < s->load[0]->n_columns; a++)
        for (uint32_t b = 0; b < s->load[1]->n_columns && s->open[0][a]; b++)
            if (s->open[1][b] && same_name(s->load[0]->names[a], s->load[1]->names[b]))
                join(s, a, b, 0);
}

static bool hash_open(struct search *s, struct err *e)
{
    for (int side = 0; side < 2; side++)
        for (uint32_t c = 0; c < s->load[side]->n_columns; c++)
            if (s->open[side][c] && !hash_column(&s->table[side], c, &s->hashes[side][c], e))
                return false;
    return true;
}

/* What each two open columns have in common. */
static bool compare_open(struct search *s, struct err *e)
{
    const size_t n_a = s->load[0]->n_columns, n_b = s->load[1]->n_columns;
    s->in_common = calloc(n_a * n_b + 1, sizeof *s->in_common);
    if (!s->in_common)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    for (size_t a = 0; a < n_a; a++)
        for (size_t b = 0; s->open[0][a] && b < n_b; b++) {
            const struct hashes *x = &s->hashes[0][a], *y = &s->hashes[1][b];
            if (s->open[1][b])
                s->in_common[a * n_b + b] = sort_share_in_common(x->of, x->n, y->of, y->n);
        }
    return true;
}

/* The two open columns with the most in common; false: none have enough. */
static bool best_pair(const struct search *s, uint32_t best[2], double *most)
{
    *most = LEAST_IN_COMMON;
    best[0] = PAIRING_NONE;
    for (uint32_t a = 0; a < s->load[0]->n_columns; a++)
        for (uint32_t b = 0; s->open[0][a] && b < s->load[1]->n_columns; b++) {
            if (!s->open[1][b])
                continue;
            const double share = s->in_common[(size_t)a * s->load[1]->n_columns + b];
            if (share > *most) {
                *most = share;
                best[0] = a;
                best[1] = b;
            }
        }
    return best[0] != PAIRING_NONE;
}

static bool pair_by_content(struct search *s, struct err *e)
{
    uint32_t best[2];
    double share;
    if (!hash_open(s, e) || !compare_open(s, e))
        return false;
    while (best_pair(s, best, &share))
        join(s, best[0], best[1], share);
    return true;
}

static void free_hashes(struct hashes *h, size_t n)
{
    for (size_t i = 0; h && i < n; i++)
        free(h[i].of);
    free(h);
}

bool pairing_find(const struct load *load[2], const struct table *table, bool *const open[2],
                  struct pairing *pairing, uint32_t *n, struct err *e)
{
    const size_t n_a = load[0]->n_columns, n_b = load[1]->n_columns;
    struct search s = {
        .load = load,
        .table = table,
        .open = open,
        .partner = malloc((n_a + 1) * sizeof *s.partner),
        .share = calloc(n_a + 1, sizeof *s.share),
        .hashes = {calloc(n_a + 1, sizeof *s.hashes[0]), calloc(n_b + 1, sizeof *s.hashes[1])}};
    bool ok = s.partner && s.share && s.hashes[0] && s.hashes[1];
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory");
    for (size_t a = 0; ok && a < n_a; a++)
        s.partner[a] = PAIRING_NONE;
    if (ok)
        pair_by_name(&s);
    ok = ok && pair_by_content(&s, e);
    *n = 0;
    for (uint32_t a = 0; ok && a < n_a; a++)
        if (s.partner[a] != PAIRING_NONE)
            pairing[(*n)++] = (struct pairing){{a, s.partner[a]}, s.share[a]};
    free_hashes(s.hashes[0], n_a);
    free_hashes(s.hashes[1], n_b);
    free(s.in_common);
    free(s.partner);
    free(s.share);
    return ok;
}
