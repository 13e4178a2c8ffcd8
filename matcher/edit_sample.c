/* Cost of the ways to join two lengths, from all pairs of two small samples. */
#include "matcher/edit_sample.h"

#include "matcher/edit_segments.h"

#include <stdlib.h>

/* Seconds, measured on Zen 4 at 3.7 GHz. */
#define SIGN_SECONDS 12e-9     /* a signature of a text */
#define INDEX_SECONDS 6e-9     /* one piece of one text into the table */
#define PROBE_SECONDS 12e-9    /* one look-up */
#define CANDIDATE_SECONDS 7e-9 /* copying and verifying one pair */
#define ENTRY_SECONDS 0.22e-9  /* a signature test with a vector popcount */
#define ENTRY_SECONDS_SCALAR 0.9e-9
#define ASK_SECONDS 400e-9 /* a pair left to metric_score */
#define TASK_SECONDS 2e-6

struct sample_side {
    uint32_t count[EDIT_PAIR_LENGTH + 1];
    uint32_t n[EDIT_PAIR_LENGTH + 1]; /* sampled */
    struct edit_longs longs;
    uint8_t row[EDIT_PAIR_LENGTH + 1][EDIT_SAMPLE_TEXTS][EDIT_PAIR_LENGTH + 16];
};

struct edit_sample {
    struct edit_rule rule;
    struct edit_classes classes;
    bool exact;
    bool self;
    struct sample_side a, b;
};

static void sample_side_make(struct sample_side *s, const struct words *words,
                             const struct side *side)
{
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = words_length(words, side->word[i]);
        if (length <= EDIT_PAIR_LENGTH) {
            s->count[length]++;
        } else {
            s->longs.texts++;
            s->longs.characters += length;
        }
    }
    uint32_t seen[EDIT_PAIR_LENGTH + 1] = {0};
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = words_length(words, side->word[i]);
        if (length > EDIT_PAIR_LENGTH || s->n[length] == EDIT_SAMPLE_TEXTS)
            continue;
        /* The k-th is the first at or behind k / texts of the whole. */
        uint64_t due = (uint64_t)s->n[length] * s->count[length] / EDIT_SAMPLE_TEXTS;
        if (seen[length]++ < due)
            continue;
        struct text t = words_text(words, side->word[i]);
        for (uint32_t k = 0; k < length; k++)
            s->row[length][s->n[length]][k] = (uint8_t)text_code(t.codes, t.width, k);
        s->n[length]++;
    }
}

struct edit_sample *edit_sample_open(const struct join_job *job)
{
    struct edit_sample *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    edit_rule_make(&s->rule, job);
    edit_classes_make(&s->classes, job->words);
    s->exact = s->rule.exact && job->words->width == 1;
    s->self = job->self;
    sample_side_make(&s->a, job->words, job->a);
    if (job->self)
        s->b = s->a;
    else
        sample_side_make(&s->b, job->words, job->b);
    return s;
}

void edit_sample_close(struct edit_sample *s)
{
    free(s);
}

uint32_t edit_sample_count(const struct edit_sample *s, bool a, uint32_t length)
{
    return (a ? &s->a : &s->b)->count[length];
}

struct edit_longs edit_sample_longs(const struct edit_sample *s, bool a)
{
    return (a ? &s->a : &s->b)->longs;
}

/* A pair of lengths of the sample. */
struct sample_pair {
    const struct edit_sample *s;
    const struct sample_side *shorts, *longs;
    uint32_t short_length, long_length;
    struct edit_bounds bounds;
};

static void sample_sign(const struct sample_pair *p, const struct sample_side *side,
                        uint32_t length, const uint64_t *quarters, uint64_t *out)
{
    for (uint32_t i = 0; i < side->n[length]; i++)
        out[i] = edit_signature(&p->s->classes, quarters, side->row[length][i], length);
}

/* The fraction of all pairs that the signatures let pass. */
static double sample_pass(const struct sample_pair *p)
{
    uint64_t x[EDIT_SAMPLE_TEXTS], x_wide[EDIT_SAMPLE_TEXTS], y[EDIT_SAMPLE_TEXTS],
        y_wide[EDIT_SAMPLE_TEXTS], quarters[EDIT_PAIR_LENGTH];
    uint32_t m = p->short_length, n = p->long_length;
    edit_quarters(quarters, m, m, 0, 0);
    sample_sign(p, p->shorts, m, quarters, x);
    edit_quarters(quarters, m, n, p->bounds.back, p->bounds.ahead);
    sample_sign(p, p->shorts, m, quarters, x_wide);
    edit_quarters(quarters, n, n, 0, 0);
    sample_sign(p, p->longs, n, quarters, y);
    edit_quarters(quarters, n, m, p->bounds.ahead, p->bounds.back);
    sample_sign(p, p->longs, n, quarters, y_wide);
    uint32_t n_x = p->shorts->n[m], n_y = p->longs->n[n];
    uint32_t passed = 0;
    for (uint32_t i = 0; i < n_x; i++)
        for (uint32_t j = 0; j < n_y; j++)
            passed += (uint32_t)__builtin_popcountll(x[i] & ~y_wide[j]) <= p->bounds.tau_short &&
                      (uint32_t)__builtin_popcountll(y[j] & ~x_wide[i]) <= p->bounds.tau_long;
    return (passed + 0.1) / ((double)n_x * n_y + 0.1);
}

static void sample_keys(const struct sample_side *side, uint32_t length, uint32_t begin,
                        uint32_t piece_length, uint32_t *keys)
{
    for (uint32_t i = 0; i < side->n[length]; i++)
        keys[i] = (uint32_t)(edit_piece_key(side->row[length][i] + begin, piece_length) >> 32);
}

/* The list entries that a pair of texts meets on average, all pieces and shifts together. */
static double sample_meetings(const struct sample_pair *p, const struct edit_piece *pieces,
                              uint32_t n_pieces)
{
    uint32_t x[EDIT_SAMPLE_TEXTS], y[EDIT_SAMPLE_TEXTS], met = 0;
    uint32_t n_x = p->shorts->n[p->short_length], n_y = p->longs->n[p->long_length];
    for (uint32_t k = 0; k < n_pieces; k++) {
        sample_keys(p->shorts, p->short_length, pieces[k].begin, pieces[k].length, x);
        for (int32_t shift = pieces[k].first; shift <= pieces[k].last; shift += pieces[k].step) {
            uint32_t begin = (uint32_t)((int32_t)pieces[k].begin + shift);
            sample_keys(p->longs, p->long_length, begin, pieces[k].length, y);
            for (uint32_t i = 0; i < n_x; i++)
                for (uint32_t j = 0; j < n_y; j++)
                    met += x[i] == y[j];
        }
    }
    return (met + 0.5) / ((double)n_x * n_y);
}

static double sample_entry_seconds(void)
{
    return isa_best() == ISA_V5 ? ENTRY_SECONDS : ENTRY_SECONDS_SCALAR;
}

struct edit_estimate edit_sample_estimate(const struct edit_sample *s, uint32_t length_a,
                                          uint32_t length_b)
{
    bool a = length_a <= length_b;
    struct sample_pair p = {.s = s,
                            .shorts = a ? &s->a : &s->b,
                            .longs = a ? &s->b : &s->a,
                            .short_length = a ? length_a : length_b,
                            .long_length = a ? length_b : length_a};
    double n_x = p.shorts->count[p.short_length], n_y = p.longs->count[p.long_length];
    p.bounds = edit_rule_bounds(&s->rule, length_a, length_b);
    struct edit_estimate best = {.method = EDIT_IMPOSSIBLE};
    if (!p.bounds.possible || n_x * n_y == 0)
        return best;
    double signing = SIGN_SECONDS * 2 * (n_x + n_y) + TASK_SECONDS;
    double verify = s->exact ? CANDIDATE_SECONDS : CANDIDATE_SECONDS + ASK_SECONDS / 20;
    double passing = n_x * n_y * sample_pass(&p) * verify;
    best =
        (struct edit_estimate){.method = EDIT_SIGNATURES, .fixed_seconds = SIGN_SECONDS * 2 * n_x};
    best.seconds = signing + n_x * n_y * sample_entry_seconds() + passing;
    struct edit_piece pieces[EDIT_PAIR_LENGTH + 1];
    uint32_t n = edit_pieces(pieces, s->rule.kind, &p.bounds, p.short_length, p.long_length);
    if (n == 0 || n_x * n_y < 4096)
        return best;
    double probes = 0;
    for (uint32_t i = 0; i < n; i++)
        if (pieces[i].first <= pieces[i].last)
            probes += (pieces[i].last - pieces[i].first) / pieces[i].step + 1;
    double met = n_x * n_y * sample_meetings(&p, pieces, n);
    double fixed = best.fixed_seconds + INDEX_SECONDS * n_x * n;
    double seconds = signing + INDEX_SECONDS * n_x * n + probes * n_y * PROBE_SECONDS +
                     met * sample_entry_seconds() + passing;
    if (seconds < best.seconds)
        best = (struct edit_estimate){EDIT_PIECES, seconds, fixed};
    return best;
}
