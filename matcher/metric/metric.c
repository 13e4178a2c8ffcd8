/* The table of tables, looking metrics up, their states, and texts without a dictionary. */
#include "matcher/metric/metric.h"

#include "core/sort.h"
#include "core/suggest.h"
#include "data/text.h"
#include "matcher/metric/metric_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const struct metric metric_edit_rows[], metric_jaro_rows[], metric_set_rows[],
    metric_idf_rows[], metric_partial_rows[], metric_token_rows[], metric_fuzz_rows[],
    metric_sound_rows[], metric_value_rows[];

/* ---- Finding ---------------------------------------------------------------------------------*/

const struct metric *metric_at(size_t i)
{
    static const struct metric *const tables[] = {metric_edit_rows,  metric_partial_rows,
                                                  metric_token_rows, metric_fuzz_rows,
                                                  metric_jaro_rows,  metric_set_rows,
                                                  metric_idf_rows,   metric_sound_rows,
                                                  metric_value_rows, NULL};
    for (const struct metric *const *t = tables; *t; t++)
        for (const struct metric *m = *t; m->name; m++)
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
            if (n == bare + strlen(views[v].suffix) && strncasecmp(name, m->name, bare) == 0 &&
                strncasecmp(name + bare, views[v].suffix, n - bare) == 0) {
                *use = (struct metric_use){.metric = m, .view = views[v].view};
                return true;
            }
        }
    return false;
}

/* The view that ends a misspelt name: of "levenstein_distance" "_distance"; else "". */
static const char *suffix_of(const char *name)
{
    const char *found = "";
    const size_t n = strlen(name);
    for (size_t v = 1; v < N_VIEWS; v++) {
        const size_t bytes = strlen(views[v].suffix);
        if (n > bytes && bytes > strlen(found) &&
            strcasecmp(name + n - bytes, views[v].suffix) == 0)
            found = views[v].suffix;
    }
    return found;
}

static bool unknown_metric(const char *name, size_t n, struct err *e)
{
    const char *names[64];
    char wanted[64], full[64][48], hint[400];
    size_t count = 0;
    snprintf(wanted, sizeof wanted, "%.*s", (int)n, name);
    const char *suffix = suffix_of(wanted);
    for (const struct metric *m; count < 64 && (m = metric_at(count)); count++) {
        snprintf(full[count], sizeof full[count], "%s%s", m->name, m->views ? suffix : "");
        names[count] = full[count];
    }
    suggest_hint(wanted, names, count, "axb metrics lists all", hint, sizeof hint);
    return err_set(e, ERR_USAGE, hint, "there is no metric \"%s\"", wanted);
}

/* Reads the numbers of "3" or "3:0.5", which a zero byte ends. */
static bool read_args(const char *text, struct metric_use *use)
{
    char *end;
    for (use->n_args = 0; use->n_args < METRIC_MAX_ARGS; text = end + 1) {
        use->args[use->n_args++] = strtod(text, &end);
        if (end == text || (*end && *end != ':'))
            return false;
        if (!*end)
            return true;
    }
    return false;
}

bool metric_find(const char *name, size_t n, struct metric_use *use, struct err *e)
{
    char text[64];
    const char *colon = memchr(name, ':', n);
    size_t bare = colon ? (size_t)(colon - name) : n, rest = n - bare;
    if (!find_name(name, bare, use))
        return unknown_metric(name, bare, e);
    if (!colon)
        return true;
    snprintf(text, sizeof text, "%.*s", (int)(rest - 1), colon + 1);
    return (rest < sizeof text && read_args(text, use)) ||
           err_set(e, ERR_USAGE, "for example: --metric jaccard:3",
                   "\"%.*s\": numbers are expected after the colon, at most %d", (int)n, name,
                   METRIC_MAX_ARGS);
}

bool metric_check(const struct metric_use *use, struct err *e)
{
    const struct metric *m = use->metric;
    if (use->n_args < m->min_args || use->n_args > m->max_args)
        return err_set(e, ERR_USAGE, NULL, "%s(COL%s) does not take %u number%s", m->name,
                       m->arguments, use->n_args, use->n_args == 1 ? "" : "s");
    bool q = m->flags & METRIC_TAKES_Q;
    for (unsigned i = 0; i < use->n_args; i++) {
        double x = use->args[i];
        if (q ? x < 0 || x > 3 || x != floor(x) : !(x > 0) || !isfinite(x))
            return err_set(e, ERR_USAGE,
                           q ? "q is 1, 2 or 3 for q-grams, or 0 for words" : "it is above zero",
                           "%s: %g is not a value for its argument%s", m->name, x, m->arguments);
    }
    return true;
}

/* ---- The state -------------------------------------------------------------------------------*/

static bool make_state(struct metric_state *s)
{
    const struct metric *m = s->use.metric;
    s->own = calloc(1, m->state_bytes + 1);
    s->scratch = malloc(KERNEL_SCRATCH(s->max_length / 64 + 1, s->max_length) * sizeof *s->scratch);
    return s->own && s->scratch && pattern_open(&s->pattern, s->alphabet.n_codes, s->max_length) &&
           (!m->open || m->open(s));
}

/* A metric that weighs words or values says nothing of two texts alone. */
static bool check_weights(const struct metric_use *use, struct err *e)
{
    const unsigned flags = use->metric->flags;
    const bool lacks_words = flags & METRIC_WEIGHS_WORDS && !use->idf;
    const bool lacks_values = flags & METRIC_WEIGHS_VALUES && !use->rarity;
    return (!lacks_words && !lacks_values) ||
           err_set(e, ERR_USAGE,
                   "use it in an expression: --score or --where, AXB_WHERE in a scorer",
                   "%s weighs %s by how many records of both columns have them, so it cannot "
                   "compare two texts alone",
                   use->metric->name, lacks_words ? "words" : "values");
}

bool metric_open(struct metric_state **state, const struct metric_use *use,
                 const struct alphabet *alphabet, uint32_t max_length, struct err *e)
{
    *state = NULL;
    if (!check_weights(use, e))
        return false;
    struct metric_state *s = *state = calloc(1, sizeof *s);
    if (s) {
        *s = (struct metric_state){.score =
                                       use->formed ? use->metric->score_formed : use->metric->score,
                                   .kernel = metric_kernels(),
                                   .use = *use,
                                   .alphabet = *alphabet,
                                   .max_length = max_length};
        for (unsigned i = use->n_args; i < METRIC_MAX_ARGS; i++)
            s->use.args[i] = use->metric->defaults[i];
        if (make_state(s))
            return true;
    }
    metric_close(s);
    *state = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for a metric");
}

void metric_close(struct metric_state *s)
{
    if (!s)
        return;
    if (s->own && s->use.metric->close)
        s->use.metric->close(s);
    pattern_close(&s->pattern);
    free(s->scratch);
    free(s->own);
    free(s);
}

/* ---- Scores ----------------------------------------------------------------------------------*/

double metric_score_texts(struct metric_state *s, const struct text *a, const struct text *b)
{
    return s->score(s, a, b);
}

/* The largest distance that is good enough. Callers mostly ask for one need, and for texts in the
 * order of their lengths. */
static uint64_t most_reaching(struct metric_state *s, double need, uint64_t maximum)
{
    if (s->reaching.maximum != maximum || s->reaching.need != need) {
        s->reaching.need = need;
        s->reaching.maximum = maximum;
        s->reaching.most = metric_edit_most(s->use.view, need, maximum);
    }
    return s->reaching.most;
}

double metric_score_reaching(struct metric_state *s, const struct text *a, const struct text *b,
                             double need)
{
    const struct metric *metric = s->use.metric;
    if (metric->reaching && (!metric->form || s->use.formed))
        return metric->reaching(s, a, b, need);
    if (!metric->within || (metric->form && !s->use.formed))
        return s->score(s, a, b);
    const uint64_t maximum =
        metric->edits->share == METRIC_OF_SUM ? (uint64_t)a->n + b->n : greatest(a->n, b->n);
    const uint64_t most = most_reaching(s, need, maximum);
    const uint64_t distance = metric->within(s, a, b, most);
    return distance <= maximum ? metric_view_value(s, distance, maximum)
                               : metric_missing(s->use.view);
}

/* ---- Texts that are no values of a dictionary ------------------------------------------------*/

/* Decodes both, makes their common alphabet into points[0..n), and turns them into codes. */
static uint32_t recode(uint32_t *codes, size_t n, uint32_t *points)
{
    uint32_t n_codes = 0;
    memcpy(points, codes, n * sizeof *points);
    sort_u32(points, n);
    for (size_t i = 0; i < n; i++)
        if (n_codes == 0 || points[i] != points[n_codes - 1])
            points[n_codes++] = points[i];
    for (size_t i = 0; i < n; i++) {
        uint32_t *found = bsearch(&codes[i], points, n_codes, sizeof *points, sort_compare_u32);
        codes[i] = (uint32_t)(found - points);
    }
    return n_codes;
}

/* `codes` has capacity for the code points of both texts, 32 more, and as many for the alphabet. */
static bool score_decoded(const struct metric_use *use, struct bytes a, struct bytes b,
                          uint32_t *codes, double *score, struct err *e)
{
    uint32_t *points = codes + (size_t)a.n + b.n + 32;
    size_t na = text_decode(a.p, a.n, codes), nb = text_decode(b.p, b.n, codes + na);
    struct alphabet alphabet = {recode(codes, na + nb, points), points};
    struct metric_state *s;
    if (!metric_open(&s, use, &alphabet, (uint32_t)(na > nb ? na : nb), e))
        return false;
    *score = metric_score(s, (struct text){codes, (uint32_t)na, 4, a.p, a.n, 0},
                          (struct text){codes + na, (uint32_t)nb, 4, b.p, b.n, 0});
    metric_close(s);
    return true;
}

bool metric_score_utf8(const struct metric_use *use, struct bytes a, struct bytes b, double *score,
                       struct err *e)
{
    uint32_t *codes = calloc(2 * ((size_t)a.n + b.n) + 64, sizeof *codes);
    if (!codes)
        return err_set(e, ERR_OS, NULL, "not enough memory for a metric");
    bool ok = score_decoded(use, a, b, codes, score, e);
    free(codes);
    return ok;
}
