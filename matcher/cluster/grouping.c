/* Cuts, groups, and says what is large. */
#include "matcher/cluster/grouping.h"

#include "core/base.h"
#include "core/log.h"
#include "data/number.h"
#include "matcher/choose/cluster.h"
#include "matcher/choose/cluster_guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SAID 10u /* cuts that are said one by one, unless all are asked for (-v) */
#define VALUE_BYTES 40u

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
}

static struct found_rows rows_of(const struct grouping_request *q)
{
    return (struct found_rows){.n = {q->records->n, q->records->n}, .self = true};
}

void grouping_free(struct grouping *g)
{
    free(g->cluster);
    free(g->strength);
    *g = (struct grouping){0};
}

/* ---- Words -----------------------------------------------------------------------------------*/

struct words {
    char text[400];
};

/* `17` or `17 of B.csv`. */
static int put_name(const struct record_set *s, uint32_t record, char *out, size_t n)
{
    char text[RECORD_NAME_BYTES];
    const struct bytes name = record_name(s, record, text);
    struct bytes file = {NULL, 0};
    if (s->source)
        record_value(s->source, record, &file);
    return snprintf(out, n, "%.*s%s%.*s", (int)least(name.n, 60), name.p ? name.p : "",
                    file.p ? " of " : "", (int)least(file.n, 80), file.p ? file.p : "");
}

static int put_value(const struct record_column *shown, uint32_t record, char *out, size_t n)
{
    struct bytes v;
    if (!record_value(shown, record, &v))
        return snprintf(out, n, "(missing)");
    return snprintf(out, n, "\"%.*s%s\"", (int)least(v.n, VALUE_BYTES), v.p,
                    v.n > VALUE_BYTES ? "…" : "");
}

/* `17 and 4 (0.91: "Anna Meyer" and "Anne Mayr")`. */
static struct words pair_words(const struct grouping_request *q, const struct found_pair *p)
{
    struct words w;
    char number[33], *at = w.text, *end = w.text + sizeof w.text;
    number[number_double(p->score + 0.0, number)] = 0;
    at += put_name(q->records, p->row_a, at, (size_t)(end - at));
    at += snprintf(at, (size_t)(end - at), " and ");
    at += put_name(q->records, p->row_b, at, (size_t)(end - at));
    if (q->scored)
        at += snprintf(at, (size_t)(end - at), " (%.6s", number);
    if (q->scored && q->shown) {
        at += snprintf(at, (size_t)(end - at), ": ");
        at += put_value(q->shown, p->row_a, at, (size_t)(end - at));
        at += snprintf(at, (size_t)(end - at), " and ");
        at += put_value(q->shown, p->row_b, at, (size_t)(end - at));
    }
    snprintf(at, (size_t)(end - at), "%s", q->scored ? ")" : "");
    return w;
}

/* ---- Large clusters --------------------------------------------------------------------------*/

/* The largest first; of equals the one with the lower record. */
static int by_size(const void *x, const void *y)
{
    const struct cluster_large *a = x, *b = y;
    return a->size != b->size ? (a->size < b->size) - (a->size > b->size)
                              : (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

static void say_large(const struct grouping_request *q, const struct cluster_large *l, uint32_t n,
                      uint32_t most)
{
    const struct words w = pair_words(q, &q->found->pair[l->weakest]);
    char first[80];
    put_name(q->records, l->cluster, first, sizeof first);
    log_note("%u cluster%s more than %u records; the largest, with the record %s, has %u", n,
             n == 1 ? " has" : "s have", most, first, l->size);
    if (!l->is_bridge)
        log_note("no single match holds it together, so it cannot be cut at one; its weakest match "
                 "is %s. A higher --min, or --cluster-method complete, makes smaller clusters",
                 w.text);
    else
        log_note("the weakest match that holds it together is %s. --max-cluster %u cuts such "
                 "matches; a higher --min, or --cluster-method complete, makes smaller clusters",
                 w.text, GROUPING_LARGE);
}

/* Says which clusters have more than `most` records, and what holds the largest together. */
static bool note_large(const struct grouping_request *q, uint32_t most, struct err *e)
{
    const size_t capacity = q->records->n / (most + 1ull) + 1;
    struct cluster_large *large = malloc(capacity * sizeof *large);
    uint32_t n = 0;
    const bool ok = large ? cluster_guard_find(q->found, rows_of(q), q->better, most, large, &n, e)
                          : no_memory(e);
    if (ok && n) {
        qsort(large, n, sizeof *large, by_size);
        say_large(q, large, n, most);
    }
    free(large);
    return ok;
}

/* Other methods make no chains: what is large has many matches, and nothing holds it together. */
static void note_dense(const struct grouping_request *q, const uint32_t *cluster)
{
    uint32_t *size = calloc(q->records->n + 1ull, sizeof *size), largest = 0;
    for (uint32_t i = 0; size && i < q->records->n; i++)
        largest = greatest(largest, ++size[cluster[i]]);
    if (largest > GROUPING_LARGE)
        log_note("the largest cluster has %u records; a higher --min makes smaller ones", largest);
    free(size);
}

static void say_cuts(const struct grouping_request *q, uint64_t n, const struct found_pair *cut)
{
    log_note("%llu match%s cut, so that no cluster has more than %llu records if that is possible",
             (unsigned long long)n, n == 1 ? " was" : "es were",
             (unsigned long long)q->max_cluster);
    for (uint64_t i = 0; i < n; i++) {
        const struct words w = pair_words(q, &cut[i]);
        if (i < SAID)
            log_note("cut: %s", w.text);
        else
            log_verbose("cut: %s", w.text);
    }
    if (n > SAID)
        log_note("… and %llu more; -v says each", (unsigned long long)(n - SAID));
}

static bool cut(struct grouping *g, const struct grouping_request *q, struct err *e)
{
    const uint64_t n = q->found->n;
    const uint32_t most = q->max_cluster < UINT32_MAX ? (uint32_t)q->max_cluster : UINT32_MAX - 1;
    if (!cluster_guard_cut(q->found, rows_of(q), q->better, most, e))
        return false;
    g->cut = n - q->found->n;
    if (g->cut)
        say_cuts(q, g->cut, q->found->pair + q->found->n);
    return note_large(q, most, e);
}

/* ---- Methods ---------------------------------------------------------------------------------*/

static bool average(struct grouping *g, const struct grouping_request *q, struct err *e)
{
    if (q->better == CHOOSE_LEAST)
        return err_set(e, ERR_USAGE, "choose complete, or a similarity in place of the distance",
                       "--cluster-method average: the less the better, so pairs that do not match "
                       "would have no distance to count");
    if (!(q->worst > 0) || isinf(q->worst))
        return err_set(
            e, ERR_USAGE, "for example: --min 0.9",
            "--cluster-method average: the average score must reach --min, and that must "
            "be above 0");
    return cluster_average(q->found, rows_of(q), q->worst, g->cluster, e);
}

static bool group(struct grouping *g, const struct grouping_request *q, struct err *e)
{
    switch (q->method) {
    case OPTS_CONNECTED:
        if (!(q->max_cluster ? cut(g, q, e) : note_large(q, GROUPING_LARGE, e)))
            return false;
        cluster_connected(q->found, rows_of(q), g->cluster);
        return true;
    case OPTS_COMPLETE:
        return cluster_complete(q->found, rows_of(q), q->better, g->cluster, e);
    case OPTS_AVERAGE:
        return average(g, q, e);
    case OPTS_BEST_LINK:
        return cluster_best_link(q->found, rows_of(q), q->better, g->cluster, e);
    }
    return false;
}

bool grouping_make(struct grouping *g, const struct grouping_request *q, struct err *e)
{
    const uint32_t n = q->records->n;
    *g = (struct grouping){.cluster = malloc((n + 1ull) * sizeof *g->cluster),
                           .strength = malloc((n + 1ull) * sizeof *g->strength)};
    if (!g->cluster || !g->strength)
        return no_memory(e);
    if (q->max_cluster && q->method != OPTS_CONNECTED)
        return err_set(e, ERR_USAGE, "leave one of them out",
                       "--max-cluster cuts chains, and this --cluster-method makes none");
    if (!group(g, q, e))
        return false;
    if (q->method != OPTS_CONNECTED)
        note_dense(q, g->cluster);
    cluster_strength(q->found, rows_of(q), q->better, g->cluster, g->strength);
    for (uint32_t i = 0; !q->scored && i < n; i++)
        g->strength[i] = (double)NAN;
    return true;
}
