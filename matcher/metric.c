/* The table of tables, looking metrics up, and what all of them share: state, pattern, views. */
#include "matcher/metric.h"

#include "core/near.h"
#include "data/text.h"
#include "matcher/metric_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct metric metric_edit_rows[], metric_jaro_rows[], metric_set_rows[],
    metric_token_rows[], metric_value_rows[];

/* ---- Finding ---------------------------------------------------------------------------------*/

const struct metric *metric_at(size_t i)
{
    static const struct metric *const tables[] = {
        metric_edit_rows, metric_token_rows, metric_jaro_rows, metric_set_rows, metric_value_rows};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct metric *m = tables[t]; m->name; m++)
            if (i-- == 0)
                return m;
    return NULL;
}

static const struct {
    const char *suffix;
    enum metric_view view;
} views[] = {
    {"", METRIC_NORMALIZED_SIMILARITY},
    {"_distance", METRIC_DISTANCE},
    {"_similarity", METRIC_SIMILARITY},
    {"_normalized_distance", METRIC_NORMALIZED_DISTANCE},
};
#define N_VIEWS (sizeof views / sizeof *views)

static bool find_name(const char *name, size_t n, struct metric_use *use)
{
    const struct metric *m;
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++)
        for (size_t v = 0; v < (m->views ? N_VIEWS : 1); v++) {
            size_t bare = strlen(m->name);
            if (n == bare + strlen(views[v].suffix) && memcmp(name, m->name, bare) == 0 &&
                memcmp(name + bare, views[v].suffix, n - bare) == 0) {
                *use = (struct metric_use){.metric = m, .view = views[v].view};
                return true;
            }
        }
    return false;
}

static bool unknown_metric(const char *name, size_t n, struct err *e)
{
    const char *names[64];
    char wanted[64], text[300], hint[400];
    size_t count = 0;
    while (count < 64 && metric_at(count)) {
        names[count] = metric_at(count)->name;
        count++;
    }
    snprintf(wanted, sizeof wanted, "%.*s", (int)n, name);
    snprintf(hint, sizeof hint, "nearest: %s; axb metrics lists all",
             near_list(wanted, names, count, 4, text, sizeof text));
    return err_set(e, ERR_USAGE, hint, "there is no metric \"%s\"", wanted);
}

bool metric_find(const char *name, size_t n, struct metric_use *use, struct err *e)
{
    const char *colon = memchr(name, ':', n);
    size_t bare = colon ? (size_t)(colon - name) : n;
    if (!find_name(name, bare, use))
        return unknown_metric(name, bare, e);
    while (colon && use->n_args < METRIC_MAX_ARGS) {
        char *end;
        use->args[use->n_args++] = strtod(colon + 1, &end);
        if (end == colon + 1)
            return err_set(e, ERR_USAGE, "for example: --metric jaccard:3",
                           "\"%.*s\": a number is expected behind the colon", (int)n, name);
        colon = end < name + n && *end == ':' ? end : NULL;
    }
    return true;
}

bool metric_check(const struct metric_use *use, struct err *e)
{
    const struct metric *m = use->metric;
    if (use->n_args < m->min_args || use->n_args > m->max_args)
        return err_set(e, ERR_USAGE, NULL, "%s(COL%s) does not take %u numbers", m->name,
                       m->arguments, use->n_args);
    bool set = m->family >= METRIC_JACCARD && m->family <= METRIC_OVERLAP;
    for (unsigned i = 0; i < use->n_args; i++) {
        double x = use->args[i];
        if (set ? x < 0 || x > 3 || x != floor(x) : !(x > 0) || !isfinite(x))
            return err_set(e, ERR_USAGE,
                           set ? "q is 1, 2 or 3 for q-grams, or 0 for words" : "it is above zero",
                           "%s: %g is no value for its argument%s", m->name, x, m->arguments);
    }
    return true;
}

/* ---- The state -------------------------------------------------------------------------------*/

void *metric_grow(void *p, size_t *room, size_t n, size_t size)
{
    if (n <= *room)
        return p;
    *room = n + n / 2;
    p = realloc(p, *room * size);
    if (!p) {
        fputs("axb: not enough memory for a metric\n", stderr);
        abort();
    }
    return p;
}

uint64_t *metric_words(struct metric_state *s, size_t n)
{
    s->word = metric_grow(s->word, &s->word_room, n, sizeof *s->word);
    return s->word;
}

bool metric_open(struct metric_state **state, const struct metric_use *use,
                 const struct alphabet *alphabet, uint32_t max_length, struct err *e)
{
    struct metric_state *s = calloc(1, sizeof *s);
    *state = s;
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a metric");
    s->use = *use;
    for (unsigned i = use->n_args; i < METRIC_MAX_ARGS; i++)
        s->use.args[i] = use->metric->defaults[i];
    s->alphabet = *alphabet;
    s->max_length = max_length;
    s->pattern.n_codes = alphabet->n_codes;
    s->pattern.row = calloc(alphabet->n_codes + 1ull, sizeof *s->pattern.row);
    s->own = calloc(1, use->metric->state_bytes + 1);
    size_t blocks = max_length / 64 + 1;
    s->pattern.mask = metric_grow(NULL, &s->pattern.room, 64 + 2 * blocks, sizeof(uint64_t));
    if (s->pattern.row && s->own)
        return true;
    metric_close(s);
    *state = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for a metric");
}

void metric_close(struct metric_state *s)
{
    if (!s)
        return;
    if (s->use.metric->close)
        s->use.metric->close(s);
    free(s->pattern.row);
    free(s->pattern.mask);
    free(s->word);
    free(s->own);
    free(s);
}

/* ---- The pattern -----------------------------------------------------------------------------*/

void metric_forget(struct metric_state *s)
{
    struct pattern *p = &s->pattern;
    for (uint32_t i = 0; i < s->a.n && p->n_rows; i++)
        p->row[text_code(s->a.codes, s->a.width, i)] = 0;
    p->n_rows = 0;
    s->a = (struct text){0};
    s->a_id = 0;
}

static void pattern_make(struct pattern *p, struct text a)
{
    p->blocks = a.n ? (a.n + 63) / 64 : 1;
    p->n_rows = 1;
    for (uint32_t i = 0; i < a.n; i++) {
        uint32_t *row = &p->row[text_code(a.codes, a.width, i)];
        if (!*row)
            *row = p->n_rows++;
    }
    size_t words = (size_t)p->n_rows * p->blocks;
    p->mask = metric_grow(p->mask, &p->room, words, sizeof *p->mask);
    memset(p->mask, 0, words * sizeof *p->mask);
    for (uint32_t i = 0; i < a.n; i++) {
        uint32_t row = p->row[text_code(a.codes, a.width, i)];
        p->mask[(size_t)row * p->blocks + i / 64] |= 1ull << (i % 64);
    }
}

bool metric_prepare(struct metric_state *s, struct text a)
{
    if (a.id && a.id == s->a_id)
        return false;
    metric_forget(s);
    pattern_make(&s->pattern, a);
    s->a = a;
    s->a_id = a.id;
    return true;
}

/* ---- Scores ----------------------------------------------------------------------------------*/

double metric_edit_similarity(uint64_t distance, uint64_t maximum)
{
    double normalized = maximum ? (double)distance / (double)maximum : 0.0;
    return 1.0 - normalized;
}

double metric_view_value(const struct metric_state *s, uint64_t distance, uint64_t maximum)
{
    switch (s->use.view) {
    case METRIC_DISTANCE:
        return (double)distance;
    case METRIC_SIMILARITY:
        return (double)(maximum - distance);
    case METRIC_NORMALIZED_DISTANCE:
        return maximum ? (double)distance / (double)maximum : 0.0;
    case METRIC_NORMALIZED_SIMILARITY:
        break;
    }
    return metric_edit_similarity(distance, maximum);
}

bool metric_is_space(const struct metric_state *s, uint32_t code)
{
    uint32_t c = s->alphabet.code_point[code];
    return (c >= 0x1c && c <= 0x1f) || text_is_space(c);
}

double metric_score(struct metric_state *s, struct text a, struct text b)
{
    return s->use.metric->score(s, a, b);
}

/* ---- Texts that are no words -----------------------------------------------------------------*/

static int by_value(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

/* Decodes both, makes their common alphabet into points[0..n), and turns them into codes. */
static uint32_t recode(uint32_t *codes, size_t n, uint32_t *points)
{
    uint32_t n_codes = 0;
    memcpy(points, codes, n * sizeof *points);
    qsort(points, n, sizeof *points, by_value);
    for (size_t i = 0; i < n; i++)
        if (n_codes == 0 || points[i] != points[n_codes - 1])
            points[n_codes++] = points[i];
    for (size_t i = 0; i < n; i++) {
        uint32_t *found = bsearch(&codes[i], points, n_codes, sizeof *points, by_value);
        codes[i] = (uint32_t)(found - points);
    }
    return n_codes;
}

double metric_score_utf8(struct metric_state *s, struct bytes a, struct bytes b)
{
    size_t room = (size_t)a.n + b.n;
    uint32_t *codes = calloc(2 * room + 64, sizeof *codes), *points = codes + room + 32;
    struct err e;
    double score = NAN;
    if (!codes)
        return NAN;
    size_t na = text_decode(a.p, a.n, codes), nb = text_decode(b.p, b.n, codes + na);
    struct alphabet alphabet = {recode(codes, na + nb, points), points};
    struct metric_state *own = NULL;
    if (metric_open(&own, &s->use, &alphabet, (uint32_t)(na > nb ? na : nb), &e))
        score = metric_score(own, (struct text){codes, (uint32_t)na, 4, a.p, a.n, 0},
                             (struct text){codes + na, (uint32_t)nb, 4, b.p, b.n, 0});
    metric_close(own);
    free(codes);
    return score;
}
