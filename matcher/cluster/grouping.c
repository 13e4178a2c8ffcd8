/* Cuts, groups, and says what is large. */
#include "matcher/cluster/grouping.h"

#include "core/base.h"
#include "core/log.h"
#include "matcher/choose/cluster.h"
#include "matcher/choose/cluster_guard.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    char text[900];
    size_t n;
};

/* Adds to the text, as far as it has space. */
__attribute__((format(printf, 2, 3))) static void put(struct words *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(w->text + w->n, sizeof w->text - w->n, format, args);
    va_end(args);
    w->n += (size_t)n;
    if (w->n >= sizeof w->text)
        w->n = sizeof w->text - 1;
}

/* `17` or `17 of B.csv`. */
static void put_name(struct words *w, const struct record_set *s, uint32_t record)
{
    char text[RECORD_NAME_BYTES];
    const struct bytes name = record_name(s, record, text);
    struct bytes file = {NULL, 0};
    if (s->source)
        record_value(s->source, record, &file);
    put(w, "%.*s%s%.*s", (int)least(name.n, 60), name.p ? name.p : "", file.p ? " of " : "",
        (int)least(file.n, 80), file.p ? file.p : "");
}

/* `"Anna Meyer", "Bonn"`. */
static void put_values(struct words *w, const struct grouping_request *q, uint32_t record)
{
    for (uint32_t i = 0; i < q->n_shown; i++) {
        struct bytes v;
        put(w, "%s", i ? ", " : "");
        if (!record_value(&q->shown[i], record, &v))
            put(w, "(missing)");
        else
            put(w, "\"%.*s%s\"", (int)least(v.n, VALUE_BYTES), v.p, v.n > VALUE_BYTES ? "…" : "");
    }
}

/* `17 and 4 (0.91: "Anna Meyer", "Bonn" and "Anne Mayr", "Bonn")`. */
static struct words pair_words(const struct grouping_request *q, const struct found_pair *p)
{
    struct words w = {.n = 0};
    put_name(&w, q->records, p->row_a);
    put(&w, " and ");
    put_name(&w, q->records, p->row_b);
    if (!q->scored)
        return w;
    put(&w, " (%.4g", p->score + 0.0);
    if (q->n_shown) {
        put(&w, ": ");
        put_values(&w, q, p->row_a);
        put(&w, " and ");
        put_values(&w, q, p->row_b);
    }
    put(&w, ")");
    return w;
}

/* What makes fewer records match. */
static const char *stricter(const struct grouping_request *q)
{
    return q->better == CHOOSE_LEAST ? "a lower --max" : "a higher --min";
}

/* ---- Large clusters --------------------------------------------------------------------------*/

/* The largest first; of equals the one with the lower record. */
static int by_size(const void *x, const void *y)
{
    const struct cluster_large *a = x, *b = y;
    return a->size != b->size ? (a->size < b->size) - (a->size > b->size)
                              : (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

static uint32_t largest_of(const uint32_t *cluster, uint32_t n, uint32_t *size)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < n; i++)
        largest = greatest(largest, ++size[cluster[i]]);
    return largest;
}

/* What to do about it, the surest first. */
static void say_advice(const struct grouping_request *q, bool is_bridge)
{
    if (q->max_cluster)
        log_note("--cluster-method complete keeps to --max-cluster %llu; %s makes smaller ones",
                 (unsigned long long)q->max_cluster, stricter(q));
    else if (is_bridge)
        log_note("--cluster-method complete, or %s, makes smaller ones; --max-cluster %u cuts "
                 "matches such as this one",
                 stricter(q), GROUPING_LARGE);
    else
        log_note("--cluster-method complete, or %s, makes smaller ones", stricter(q));
}

static void say_large(const struct grouping_request *q, const struct cluster_large *l, uint32_t n,
                      uint32_t most)
{
    const struct words w = pair_words(q, &q->found->pair[l->weakest]);
    struct words first = {.n = 0};
    char reached[60] = "";
    put_name(&first, q->records, l->cluster);
    if (q->max_cluster)
        snprintf(reached, sizeof reached, "--max-cluster %u was not reached: ", most);
    log_note("%s%u cluster%s more than %u records; the largest, with the record %s, has %u",
             reached, n, n == 1 ? " has" : "s have", most, first.text, l->size);
    if (l->is_bridge)
        log_note("the weakest match that holds it together is %s", w.text);
    else
        log_note("no single match holds it together, so it cannot be cut at one; its weakest match "
                 "is %s",
                 w.text);
    say_advice(q, l->is_bridge);
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
    uint32_t *size = calloc(q->records->n + 1ull, sizeof *size);
    const uint32_t largest = size ? largest_of(cluster, q->records->n, size) : 0;
    if (largest > GROUPING_LARGE)
        log_note("the largest cluster has %u records; %s makes smaller ones", largest, stricter(q));
    free(size);
}

static void say_cuts(const struct grouping_request *q, uint64_t n, const struct found_pair *cut)
{
    log_note("%llu match%s cut that alone held a cluster of more than %llu records together",
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
    if (!note_large(q, most, e))
        return false;
    if (g->cut)
        say_cuts(q, g->cut, q->found->pair + q->found->n);
    return true;
}

/* ---- Methods ---------------------------------------------------------------------------------*/

bool grouping_check_average(double worst, double floor, struct err *e)
{
    if (worst > floor && !isinf(worst))
        return true;
    return err_set(e, ERR_USAGE, floor == 0 ? "for example: --min 0.9" : "raise --min",
                   "--cluster-method average: the average score must reach --min, and that must be "
                   "above %g, which pairs count that do not match%s",
                   floor, floor == 0 ? "" : " (--cluster-floor)");
}

static bool average(struct grouping *g, const struct grouping_request *q, uint32_t most,
                    struct err *e)
{
    const struct cluster_average how = {.least = q->worst, .floor = q->floor};
    if (q->better == CHOOSE_LEAST)
        return err_set(e, ERR_USAGE, "choose complete, or a similarity in place of the distance",
                       "--cluster-method average: the less the better, so pairs that do not match "
                       "would have no distance to count");
    return grouping_check_average(q->worst, q->floor, e) &&
           cluster_average(q->found, rows_of(q), &how, most, g->cluster, e);
}

static bool connected(struct grouping *g, const struct grouping_request *q, struct err *e)
{
    if (!(q->max_cluster ? cut(g, q, e) : note_large(q, GROUPING_LARGE, e)))
        return false;
    cluster_connected(q->found, rows_of(q), g->cluster);
    return true;
}

static bool group(struct grouping *g, const struct grouping_request *q, struct err *e)
{
    const bool bounded = q->max_cluster && q->max_cluster < UINT32_MAX;
    const uint32_t most = bounded ? (uint32_t)q->max_cluster : UINT32_MAX;
    switch (q->method) {
    case OPTS_CLUSTER_AUTO:
    case OPTS_CONNECTED:
        return connected(g, q, e);
    case OPTS_COMPLETE:
        return cluster_complete(q->found, rows_of(q), q->better, most, g->cluster, e);
    case OPTS_AVERAGE:
        return average(g, q, most, e);
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
    if (!group(g, q, e))
        return false;
    if (q->method != OPTS_CLUSTER_AUTO && q->method != OPTS_CONNECTED)
        note_dense(q, g->cluster);
    cluster_strength(q->found, rows_of(q), q->better, g->cluster, g->strength);
    for (uint32_t i = 0; !q->scored && i < n; i++)
        g->strength[i] = (double)NAN;
    return true;
}
